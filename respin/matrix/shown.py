# SPDX-License-Identifier: GPL-2.0-only
"""What many jobs show while they run: on a terminal what runs now, in a pipe a line for each that has ended."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from respin.matrix.drive import Again, Answered, PlannedJob, Waiting
from respin.report.matrix.view import counts
from respin.report.text import line, spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.text import Text

    from respin.matrix.drive import Event
    from respin.matrix.pool import Busy, Pool
    from respin.progress import ProgressLines

ROWS = 12
"""How many running jobs a terminal shows: a farm has more of them than a screen has lines."""
PER_SECOND = 2
_ECHO = len("^C") + 1
"""Columns that stay free: a terminal writes what is typed behind the last row."""


class JobTold:
    """How far all jobs are.

    Attributes:
        total: how many there are.
        statuses: of those that have ended.
    """

    def __init__(self, progress: ProgressLines) -> None:
        self.total = 0
        self.statuses: list[str] = []
        self._progress = progress
        self._began = time.monotonic()

    def hear(self, event: Event) -> None:
        """Keep what an event says, and tell what stays."""
        match event:
            case PlannedJob():
                self.total = len(event.jobs)
                self.tell(f"{self.total} job{'s' if self.total != 1 else ''}")
            case Again():
                self.tell(f"{event.job.name}: {_why(event)}; tried once more elsewhere")
            case Waiting() if event.busy:
                self.tell(f"waiting for {', '.join(map(_busy, event.busy[:ROWS]))}")
            case Answered():
                self.statuses.append(event.entry["status"])
                self.tell(f"{self.counted()}: {event.job.name}: {_ended(event)}")
                for text in event.entry["warnings"]:
                    self.tell(f"{event.job.name}: {text.removeprefix('respin: ')}")
                if event.usual:
                    took, usual = spent(event.entry["seconds"]), spent(event.usual)
                    self.tell(f"{event.entry['worker']} is slow, or busy: {took} where others take {usual}")
            case _:
                pass

    def tell(self, text: str) -> None:
        """Tell a line that stays."""
        if not self._progress.quiet:
            self._progress.note(text)

    def counted(self) -> str:
        """Return how many have ended."""
        return f"{len(self.statuses)} of {self.total} done"

    def left(self) -> str:
        """Return how long the rest takes, where it goes on as it did; empty where nothing has ended yet."""
        ended = len(self.statuses)
        if not ended or ended == self.total:
            return ""
        each = (time.monotonic() - self._began) / ended
        return f"about {spent(each * (self.total - ended))} left"

    def table(self, busy: Sequence[Busy], width: int) -> Text:
        """Return what a terminal shows now, in some columns at most."""
        from rich.text import Text  # noqa: PLC0415 - rich is slow to import

        rows = [Text(line(_busy(one))) for one in busy[:ROWS]]
        if len(busy) > ROWS:
            rows.append(Text(f"and {len(busy) - ROWS} more"))
        words = (self.counted(), counts(self.statuses), self.left())
        rows.append(Text(", ".join(filter(None, words)) if self.total else "planning", style="bold"))
        for row in rows:
            row.truncate(max(1, width), overflow="ellipsis")
        made = Text("\n").join(rows)
        made.no_wrap = True
        return made


@contextlib.contextmanager
def shown(progress: ProgressLines, pool: Pool) -> Iterator[Callable[[Event], None]]:
    """Give what takes the events of all jobs, and shows them."""
    told = JobTold(progress)
    console = progress.lent()
    if console is None:
        yield told.hear
        return
    from rich.live import Live  # noqa: PLC0415 - rich is slow to import

    with Live(
        get_renderable=lambda: told.table(pool.running(), console.width - _ECHO),
        console=console,
        refresh_per_second=PER_SECOND,
        transient=True,
    ):
        yield told.hear


def _busy(one: Busy) -> str:
    where = f" on {one.worker}" if one.worker else ""
    return f"{one.job.name} ({spent(one.seconds)}{where})"


def _ended(event: Answered) -> str:
    entry = event.entry
    took = "cached" if entry["cached"] else spent(entry["seconds"])
    bad = [one for one in entry["cells"] if one["status"] not in {"PASS", "SKIP"}]
    first = f": {bad[0]['check']}: {bad[0]['summary'].partition(chr(10))[0]}" if bad else ""
    return f"{entry['status']} ({took}){first}"


def _why(event: Again) -> str:
    return f"{event.lost['worker']}: {event.lost['cells'][0]['summary'].partition(chr(10))[0]}"

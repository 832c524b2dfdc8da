# SPDX-License-Identifier: GPL-2.0-only
"""The table of a run that fills on a terminal: a check a line, what runs now, how many are done, what is left."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from checks.events import EarlyResult, Ended
from checks.verdict import overall
from respin.events import summed
from respin.report.terminal import STYLES
from respin.report.text import line, spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from checks.events import Event
    from respin.events import Run

PER_SECOND = 4
"""How often it is drawn: a step that lasts a second is seen."""
_ECHO = len("^C")
"""Columns that stay free: a terminal writes what is typed behind the last row, and a full one would move the table."""
_GAP = 2


@contextlib.contextmanager
def live(run: Run, console: Console) -> Iterator[Callable[[Event], None]]:
    """Show a run; the table goes where the run came to its end, as the report follows, and stays where it did not."""

    def view(event: Event) -> None:
        run.hear(event)
        if isinstance(event, EarlyResult | Ended):
            for text in run.findings(event):
                shown.console.print(Text(line(text)), soft_wrap=True)

    with Live(
        get_renderable=lambda: table(run, console.width - _ECHO - 1),
        console=console,
        refresh_per_second=PER_SECOND,
        transient=True,
    ) as shown:
        try:
            yield view
        except BaseException:
            shown.transient = False
            raise


def table(run: Run, width: int) -> Text:
    """Return the table as it is now, in some columns at most; a line of it is never more than a line of the terminal.

    Not by rich's Table: what it makes of a column that is too wide differs between its versions.
    """
    first = max(map(len, run.checks), default=-_GAP) + _GAP
    rows = [Text(line(check).ljust(first)).append_text(_state(run, check)) for check in run.checks]
    rest = ", ".join(one for one in (run.counted(), run.left()) if one) if run.checks else "planning"
    rows.append(Text(" " * first).append_text(Text(rest, style="bold")))
    for row in rows:
        row.truncate(max(1, width), overflow="ellipsis")
    made = Text("\n").join(rows)
    made.no_wrap = True
    return made


def _state(run: Run, check: str) -> Text:
    """Return how a check ended, what it is at, or how long it is going to take."""
    usual = run.usual.get(check)
    if check in run.ended:
        return Text(line(summed(run.ended[check])), style=STYLES[overall(run.ended[check]).value])
    step = run.steps.get(check)  # it is drawn in a thread of its own
    if step is not None:
        of = f" of about {spent(usual)}" if usual else ""
        return Text(line(f"{step or 'running'} ({spent(run.runs(check))}{of})"), style="bold")
    return Text(f"about {spent(usual)}" if usual else "", style="dim")

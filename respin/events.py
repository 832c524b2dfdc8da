# SPDX-License-Identifier: GPL-2.0-only
"""What a run of checks shows while it goes: on a terminal a table that fills, in a pipe a line for each step.

A finding is told as soon as its check has ended, and the whole report follows at the end.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from checks.contract import Severity, Status
from checks.events import CheckStep, EarlyResult, Ended, Planned, Started
from checks.verdict import overall
from respin.outcome import finding_entry
from respin.report.text import spent, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from checks.contract import Finding, Result
    from checks.events import Event
    from respin.progress import ProgressLines

MOST = 10
"""How many findings of a check are told at once; the report has all."""


class Run:
    """How far a run is.

    Attributes:
        usual: how long each check takes, in seconds, as far as that is known; it is asked for where one has to run.
        checks: what was planned, in its order; empty before.
        known: what needs not run.
        ended: the results of those that have ended.
        told: findings of those that run, which were told already.
        steps: what those that run are at.
        began: when each of them began.
    """

    def __init__(self, ask: Callable[[], Mapping[str, float]], now: Callable[[], float] = time.monotonic) -> None:
        self.usual: Mapping[str, float] = {}
        self.checks: tuple[str, ...] = ()
        self.known: frozenset[str] = frozenset()
        self.ended: dict[str, Sequence[Result]] = {}
        self.told: set[tuple[str, Finding]] = set()
        self.steps: dict[str, str] = {}
        self.began: dict[str, float] = {}
        self._ask = ask
        self._now = now

    def hear(self, event: Event) -> None:
        """Keep what an event says."""
        match event:
            case Planned():
                self.checks, self.known = event.checks, event.known
                if len(self.known) < len(self.checks):
                    self.usual = self._ask()
            case Started():
                self.began[event.check], self.steps[event.check] = self._now(), ""
            case CheckStep(text=""):
                pass
            case CheckStep():
                self.steps[event.check] = event.text
            case Ended():
                self.ended[event.check] = event.results
                self.steps.pop(event.check, None)

    def findings(self, event: EarlyResult | Ended) -> list[str]:
        """Return a line for each finding that counts and was not told yet, of the first ones.

        Where one check alone runs, the report that follows tells them, and a result that comes early is told in a line.
        """
        results = [event.result] if isinstance(event, EarlyResult) else event.results
        counting = dict.fromkeys(one for each in results for one in each.findings if one.severity is not Severity.NOTE)
        if len(self.checks) == 1:
            return [f"{event.check}: {summed(results)}"] if counting and isinstance(event, EarlyResult) else []
        new = [one for one in counting if (event.check, one) not in self.told]
        self.told |= {(event.check, one) for one in new}
        more = [f"{event.check}: and {len(new) - MOST} more"] if len(new) > MOST else []
        return [*(f"{event.check}: {told(finding_entry(one))}" for one in new[:MOST]), *more]

    def runs(self, check: str) -> float:
        """Return for how many seconds a check has been running."""
        return self._now() - self.began[check]

    def left(self) -> str:
        """Return how long the rest takes, in words; empty where nobody knows, or there is none.

        What has taken longer than usual is about to end.
        """
        waiting = [check for check in self.checks if check not in self.ended and check not in self.known]
        if not waiting or not all(check in self.usual for check in waiting):
            return ""
        seconds = sum(max(0.0, self.usual[one] - (self.runs(one) if one in self.steps else 0.0)) for one in waiting)
        return f"about {spent(seconds)} left"

    def counted(self) -> str:
        """Return how many have ended."""
        return f"{len(self.ended)} of {len(self.checks)} done"


@contextlib.contextmanager
def shown(progress: ProgressLines, usual: Callable[[], Mapping[str, float]]) -> Iterator[Callable[[Event], None]]:
    """Give what takes the events of a run, and shows it; where the run is cut short it says how far it came."""
    run = Run(usual)
    if progress.quiet:
        yield run.hear
        return
    lines = Lines(run, progress)
    view: Callable[[Event], None] = lines
    with contextlib.ExitStack() as stack:
        if (console := progress.lent()) is not None:
            from respin.table import live  # noqa: PLC0415 - rich is slow to import

            view = stack.enter_context(live(run, console))
        try:
            yield view
        except BaseException:
            lines.cut()
            raise


class Lines:
    """What a pipe sees: the plan, what takes long, and the end of each check."""

    def __init__(self, run: Run, progress: ProgressLines) -> None:
        self._run = run
        self._progress = progress

    def __call__(self, event: Event) -> None:
        """Tell an event."""
        run = self._run
        run.hear(event)
        match event:
            case Planned() | Ended() if len(run.checks) == 1:
                self._progress.over(run.checks[0])  # the report that follows has no more to say
            case Planned():
                words = [f"{len(event.checks)} checks", f"{len(event.known)} known already" if event.known else ""]
                self._progress.note(", ".join(one for one in (*words, run.left()) if one))
            case CheckStep(text=text) if text:
                self._progress(event.check, text)
            case Ended():
                self._progress.over(event.check)
                if event.check not in run.known or overall(event.results) is not Status.PASS:
                    self._progress.note(f"{run.counted()}: {event.check}: {summed(event.results)}")
                self._tell(event)
            case EarlyResult():
                self._tell(event)
            case _:
                pass

    def _tell(self, event: EarlyResult | Ended) -> None:
        for text in self._run.findings(event):
            self._progress.note(text)

    def cut(self) -> None:
        """Tell how far a run came that was cut short."""
        run = self._run
        if not run.checks or len(run.ended) == len(run.checks):
            return
        ended = [f"{check} {overall(results)}" for check, results in run.ended.items()]
        self._progress.note(f"{run.counted()}{': ' if ended else ''}{', '.join(ended)}")


def summed(results: Sequence[Result]) -> str:
    """Return how a check ended, in a line: its worst status, how long it took, and why where it is no success."""
    status = overall(results)
    took = "cached" if all(one.cached for one in results) else spent(sum(one.seconds for one in results))
    text = status.value if status is Status.SKIP else f"{status.value} ({took})"
    if status is Status.PASS:
        return text
    worst = [one for one in results if one.status is status]
    return f"{text}: {'; '.join(f'patch {one.patch}: {one.summary}' if one.patch else one.summary for one in worst)}"

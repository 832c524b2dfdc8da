# SPDX-License-Identifier: GPL-2.0-only
"""Progress on standard error: a terminal has one line of what is waited for, a pipe a line for what takes long."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Literal

import click

from respin.report.text import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.status import Status

    from respin.options import Settings


LONG_SECONDS = 2.0
"""A pipe is told of what takes longer than that."""


class ProgressLines:
    """The latest line of each source, with the seconds since it began.

    What the run itself is doing (`say`) is told on a terminal alone: it is over in seconds.
    """

    def __init__(self, status: Status | None, *, quiet: bool = False) -> None:
        self._status = status
        self._quiet = quiet
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[str, float]] = {}
        self._timers: dict[str, threading.Timer] = {}
        self._told: set[str] = set()

    def __call__(self, source: str, text: str) -> None:
        """Show that a source is now at `text`; an empty text: it has ended."""
        with self._lock:
            began = self._lines.get(source, ("", time.monotonic()))[1]
            self._lines.pop(source, None)
            if text:
                self._lines[source] = (text, began)
            if self._status is not None:
                self._show()
            elif not self._quiet:
                self._wait(source, text, began)

    def _wait(self, source: str, text: str, began: float) -> None:
        """Tell a pipe of a step once it has taken long, and of the end of a source that it was told of."""
        if source in self._timers:
            self._timers.pop(source).cancel()
        if text:
            self._timers[source] = threading.Timer(LONG_SECONDS, self._tell, (source, text))
            self._timers[source].daemon = True
            self._timers[source].start()
        elif source in self._told:
            self._told.remove(source)
            self.note(f"{source}: done, {time.monotonic() - began:.0f} s")

    @property
    def quiet(self) -> bool:
        """True where only results are to be told."""
        return self._quiet

    def over(self, source: str) -> None:
        """Tell no more of a source: somebody else tells how it ended."""
        with self._lock:
            self._lines.pop(source, None)
            self._told.discard(source)
            if source in self._timers:
                self._timers.pop(source).cancel()

    def lent(self) -> Console | None:
        """Return the terminal, on which nothing is shown any more by this; or None in a pipe."""
        if self._status is None:
            return None
        self._status.stop()
        return self._status.console

    def end(self) -> None:
        """Tell no more."""
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            self._lines.clear()

    def _tell(self, source: str, text: str) -> None:
        with self._lock:
            if self._lines.get(source, ("", 0.0))[0] == text:
                self._told.add(source)
                self.note(f"{source}: {text}")

    def say(self, text: str) -> None:
        """Show what the run itself is doing."""
        if self._status is not None:
            self("respin", text)

    def note(self, text: str) -> None:
        """Tell something that stays: a line of its own, in a pipe too."""
        if self._status is None:
            click.echo(f"respin: {line(text)}", err=True)
        else:
            from rich.text import Text  # noqa: PLC0415 - rich is slow to import

            self._status.console.print(Text(f"respin: {line(text)}"), soft_wrap=True)

    def _show(self) -> None:
        if self._status is not None:
            from rich.markup import escape  # noqa: PLC0415 - rich is slow to import

            now = time.monotonic()
            lines = [f"{source}: {text} ({now - began:.0f} s)" for source, (text, began) in self._lines.items()]
            self._status.update(escape(line(" · ".join(lines) or "working")))


@contextlib.contextmanager
def shown(settings: Settings) -> Iterator[ProgressLines]:
    """Show progress where somebody watches."""
    if not settings.watched:
        progress = ProgressLines(None, quiet=settings.quiet)
        try:
            yield progress
        finally:
            progress.end()
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    system: Literal["auto"] | None = None if settings.colored is False else "auto"  # None: bold is no colour
    with Console(stderr=True, color_system=system).status("working") as status:
        yield ProgressLines(status)

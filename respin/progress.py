# SPDX-License-Identifier: GPL-2.0-only
"""Progress on a terminal's standard error: one line that says what is being waited for, and nothing in a pipe."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import click

from checks.report.text import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from respin.options import Settings


class Progress:
    """The latest line of each source, with the seconds since it began."""

    def __init__(self, status: Status | None) -> None:
        self._status = status
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[str, float]] = {}

    def __call__(self, source: str, text: str) -> None:
        """Show that a source is now at `text`; an empty text: it has ended."""
        if self._status is None:
            return
        with self._lock:
            began = self._lines.get(source, ("", time.monotonic()))[1]
            self._lines.pop(source, None)
            if text:
                self._lines[source] = (text, began)
            self._show()

    def say(self, text: str) -> None:
        """Show what the run itself is doing."""
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
def shown(settings: Settings) -> Iterator[Progress]:
    """Show progress where somebody watches."""
    if not settings.watched:
        yield Progress(None)
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    with Console(stderr=True, no_color=settings.colored is False).status("working") as status:
        yield Progress(status)

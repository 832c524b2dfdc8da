# SPDX-License-Identifier: GPL-2.0-only
"""A report on the terminal, and in the files that were asked for."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from generator.room import DISK
from generator.whole import whole
from patchset.errors import InfrastructureError, InputError
from respin.options import settings
from respin.report.text import sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from respin.options import Files
    from respin.report.model import Report


def publish(report: Report, files: Files, *, stored: bool = False) -> None:
    """Show the report on the terminal and write the files that were asked for.

    Args:
        report: the whole run.
        files: what was asked for.
        stored: True for a report that was made earlier, of which it is told how.

    Raises:
        InputError: a file cannot be written.
        InfrastructureError: the disk is full or broken; a file that was there is as it was.
    """
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    from respin.report import terminal  # noqa: PLC0415 - it imports rich

    colored = settings().colored
    system: Literal["auto"] | None = None if colored is False else "auto"  # None: bold is no colour, and goes too
    console = Console(stderr=files.on_stdout, force_terminal=colored or None, color_system=system)
    if not (settings().quiet and files.on_stdout):
        terminal.show(report, console, notes=settings().verbose, run=stored)
    report = sound(report)
    sys.stdout.flush()  # before what goes to /dev/stdout
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if files.on_stdout:
        sys.stdout.write(text)
    if files.json is not None and not files.on_stdout:
        with written(files.json) as path:
            path.write_text(text, "utf-8")
    for name, file in files.others.items():
        more = {"origin": files.origin} if name == "kcidb" and files.origin else {}
        write = importlib.import_module(f"respin.report.{name}").write
        with written(file) as path:
            write(report, path, **more)


@contextlib.contextmanager
def written(file: str) -> Iterator[Path]:
    """Give the path to write a file at, and say which one it was where that goes wrong."""
    try:
        with whole(Path(file)) as path:
            yield path
    except BrokenPipeError:
        raise
    except OSError as error:
        why = f"cannot write {file}: {error.strerror}"
        raise (InfrastructureError(why) if error.errno in DISK else InputError(why)) from None

# SPDX-License-Identifier: GPL-2.0-only
"""A report on the terminal, and in the files that were asked for."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checks.report.text import sound
from patchset.errors import InputError
from respin.options import settings

if TYPE_CHECKING:
    from checks.report.model import Report
    from respin.options import Files


def publish(report: Report, files: Files) -> None:
    """Show the report on the terminal and write the files that were asked for.

    Raises:
        InputError: a file cannot be written.
    """
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    from checks.report import terminal  # noqa: PLC0415 - it imports rich

    colored = settings().colored
    console = Console(stderr=files.on_stdout, force_terminal=colored, no_color=colored is False)
    if not (settings().quiet and files.on_stdout):
        terminal.show(report, console, notes=settings().verbose)
    report = sound(report)
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if files.on_stdout:
        sys.stdout.write(text)
    try:
        if files.json is not None and not files.on_stdout:
            Path(files.json).write_text(text, "utf-8")
        for name, file in files.others.items():
            more = {"origin": files.origin} if name == "kcidb" and files.origin else {}
            importlib.import_module(f"checks.report.{name}").write(report, Path(file), **more)
    except OSError as error:
        raise InputError(f"cannot write {error.filename}: {error.strerror}") from None

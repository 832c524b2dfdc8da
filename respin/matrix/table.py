# SPDX-License-Identifier: GPL-2.0-only
"""The one table of all jobs: on the terminal, in the files that were asked for, and as an exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

from checks.contract import Status
from checks.verdict import EXIT
from respin.matrix.job import USAGE, answered
from respin.options import settings
from respin.report.matrix.model import JOB, alone, matrix
from respin.report.text import sound
from respin.reports import written
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry, MatrixReport


class MatrixFiles(NamedTuple):
    """The files that were asked for, None for none; `-` as the JSON object's is standard output."""

    json: str | None
    html: str | None

    @property
    def on_stdout(self) -> bool:
        """True where standard output belongs to a program that reads the object."""
        return self.json == "-"


def made(jobs: Sequence[MatrixJob], entries: Mapping[MatrixJob, JobEntry], seconds: float) -> MatrixReport:
    """Make the object of all jobs; one that was not begun, or not ended, has said nothing."""
    unsaid = "the run was stopped before its end"
    found = [entries.get(job) or answered(job, alone(JOB, "SKIP", unsaid)) for job in jobs]
    made: MatrixReport = sound(matrix(found, VERSION, seconds))
    return made


def publish(made: MatrixReport, files: MatrixFiles) -> int:
    """Show the table, write the files, and return the exit code.

    Raises:
        InputError: a file cannot be written.
        InfrastructureError: the disk is full or broken.
    """
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    from respin.report.matrix import terminal  # noqa: PLC0415 - it imports rich

    colored, on_stdout = settings().colored, files.on_stdout
    system: Literal["auto"] | None = None if colored is False else "auto"
    console = Console(stderr=on_stdout, force_terminal=colored or None, color_system=system)
    if not (settings().quiet and on_stdout):
        terminal.show(made, console)
    sys.stdout.flush()
    text = json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if on_stdout:
        sys.stdout.write(text)
    elif files.json is not None:
        with written(files.json) as path:
            path.write_text(text, "utf-8")
    if files.html is not None:
        from respin.report.matrix.html import write  # noqa: PLC0415 - it waits for Jinja2

        with written(files.html) as path:
            write(made, path)
    return code(made)


def code(made: MatrixReport) -> int:
    """Return the exit code: the worst verdict's, and 2 where nothing is worse than a base that there is not."""
    errors = [one for one in made["jobs"] if one["status"] == "ERROR"]
    if made["status"] == "ERROR" and all(one["cells"][0]["check"] == JOB for one in errors):
        return USAGE
    return EXIT[Status(made["status"])]

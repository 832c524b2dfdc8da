# SPDX-License-Identifier: GPL-2.0-only
"""`respin report FILE...`: a stored JSON report, or several of one run, shown and written in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.contract import Status
from checks.verdict import EXIT
from respin import kept
from respin.options import PathType, files_options, settings_options
from respin.report.merge import merge
from respin.reports import publish

if TYPE_CHECKING:
    from respin.options import Files


@click.command("report")
@click.argument("reports", nargs=-1, required=True, metavar="FILE...", type=PathType(path_type=Path, dir_okay=False))
@files_options
@settings_options
def command(reports: tuple[Path, ...], files: Files) -> int:
    """Show the JSON report in FILE, and write it in other formats; several become one, the newest of each check.

    Exit code: the verdict's, as `respin check` has it; 2 where a file is not a report, or speaks of something else.
    """
    report = merge([kept.parse(file) for file in reports])
    publish(report, files, stored=True)
    return EXIT[Status(report["status"])]

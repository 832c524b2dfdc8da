# SPDX-License-Identifier: GPL-2.0-only
"""`respin new-series DIR`: the smallest series that renders and passes, or a copy of another one."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from respin import newseries
from respin.lines import tell
from respin.options import PathType, complete_series, settings, settings_options
from respin.report.text import line
from respin.session import definition

_NEXT = (
    ("explain BASE", "shows where its edits go; BASE is a kernel's repository, or debian:6.1"),
    ("check BASE", "renders it, and runs the checks that it asks for"),
    ("mail BASE -o out", "writes the mails and an mbox"),
)


@click.command("new-series")
@click.argument("folder", metavar="DIR", type=PathType(path_type=Path))
@click.option("--name", metavar="NAME", help="What it is called; default: as DIR is, or as the copied one.")
@click.option(
    "--from", "source", metavar="NAME|DIR", shell_complete=complete_series, help="Copy this series, all of it."
)
@settings_options
def command(folder: Path, name: str | None, source: str | None) -> None:
    """Begin a series in DIR, which is made, or is there and empty: one patch that renders on a kernel and passes.

    Then replace the patch by your own. --series DIR takes it, or --series NAME where it is
    ~/.config/respin/series/NAME.
    """
    if source is not None:
        files = newseries.copied(definition(source), None if name is None else newseries.valid(name))
    else:
        files = newseries.smallest(newseries.valid(folder.absolute().name if name is None else name))
    newseries.write(folder, files)
    tell(str(folder / path) for path in sorted(files))
    if not settings().quiet:
        series = shlex.quote(newseries.called(folder))
        width = max(len(verb) for verb, _ in _NEXT)
        click.echo("respin: next:", err=True)
        for verb, text in _NEXT:
            click.echo(line(f"  respin {f'{verb} --series {series}':{width + len(series) + 10}}  {text}"), err=True)

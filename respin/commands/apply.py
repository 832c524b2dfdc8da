# SPDX-License-Identifier: GPL-2.0-only
"""`respin apply BASE --to DIR`: the rendered series in a plain directory."""

from __future__ import annotations

from pathlib import Path

import click

from generator import plain
from generator.rendering import demand
from generator.switch import take_back
from respin.lines import tell
from respin.options import PathType, base_argument, series_option, settings, settings_options
from respin.progress import shown
from respin.report.text import line
from respin.session import Session


@click.command("apply")
@base_argument
@click.option("--to", "folder", type=PathType(path_type=Path), required=True, metavar="DIR", help="A copy of BASE.")
@click.option("--reverse", is_flag=True, help="Take the series out again.")
@click.option("--with-tests", is_flag=True, help="The KUnit suites too.")
@series_option
@settings_options
def command(base: str, folder: Path, reverse: bool, with_tests: bool, series_name: str) -> None:
    """Write the series, rendered on BASE, into DIR, a plain copy of BASE: all files, or none."""
    with shown(settings()) as progress:
        taken_back = take_back(folder)
        if taken_back:
            told = f"took back what a run that was killed half way wrote into {line(str(folder))}"
            click.echo(f"respin: {told}", err=True)
        session = Session(base, series_name, settings(), progress)
        rendering = demand(session.render(with_tests=with_tests), base)
        with session.base.open() as tree:
            before, after = plain.states(rendering.patches, tree)
        if reverse:
            before, after = after, before
        if not (taken_back and plain.holds(folder, after)):
            plain.apply(folder, before, after)
    tell(str(folder / path) for path in sorted(after))

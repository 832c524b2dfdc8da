# SPDX-License-Identifier: GPL-2.0-only
"""`respin userland --for KIND -o DIR`: what a machine needs to use the rendered kernel."""

from __future__ import annotations

from pathlib import Path

import click

from checks.names import whole
from checks.userland import companion
from generator import theirs
from generator.commit import NOBODY
from respin import newseries
from respin.lines import tell
from respin.options import PathType, series_option, settings_options
from respin.session import definition


@click.command("userland")
@click.option("--for", "kind", required=True, metavar="KIND", help="Of initramfs, e.g. initramfs-tools.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=PathType(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Write it there; DIR is made, or is empty.",
)
@series_option
@settings_options
def command(kind: str, folder: Path, series_name: str) -> None:
    """Write what a machine needs to use the rendered kernel: hooks, a helper, a unit, a Makefile, a package.

    They are made for the kernel interface that the series' [crash] describes.
    """
    maintainer = theirs.identity(Path.cwd()) or NOBODY
    files = companion.rendered(whole(definition(series_name)), kind, maintainer)
    newseries.write(folder, files)
    for path, content in files.items():
        if companion.executable(content):
            (folder / path).chmod(companion.EXECUTABLE)
    tell(str(folder / path) for path in sorted(files))

# SPDX-License-Identifier: GPL-2.0-only
"""`respin doctor`: the tools, what needs them, and Debian's packages that bring them."""

from __future__ import annotations

import click

from checks import toolchain
from respin.options import settings, settings_options
from respin.progress import shown


@click.command("doctor")
@click.option("--install", is_flag=True, help="Install what is missing with apt-get.")
@settings_options
def command(install: bool) -> int:
    """List every tool with its version, what needs it, and the package that brings it.

    Exit code: 0 where nothing is missing, 3 where something is.
    """
    if install:
        packages = sorted({package for state in toolchain.survey() if not state.path for package in state.packages})
        if packages:
            with shown(settings()) as progress:
                progress("doctor", f"installing {', '.join(packages)}")
                toolchain.install(packages)
    states = toolchain.survey()
    width = max(len(state.name) for state in states)
    for state in states:
        if not (settings().quiet and state.path):
            click.echo(f"{state.name:{width}}  {_found(state)}; for {', '.join(state.needed_by)}")
    return 0 if all(state.path for state in states if state.required) else 3


def _found(state: toolchain.ToolState) -> str:
    if state.path:
        return f"{state.version or 'found'} ({state.path})"
    word = "MISSING" if state.required else "missing, can do without"
    return f"{word}: apt-get install {' '.join(state.packages)}"

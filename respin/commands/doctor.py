# SPDX-License-Identifier: GPL-2.0-only
"""`respin doctor`: the tools, what needs them, and Debian's packages that bring them; disks, KVM, Python's packages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from checks import machine, toolchain
from checks.machine import Condition
from respin.options import settings, settings_options
from respin.progress import shown
from respin.report.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = ("✓", "✗", "○")
"""What stands before what is good, what is not, and what one can do without."""
WORDS = ("ok", "missing", "without")
"""The same where the terminal's encoding has no such signs."""
_USERS = 3
"""How many checks are named that need a tool; -v names all."""


@click.command("doctor")
@click.option("--install", is_flag=True, help="Install what is missing with apt-get.")
@settings_options
def command(install: bool) -> int:
    """List every tool with its version, what needs it, and the package that brings it; disks, KVM, Python's packages.

    Exit code: 0 where nothing is missing, 3 where something is.
    """
    with shown(settings()) as progress:
        progress("doctor", "looking for tools")
        states = toolchain.survey()
        packages = sorted({package for state in states if not state.path for package in state.packages})
        if install and packages:
            progress("doctor", f"installing {', '.join(packages)}")
            toolchain.install(packages)
            states = toolchain.survey()
        progress("doctor", "trying KVM")
        tools = [_tool(state) for state in states]
        told = [*tools, *machine.disks(settings().folder), machine.accelerator(settings().folder), *machine.python()]
    _show(told)
    bad = [one for one in told if one.required and not one.good]
    if bad or not settings().quiet:
        _sum(states, bad)
    return 3 if bad else 0


def _tool(state: toolchain.ToolState) -> Condition:
    text = f"{state.version} ({state.path})".lstrip()
    if not state.path:
        text = f"missing: {toolchain.brought_by(state.packages, [state.extra])}"
    elif state.refused:
        text = f"{text}: {state.refused}"
    users = state.needed_by if settings().verbose else state.needed_by[:_USERS]
    more = len(state.needed_by) - len(users)
    names = f"{', '.join(users)}{f' and {more} more' if more else ''}"
    return Condition(state.name, f"{text}; for {names}", bool(state.path) and not state.refused, state.required)


def _show(told: Sequence[Condition]) -> None:
    """Show a line a thing, with a mark."""
    encoding = sys.stdout.encoding or "ascii"
    marks = MARKS if "".join(MARKS).encode(encoding, "ignore").decode(encoding) == "".join(MARKS) else WORDS
    width, margin = max(len(one.name) for one in told), max(map(len, marks))
    for one in told:
        if not (settings().quiet and one.good):
            mark = marks[0] if one.good else marks[1] if one.required else marks[2]
            click.echo(f"{mark:{margin}} {one.name:{width}}  {line(one.text)}")


def _sum(states: Sequence[toolchain.ToolState], bad: Sequence[Condition]) -> None:
    """Say in one line how it is, and what to do."""
    if not bad:
        click.echo("all that is needed is there")
        return
    click.echo(f"{len(bad)} not as needed: {', '.join(one.name for one in bad)}")
    packages = sorted({each for state in states if state.required and not state.path for each in state.packages})
    if packages:
        click.echo(f"`respin doctor --install` installs {' '.join(packages)}")
    if extras := {state.extra for state in states if state.extra and not state.path}:
        click.echo(toolchain.brought_by((), extras))

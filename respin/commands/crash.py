# SPDX-License-Identifier: GPL-2.0-only
"""`respin crash BASE`: boot the rendered kernel with an encrypted disk, crash it, and look for the dump."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from checks import runner, toolchain
from checks.crash import console, lab
from checks.known import known as now
from checks.names import whole
from checks.proofs.crash import SCENARIOS, CrashTest, possible
from checks.userland.rounds import PLOTS, TOOLS, preparation, rounds
from generator import process
from patchset.errors import InfrastructureError, InputError
from respin.choosing import ids_options
from respin.commands.check import prove, rendered
from respin.options import author_options, base_argument, files_options, series_option, settings, settings_options
from respin.progress import shown
from respin.report.model import ExtentEntry
from respin.reports import publish
from respin.session import Session, definition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from checks.crash.scenarios import Scenario
    from generator.commit import Stamp
    from patchset.types import Series
    from respin.options import Files


def listed(series: Series | None, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what --list shows: each scenario's name, and what it proves; those of a userland where one is named.

    Raises:
        InputError: the series does not ask for the crash test, or there is no such userland.
    """
    if series:
        runner.select([CrashTest.id], [], series)
    there = _known(parameters.get("userland")).values()
    return [(each.name, each.title) for each in (possible(there, series) if series else there)]


@click.command("crash")
@base_argument
@ids_options("scenario", SCENARIOS, listed, [each.name for each in PLOTS])
@click.option("--userland", metavar="DEBIAN", help="Crash a distribution: debian:12, debian:13 or debian:13+dracut.")
@files_options
@click.option("--keep", is_flag=True, help="Leave kernels, disks, consoles and QEMU's command lines.")
@click.option("--interactive", is_flag=True, help="Run no scenario: give the guest's console.")
@series_option
@author_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    userland: str | None,
    files: Files,
    keep: bool,
    interactive: bool,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Render the series on BASE and run the crash test's scenarios, which --only and --skip choose.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    known = _known(userland)
    _left(only, skip, known)
    series = whole(definition(series_name))
    runner.select([CrashTest.id], [], series)
    there = {each.name: each for each in possible(known.values(), series)}
    if not there:
        raise InputError(f"no scenario of {userland} can be run with what the series {series.name} gives user space")
    names = _left(only, skip, there)
    if interactive:
        return _console(base, series, lambda session: session.stamp(author, date, signoff=signoff), keep=keep)
    chosen = [there[name] for name in names]
    test = CrashTest(chosen, keep=keep)
    if userland:
        test = CrashTest(chosen, keep=keep, prepare=preparation(userland), tools=TOOLS)
    with shown(settings()) as progress:
        session = Session(base, series, settings(), progress)
        stamp = session.stamp(author, date, signoff=signoff)
        verdicts = now(settings().folder)
        context, _ = rendered(session, stamp, verdicts)
        extent = ExtentEntry(what="scenarios", ran=len(names), of=len(there))
        report, code = prove(context, progress, {test.id: test}, verdicts, extent=extent)
    publish(report, files)
    return code


def _known(userland: str | None) -> Mapping[str, Scenario]:
    """Return all scenarios, or a userland's."""
    return {each.name: each for each in rounds(userland)} if userland else SCENARIOS


def _left(only: Sequence[str], skip: Sequence[str], there: Mapping[str, Scenario]) -> Sequence[str]:
    """Return the names of the scenarios that are to run.

    Raises:
        InputError: there is none.
    """
    names = runner.chosen("scenario", only, skip, there)
    if not names:
        raise InputError("--only and --skip leave no scenario to run", hint=f"there are: {', '.join(there)}")
    return names


def _console(base: str, series: Series, stamp: Callable[[Session], Stamp], *, keep: bool) -> int:
    """Give the terminal to a guest.

    Raises:
        InputError: there is no terminal.
        InfrastructureError: a tool is missing.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("--interactive needs a terminal")
    if missing := toolchain.missing(CrashTest.tools):
        names, line = toolchain.told(missing)
        raise InfrastructureError(f"missing: {names}", hint=line)
    with contextlib.ExitStack() as stack:
        with shown(settings()) as progress:
            session = Session(base, series, settings(), progress)
            context, _ = rendered(session, stamp(session), now(settings().folder))
            made = stack.enter_context(lab.opened(context, keep=keep))
            machine = console.machine(made)
        click.echo(console.help_text(made.shell), err=True)
        return process.foreground(machine.argv(terminal=True), cwd=machine.folder)

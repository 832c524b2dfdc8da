# SPDX-License-Identifier: GPL-2.0-only
"""`respin crash BASE`: boot the rendered kernel with an encrypted disk, crash it, and look for the dump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checks import runner
from checks.crash.check import SCENARIOS, CrashTest
from patchset.errors import InputError
from respin.commands.check import prove, split
from respin.options import author_options, base_argument, report_options, series_option, settings, settings_options
from respin.progress import shown
from respin.reports import publish
from respin.session import Session

if TYPE_CHECKING:
    from respin.options import Files


@click.command("crash")
@base_argument
@report_options
@click.option("--keep", is_flag=True, help="Leave kernels, disks, consoles and QEMU's command lines.")
@series_option
@author_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    only: str,
    skip: str,
    files: Files,
    keep: bool,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Render the series on BASE and run the crash test's scenarios, which --only and --skip choose.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    test = CrashTest([SCENARIOS[name] for name in chosen(only, skip)], keep=keep)
    with shown(settings()) as progress:
        session = Session(base, series_name, settings(), progress)
        stamp = session.stamp(author, date, signoff=signoff)
        proof = prove(session, stamp, only="", skip="", checks={test.id: test})
    publish(proof.report, files)
    return proof.code


def chosen(only: str, skip: str) -> list[str]:
    """Return the names of the scenarios to run, in their order.

    Raises:
        InputError: there is no such scenario, or none is left.
    """
    names = runner.chosen("scenario", split(only), split(skip), SCENARIOS)
    if not names:
        raise InputError("no scenario is left to run")
    return names

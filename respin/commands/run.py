# SPDX-License-Identifier: GPL-2.0-only
"""`respin run BASE`: render and check in one go; what was asked for is written once the verdict is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checks.cards import Cards
from checks.known import known as now
from checks.names import whole
from checks.registry import CHECKS
from generator.patchfiles import write_patches
from generator.room import room_in
from respin.choosing import ids_options
from respin.commands.check import demand, listed, prove, rendered, sharing
from respin.commands.render import hand_out, style
from respin.lines import tell
from respin.options import (
    author_options,
    base_argument,
    bisect_option,
    fail_fast_option,
    files_options,
    output_options,
    series_option,
    settings,
    settings_options,
    store_options,
)
from respin.progress import shown
from respin.reports import publish
from respin.session import Session, definition

if TYPE_CHECKING:
    from pathlib import Path

    from respin.options import Files, StorePlace


@click.command("run")
@base_argument
@output_options
@ids_options("check", CHECKS, listed)
@fail_fast_option
@files_options
@click.option("--with-tests", is_flag=True, help="Write the KUnit suites too; they are always checked.")
@store_options
@series_option
@author_options
@bisect_option
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    output: Path | None,
    ref: str | None,
    force: bool,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_fast: bool,
    files: Files,
    shared: StorePlace | None,
    with_tests: bool,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Render the series on BASE, check it, and write it where -o and --ref say when the verdict is good.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    series, known = definition(series_name), now(settings().folder)
    checks = Cards(known)
    demand(only, skip, series, checks)
    with shown(settings()) as progress:
        progress.say(f"reading {series.name}")
        session = Session(base, whole(series, known), settings(), progress)
        session.want_ref(ref, force=force)
        if output:
            with room_in(output):
                pass  # a folder that cannot be written to is told now: else an hour of checks would be for nothing
        context, store = rendered(session, session.stamp(author, date, signoff=signoff), known)
        chosen = [one for one in context.subject.commits if with_tests or not one.tests]
        session.want_ref(ref, force=force, tip=chosen[-1].sha)
        report, code = prove(
            sharing(context, shared, progress), progress, checks, known, only=only, skip=skip, fail_fast=fail_fast
        )
    publish(report, files)
    if code == 0 and (output or ref):
        mails = write_patches(store, chosen, output, style(session)) if output else None
        tell(hand_out(session, store, chosen, files=mails, ref=ref, force=force), err=files.on_stdout)
    return code

# SPDX-License-Identifier: GPL-2.0-only
"""`respin check BASE`: render, check, report; the exit code is the verdict."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from checks import stores
from checks.cards import Cards
from checks.contract import Context, Status, Subject, Weight
from checks.kernel.matrix import TITLE
from checks.known import known as now
from checks.names import whole
from checks.programs import Programs
from checks.registry import CHECKS
from checks.runner import asked, run_checks, select
from checks.verdict import exit_code
from patchset.errors import InputError
from respin import events, gitlog, kept, outcome
from respin.choosing import ids_options
from respin.options import (
    author_options,
    base_argument,
    bisect_option,
    called,
    fail_fast_option,
    files_options,
    repeated,
    series_option,
    settings,
    settings_options,
    store_options,
)
from respin.progress import shown
from respin.report import made, since
from respin.reports import publish
from respin.session import Session, definition
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.contract import Check
    from checks.known import Known
    from generator.commit import Stamp
    from generator.store import Store
    from patchset.types import Series
    from respin.options import Files, StorePlace
    from respin.progress import ProgressLines
    from respin.report.model import ExtentEntry, Report

MATRIX = "[[configuration]]"
"""What asks for the checks that build."""


def listed(series: Series | None, _: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what --list shows of the checks that a series asks for: id, what it speaks of, what it proves."""
    there = CHECKS if series is None else asked(series)
    found = f" ({TITLE})" if series is not None and series.plan.find else ""
    return [
        (check.id, f"{check.scope.value:7}  {check.title}{found if check.asked_by == MATRIX else ''}")
        for check in there.values()
    ]


@click.command("check")
@base_argument
@ids_options("check", CHECKS, listed)
@click.option("--quick", is_flag=True, help="Only what takes seconds: no kernel is built, no guest booted.")
@fail_fast_option
@files_options
@store_options
@series_option
@author_options
@bisect_option
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    quick: bool,
    fail_fast: bool,
    files: Files,
    shared: StorePlace | None,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Render the series on BASE, with its KUnit suites, and check it.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    series, known = definition(series_name), now(settings().folder)
    checks = Cards(known)
    demand(only, skip, series, checks)
    if quick and only and all(checks[name].weight is Weight.HEAVY for name in only):
        raise InputError("--quick leaves no check to run", hint="without it the others run too")
    with shown(settings()) as progress:
        progress.say(f"reading {series.name}")
        session = Session(base, whole(series, known), settings(), progress)
        context, _ = rendered(session, session.stamp(author, date, signoff=signoff), known)
        skip = (*skip, *(one.id for one in checks.values() if one.weight is Weight.HEAVY)) if quick else skip
        report, code = prove(
            sharing(context, shared, progress), progress, checks, known, only=only, skip=skip, fail_fast=fail_fast
        )
    publish(report, files)
    return code


def demand(only: Sequence[str], skip: Sequence[str], series: Series, checks: Mapping[str, Check]) -> None:
    """Refuse a choice of checks that the series does not ask for, without a look at those that nobody named.

    Raises:
        InputError: see `checks.runner.select`.
    """
    if skip or not all(series.asks(by) for by in map(CHECKS.asked_by, only) if by):
        select(only, skip, series, checks)


def prove(  # noqa: PLR0913 - what verbs differ in
    context: Context,
    progress: ProgressLines,
    checks: Mapping[str, Check],
    known: Known,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    extent: ExtentEntry | None = None,
    fail_fast: bool = False,
) -> tuple[Report, int]:
    """Run the checks that a rendered series asks for; return the report, which is kept, and its exit code."""
    series = context.subject.series
    selected = select(only, skip, series, checks)

    def usual() -> dict[str, float]:
        return {one.id: one.usual for one in selected} | kept.seconds(context.cache, context.subject)

    with events.shown(progress, usual) as listen:
        results = run_checks(context, selected, fail_fast=fail_fast, listen=listen)
    there = asked(series, checks)
    ran = {one.check for one in results if one.status is not Status.SKIP}
    tools = context.programs.said(tool for check in selected if check.id in ran for tool in check.tools)
    extras = replace(
        outcome.collected(context.subject, there.values(), gitlog.kept(context)),
        options=context.options,
        extent=extent,
        run=made.run([called()], time.monotonic() - settings().began, tools),
        known=known,
    )
    report = outcome.report(context.subject, results, VERSION, extras)
    if not all(one.cached for one in results) and (changed := since.since(kept.before(context.cache, report), report)):
        report["since"] = changed
    kept.keep(context.cache, report)
    return report, exit_code(results)


def sharing(context: Context, place: StorePlace | None, progress: ProgressLines) -> Context:
    """Return what checks are given, with the verdicts that are shared.

    Raises:
        InputError: there can be no such store.
    """
    if place is None:
        return context
    return replace(context, shared=stores.opened(place.words, progress.note, write=not place.read_only))


def rendered(session: Session, stamp: Stamp, known: Known) -> tuple[Context, Store]:
    """Render and commit the series with its tests; return what checks are given, and where the commits are.

    Raises:
        RenderError: it does not apply.
    """
    store, made = session.made(stamp, known)
    subject = Subject(
        spec=session.base.spec,
        name=session.base.name,
        version=session.base.version,
        repository=store.repository,
        base=store.base,
        base_tree=made.base_tree,
        series=session.series,
        commits=made.commits,
    )
    # the store is free again: the checks take minutes, and have locks of their own
    jobs = settings().jobs

    def mails() -> bytes:
        from respin.posting import unproven  # noqa: PLC0415 - the check of mails alone waits for what makes them

        return unproven.mailbox(subject, jobs)

    folder, programs = settings().folder, Programs(known)
    return Context(subject, folder, jobs, session.progress, repeated(), mails=mails, programs=programs), store

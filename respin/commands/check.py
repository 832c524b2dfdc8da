# SPDX-License-Identifier: GPL-2.0-only
"""`respin check BASE`: render, check, report; the exit code is the verdict."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.registry import CHECKS
from checks.report import junit as junit_report
from checks.report import kept, model
from checks.runner import exit_code, run_checks
from checks.types import Context, Subject
from patchset.errors import InputError
from respin.options import author_options, base_argument, report_options, series_option, settings, settings_options
from respin.progress import shown
from respin.session import Session
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.report.model import Report
    from checks.types import Check
    from generator.commit import Commit, Stamp
    from generator.store import Store


@click.command("check")
@base_argument
@report_options
@series_option
@author_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str,
    only: str,
    skip: str,
    json_file: str | None,
    junit: str | None,
    series_name: str,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Render the series on BASE, with its KUnit suites, and check it.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    with shown(settings()) as progress:
        session = Session(base, series_name, settings(), progress)
        proof = prove(session, session.stamp(author, date, signoff=signoff), only=only, skip=skip)
    publish(proof.report, json_file=json_file, junit_file=junit)
    return proof.code


@dataclass(frozen=True, slots=True)
class Proof:
    """A series that was rendered and checked.

    Attributes:
        report: the whole run.
        code: the exit code that it calls for.
        store: where the commits are.
        commits: the rendered patches, those with tests too.
    """

    report: Report
    code: int
    store: Store
    commits: tuple[Commit, ...]


def prove(session: Session, stamp: Stamp, *, only: str, skip: str, checks: Mapping[str, Check] = CHECKS) -> Proof:
    """Render the series with its tests and run the checks.

    Raises:
        RenderError: it does not apply.
    """
    rendering = session.render(with_tests=True)
    with session.committed(rendering, stamp, whole=True) as (store, commits):
        subject = Subject(
            spec=session.base.spec,
            name=session.base.name,
            version=session.base.version,
            repository=store.repository,
            base=store.base,
            base_tree=session.tree_of(store),
            series=session.series,
            commits=commits,
        )
    # the store is free again: the checks take minutes, and have locks of their own
    context = Context(subject, settings().folder, settings().jobs, session.progress)
    results = run_checks(context, split(only), split(skip), checks=checks)
    report = model.report(subject, results, VERSION)
    kept.keep(settings().folder, report)
    return Proof(report, exit_code(results), store, commits)


def publish(report: Report, *, json_file: str | None, junit_file: str | None) -> None:
    """Show the report on the terminal and write the files that were asked for.

    Raises:
        InputError: a file cannot be written.
    """
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import

    from checks.report import terminal  # noqa: PLC0415 - it imports rich

    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    try:
        if json_file not in {None, "-"}:
            Path(str(json_file)).write_text(text, "utf-8")
        if junit_file is not None:
            junit_report.write(report, Path(junit_file))
    except OSError as error:
        raise InputError(f"cannot write {error.filename}: {error.strerror}") from None
    if json_file == "-":
        sys.stdout.write(text)
    colored = settings().colored
    console = Console(stderr=json_file == "-", force_terminal=colored, no_color=colored is False)
    if not (settings().quiet and json_file == "-"):
        terminal.show(report, console, notes=settings().verbose)


def split(text: str) -> list[str]:
    """Return the names in an option's value: `a,b`."""
    return [one.strip() for one in text.split(",") if one.strip()]

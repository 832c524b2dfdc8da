# SPDX-License-Identifier: GPL-2.0-only
"""`respin explain BASE...`: one line an edit, and a verdict."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from checks.names import whole
from generator.rendering import describe, fitting, without
from generator.shared import Shared
from generator.spot import Evidence
from patchset import plan
from respin.options import bisect_option, complete_base, series_option, settings, settings_options
from respin.progress import shown
from respin.report.text import line, printable
from respin.session import Session, definition

if TYPE_CHECKING:
    from generator.rendering import Made, Rendering
    from patchset.types import Series


@click.command("explain")
@click.argument("base", metavar="BASE...", nargs=-1, required=True, shell_complete=complete_base)
@series_option
@bisect_option
@settings_options
def command(base: tuple[str, ...], series_name: str) -> int:
    """Show where every edit goes on each BASE, and whether the series applies.

    Exit code: 0 where it applies to all, 1 where it does not or is there already.
    """
    series = whole(definition(series_name))
    shared = Shared()
    return max(_explain(one, series, shared) for one in base)


def _explain(base: str, series: Series, shared: Shared) -> int:
    with shown(settings()) as progress:
        session = Session(base, series, settings(), progress)
        rendering = session.render(with_tests=True, shared=shared)
    for text in lines(rendering):
        click.echo(line(text))
    fit = f", {fitting(rendering)}" if rendering.verdict == "conflicts" else ""
    click.echo(line(f"{session.base.name} ({session.base.version}): {rendering.verdict}{fit}"))
    if left := without(rendering):
        click.echo(line(left))
    if rendering.verdict == "applies":
        if unsearched := scan(session.series, base):
            click.echo(line(unsearched))
        return 0
    click.echo(printable(describe(rendering, base)))
    return 1


def scan(series: Series, base: str) -> str:
    """Say which code of the base was not searched, since only edited files were read; empty where no check asks."""
    member = series.plan.member if series.has(plan.FILE) else None
    if member is None:
        return ""
    return f"not searched: other code with a struct {member.struct}: respin check {shlex.quote(base)} --only kbuf-init"


def lines(rendering: Rendering) -> list[str]:
    """Return one line an edit: patch, id, file and line, #if path, and which anchor was used."""
    return [_line(made) for made in rendering.stayed]


def _line(made: Made) -> str:
    head = f"{made.patch} {made.edit.id}: {made.file}"
    if made.skipped:
        return f"{head}: not on this base ({made.skipped})"
    anchor = made.edit.at[made.alternative - 1]
    path = f" [#if {made.path}]" if made.path else ""
    which = f" (alternative {made.alternative} of {len(made.edit.at)})" if len(made.edit.at) > 1 else ""
    why = "" if made.evidence is Evidence.NAMED else f", {made.evidence}"
    return f"{head}:{made.line}{path}: {anchor}{which}{why}"

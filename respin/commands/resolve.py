# SPDX-License-Identifier: GPL-2.0-only
"""`respin resolve BASE`: what could become of each refused edit, written beside it as comments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from generator.moved import Elsewhere
from generator.rendering import describe
from generator.resolving.margin import cleared, written
from generator.resolving.trying import Search, Trial
from generator.resolving.whereabouts import Whereabouts
from generator.resolving.writing import rewritten, writable
from generator.shared import Shared
from patchset.counted import counted
from patchset.errors import InputError
from patchset.loader import installed
from patchset.snapshot import text, where
from respin.options import base_argument, series_option, settings, settings_options
from respin.progress import shown
from respin.report.text import line, printable
from respin.session import Session, definition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.rendering import Rendering
    from generator.resolving.trying import Refused
    from patchset.types import Series

_LONG = 300


class _Written(NamedTuple):
    """The files of a definition with candidates in them.

    Attributes:
        files: those that change, by name.
        told: what there is to say, a line each.
        offers: how many candidates there are.
        without: how many edits have none.
    """

    files: dict[str, str]
    told: list[str]
    offers: int
    without: int


@click.command("resolve")
@base_argument
@series_option
@settings_options
def command(base: str, series_name: str) -> int:
    """Write what could become of each edit that BASE refuses into the definition, beside the edit, as comments.

    Each candidate was tried: without the `# ` before its lines the edit has a place. None is taken but by you. What an
    earlier run wrote for BASE is replaced, or goes where the edit is refused no more; what you wrote stays as it is.

    Exit code: 0 where no edit is refused, 1 where one is or the base has the series already.
    """
    series = definition(series_name)
    folder = Path(str(series.folder))
    if installed(folder):
        hint = f"`respin new-series DIR --from {series.name}` makes a copy that is yours"
        raise InputError(f"{series.name} comes with respin and cannot be changed", hint=hint)
    writable(folder, [f"{one.name}.toml" for one in series.patches])
    shared = Shared()
    with shown(settings()) as progress:
        session = Session(base, series, settings(), progress)
        rendering = session.render(with_tests=True, shared=shared)
        refused: list[Refused] = []
        if rendering.failures:
            elsewhere = Elsewhere(session.base)
            others = Whereabouts(session.base, rendering.failures, series.templates, elsewhere, progress.say)
            progress.say("trying what could become of each refused edit")
            with session.base.open() as tree:
                refused = list(Trial(series, tree, line(base), shared, Search(elsewhere, others)).refused())
        made = _made(series, line(base), refused)
        rewritten(folder, series, {name: content.encode() for name, content in made.files.items()})
    for one in made.told:
        click.echo(line(one))
    return _ended(rendering, session, refused, made)


def _made(series: Series, base: str, refused: Sequence[Refused]) -> _Written:
    """Return the files of a definition with candidates in them, where there are any."""
    files: dict[str, str] = {}
    told: list[str] = []
    count = without = 0
    for patch in series.patches:
        name = f"{patch.name}.toml"
        file = where(series.folder, name)
        before = text(series.folder, name)
        content = cleared(before, base, file)
        for one in (each for each in refused if each.patch.number == patch.number):
            head = f"edit {one.failure.edit.id}, {one.failure.file}"
            why = line(one.failure.reasons[0])[:_LONG]
            if not one.offers:
                without += 1
                told.append(f"{file}: {head}: no candidate: {why}; {one.failure.hint}")
                continue
            placed = written(content, one.at, one.offers, base=base, why=why, file=file)
            content = placed.text
            count += len(one.offers)
            for number, (offer, at) in enumerate(zip(one.offers, placed.lines, strict=True), 1):
                told.append(f"{file}:{at}: {head}: candidate {number} of {len(one.offers)}, {offer.words[0]}")
        if content != before:
            files[name] = content
    return _Written(files, told, count, without)


def _ended(rendering: Rendering, session: Session, refused: Sequence[Refused], made: _Written) -> int:
    """Say what is left, and return the exit code."""
    base = f"{session.base.name} ({session.base.version})"
    if not rendering.failures:
        click.echo(line(f"{base}: {rendering.verdict}"))
        if rendering.verdict == "applies":
            return 0
        click.echo(printable(describe(rendering, session.base.spec)))
        return 1
    said = f"{base}: {counted(len(rendering.failures), 'edit')} refused, {counted(made.offers, 'candidate')} written"
    ids = {one.failure.edit.id for one in refused}
    follow = sum(one.edit.id not in ids for one in rendering.failures)
    said += f", {counted(made.without, 'edit')} without any" if made.without else ""
    said += f", {counted(follow, 'edit')} right once the others are" if follow else ""
    click.echo(line(said))
    if made.offers and not settings().quiet:
        told = "take one of each: remove the `# ` before its lines; then run the same again"
        click.echo(f"respin: {told}", err=True)
    return 1

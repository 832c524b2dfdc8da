# SPDX-License-Identifier: GPL-2.0-only
"""`respin rules [BASE]`: each rule, the patches and lines that hold it, and what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from checks.names import whole
from checks.runner import asked
from patchset.counted import counted
from patchset.loader import load
from patchset.rules import RENDER
from respin.gitlog import diffs
from respin.options import complete_base, series_option, settings, settings_options
from respin.progress import shown
from respin.report.diffs import added
from respin.report.text import line
from respin.session import Session

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from patchset.rules import Rule
    from patchset.types import Series

Places = dict[int, dict[str, list[range]]]
"""The lines that each patch adds, by its number and by path."""


@click.command("rules")
@click.argument("base", metavar="[BASE]", required=False, shell_complete=complete_base)
@series_option
@settings_options
def command(base: str | None, series_name: str) -> None:
    """List the rules of the series: the patches that hold each, the checks and KUnit cases that show it.

    With BASE: the lines too, as they are where the series is rendered on it. With -v: every KUnit case.
    """
    series = whole(load(series_name))
    places = _places(base, series) if base else {}
    there = asked(series) if series.rules else {}
    for rule in series.rules:
        click.echo(f"{rule.id}  {rule.title}")
        click.echo(f"     patches {', '.join(map(str, rule.patches))}; shown by {_shown(rule, there)}")
        more = _lines(rule, places) if places else list(rule.files) if settings().verbose else []
        for one in [*more, *(rule.tests if settings().verbose else ())]:
            click.echo(line(f"       {one}"))


def _places(base: str, series: Series) -> Places:
    """Render the series and return the lines that it adds."""
    with shown(settings()) as progress:
        session = Session(base, series, settings(), progress)
        stamp = session.stamp(None, None, signoff=False)
        with session.committed(session.render(with_tests=False), stamp, whole=False) as (store, commits):
            return {number: added(text) for number, text in diffs(store.repository, commits).items()}


def _lines(rule: Rule, places: Mapping[int, Mapping[str, list[range]]]) -> list[str]:
    """Return where a rule is held, a line for each patch and file."""
    found = [(number, path, places[number].get(path)) for number in rule.patches for path in rule.files]
    return [f"patch {number}: {path}:{','.join(map(_run, runs))}" for number, path, runs in found if runs]


def _run(lines: range) -> str:
    return f"{lines.start}-{lines.stop - 1}" if len(lines) > 1 else f"{lines.start}"


def _shown(rule: Rule, there: Container[str]) -> str:
    by = [counted(len(rule.tests), "KUnit case")] if rule.tests else []
    by += [check for check in rule.checks if check in there]
    by += ["every rendering"] if RENDER in rule.checks else []
    return ", ".join(by) or "nothing yet"

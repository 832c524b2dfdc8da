# SPDX-License-Identifier: GPL-2.0-only
"""The rules that a series keeps, `rules.toml` beside its definition: which patch holds each, and what shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchset import loader
from patchset.errors import InputError
from patchset.table import Table

if TYPE_CHECKING:
    from patchset.types import Series

FILE = "rules.toml"
RENDER = "render"
"""In `checks` of a rule that is shown before any check runs, whenever the series is rendered."""
_CASE = re.compile(r"KUNIT_CASE(?:_SLOW)?\((?P<case>\w+)\)")
_SUITE = re.compile(r"\.name\s*=\s*\"(?P<suite>\w+)\"")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: R01 and so on.
        title: what it demands, one line.
        patches: numbers of the patches that hold it, which the file names by their stems.
        files: where, as paths of the base.
        tests: KUnit cases that show it, `suite.case`.
        checks: ids of checks that show it, or `render`.
    """

    id: str
    title: str
    patches: tuple[int, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...]
    checks: tuple[str, ...]


def load(series: Series) -> tuple[Rule, ...]:
    """Read a series' rules, in the order of their ids.

    Raises:
        InputError: a key is wrong, or a KUnit case is named that no suite has.
    """
    table = Table.parse(FILE, loader.text(series.folder, FILE))
    rules = [_rule(name, entry, series) for name, entry in table.all_named()]
    known = cases(series)
    for rule in rules:
        for test in rule.tests:
            if test not in known:
                raise InputError(f"{FILE}: {rule.id} names the case {test}, which no suite has")
    return tuple(sorted(rules, key=lambda rule: rule.id))


def named(series: Series) -> dict[str, tuple[str, ...]]:
    """Return the KUnit cases that a series' rules name, with the rules; none where it has no rules.

    Whether a suite has them is not asked: what ran says it.

    Raises:
        InputError: a key is wrong.
    """
    if not series.has(FILE):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name, entry in Table.parse(FILE, loader.text(series.folder, FILE)).all_named():
        rule = _rule(name, entry, series)
        found |= {test: (*found.get(test, ()), rule.id) for test in rule.tests}
    return found


def cases(series: Series) -> set[str]:
    """Return the KUnit cases in the fragments of the test patches, `suite.case`."""
    found: set[str] = set()
    fragments = [edit.template for patch in series.patches if patch.tests for edit in patch.edits]
    for fragment in fragments:
        text = loader.text(series.templates, fragment)
        suite = _SUITE.search(text)
        if suite is not None:
            found |= {f"{suite['suite']}.{case['case']}" for case in _CASE.finditer(text)}
    return found


def _rule(name: str, table: Table, series: Series) -> Rule:
    numbers = {patch.name: patch.number for patch in series.patches}
    stems = table.strings("patches")
    for stem in stems:
        if stem not in numbers:
            hint = f"{loader.FILE} has {', '.join(numbers)}"
            raise table.error(f"{name}: there is no patch '{stem}'", "patches", hint=hint)
    rule = Rule(
        id=name,
        title=table.take("title", str),
        patches=tuple(numbers[stem] for stem in stems),
        files=table.strings("files"),
        tests=table.strings("tests", ()),
        checks=table.strings("checks", ()),
    )
    table.done()
    return rule

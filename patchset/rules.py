# SPDX-License-Identifier: GPL-2.0-only
"""The rules that a series keeps, `rules.toml` beside its definition: which patch holds each, and what shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchset.snapshot import text
from patchset.toml import Table, Toml, nearest

if TYPE_CHECKING:
    from patchset.types import Series

FILE = "rules.toml"
RENDER = "render"
"""In `checks` of a rule that is shown before any check runs, whenever the series is rendered."""
_CASE = re.compile(r"KUNIT_CASE(?:_SLOW)?\((?P<case>\w+)\)")
_SUITE = re.compile(r"\.name\s*=\s*\"(?P<suite>\w+)\"")


class RuleForm(Table, frozen=True):
    """One rule, as rules.toml has it below its id.

    Attributes:
        title: what it demands, one line.
        patches: stems of the patches that hold it.
        files: where, as paths of the base.
        tests: KUnit cases that show it, `suite.case`.
        checks: ids of checks that show it, or `render`.
    """

    title: str
    patches: tuple[str, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """The same, in its series.

    Attributes:
        id: R01 and so on.
        patches: numbers of the patches that hold it.
    """

    id: str
    title: str
    patches: tuple[int, ...]
    files: tuple[str, ...]
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


def load(series: Series) -> tuple[Rule, ...]:
    """Read a series' rules, in the order of their ids.

    Raises:
        InputError: a key is wrong, or a KUnit case is named that no suite has.
    """
    toml, known = Toml.of(series.folder, FILE), cases(series)
    rules = _rules(toml, series)
    for rule in rules:
        for number, test in enumerate(rule.tests):
            if test not in known:
                raise toml.error(f"{rule.id} names the case {test}, which no suite has", rule.id, "tests", number)
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
    for rule in _rules(Toml.of(series.folder, FILE), series):
        found |= {test: (*found.get(test, ()), rule.id) for test in rule.tests}
    return found


def cases(series: Series) -> set[str]:
    """Return the KUnit cases in the fragments of the test patches, `suite.case`."""
    found: set[str] = set()
    fragments = [edit.template for patch in series.patches if patch.tests for edit in patch.edits]
    for fragment in fragments:
        c_text = text(series.templates, fragment)
        suite = _SUITE.search(c_text)
        if suite is not None:
            found |= {f"{suite['suite']}.{case['case']}" for case in _CASE.finditer(c_text)}
    return found


def _rules(toml: Toml, series: Series) -> list[Rule]:
    numbers = {patch.name: patch.number for patch in series.patches}
    rules = []
    for name, form in toml.read(dict[str, RuleForm]).items():
        for at, stem in enumerate(form.patches):
            if stem not in numbers:
                hint = nearest(stem, numbers, "patches")
                raise toml.error(f"{name}: there is no patch '{stem}'", name, "patches", at, hint=hint)
        patches = tuple(numbers[stem] for stem in form.patches)
        rules.append(Rule(name, form.title, patches, form.files, form.tests, form.checks))
    return rules

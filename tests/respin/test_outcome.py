# SPDX-License-Identifier: GPL-2.0-only
"""What a report's object is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

from checks.contract import WORST_FIRST, Finding, Result, Scope, Severity, Status
from patchset.errors import InfrastructureError, InputError
from patchset.rules import RENDER
from respin import gitlog, kept, outcome
from respin.outcome import report
from respin.report import rules
from respin.report.model import SCHEMA, STATUSES
from tests.checks import made

if TYPE_CHECKING:
    from pathlib import Path

    from checks.contract import Subject


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    folder = tmp_path / "repository"
    made.committed(folder, 0, {"a.c": "one\n"})
    commits = made.committed(folder, 1, {"a.c": "two\n"}), made.committed(folder, 2, {"b.c": "caf\xe9\n"})
    return replace(made.subject(tmp_path, *commits), repository=folder / ".git")


def test_each_patch_has_its_own_diff(subject: Subject) -> None:
    whole = report(subject, (), "1.0", outcome.collected(subject, [made.FakeCheck("fake", rules=("B01",))]))
    first, second = (patch["diff"] for patch in whole["series"]["patches"])
    assert first.startswith("diff --git a/a.c b/a.c\n")
    assert first.endswith("-one\n+two\n")
    assert "a.c" not in second
    assert "+caf\xe9\n" in second
    assert whole["checks"] == [{"id": "fake", "title": "a fake", "rules": ["B01"]}]
    assert whole["series"]["rules"] == []


def test_the_rules_of_the_series(subject: Subject, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        '[R01]\ntitle = "be good"\npatches = ["1-patch"]\nfiles = ["a.c"]\nchecks = ["fake"]\n'
    )
    (rule,) = report(subject, (), "1.0", outcome.collected(subject, []))["series"]["rules"]
    assert rule == {"id": "R01", "title": "be good", "patches": [1], "tests": [], "checks": ["fake"]}
    (tmp_path / "rules.toml").write_text("[R01")
    with pytest.raises(InputError, match=r"rules\.toml"):
        outcome.collected(replace(subject, series=replace(subject.series)), [])


def test_a_line_of_the_checklist_that_a_finding_names_is_told(subject: Subject) -> None:
    findings = [Finding(Severity.ERROR, "bad", rule=rule) for rule in ("T01", "S03", "T01", "", "J99")]
    results = [
        Result(name, Scope.SERIES, Status.FAIL, "bad", findings=tuple(findings)) for name in ("mail-lint", "other")
    ]
    extras = outcome.Extras([made.FakeCheck("mail-lint"), made.FakeCheck("other")])
    whole = report(subject, results, "1.0", extras)
    jsonschema.validate(whole, SCHEMA)
    mails, other = whole["checks"]
    assert [one["id"] for one in mails["lines"]] == ["S03", "T01"]
    assert mails["lines"][1] == {
        "id": "T01",
        "title": "the author signed off; last, the sender signed off",
        "source": "submitting-patches",
    }
    assert "lines" not in other
    assert "lines" not in report(subject, [replace(results[0], findings=())], "1.0", extras)["checks"][0]


def test_the_words_of_the_object_are_those_of_the_checks() -> None:
    """Reports know no check, and have the words that they look for themselves."""
    assert [one.value for one in WORST_FIRST] == STATUSES
    assert rules.RENDER == RENDER


def test_commits_that_are_gone_are_an_error(subject: Subject) -> None:
    with pytest.raises(InfrastructureError):
        gitlog.diffs(subject.repository, [made.commit(1, sha="d" * 40)])


def test_a_report_is_kept_whatever_a_compiler_said(subject: Subject, tmp_path: Path) -> None:
    said = Result("build", Scope.PATCH, Status.PASS, "half of a pair: \ud800 \udcff", patch=1)
    whole = report(subject, [said], "1.0")
    kept.keep(tmp_path / "cache", whole)
    (read,) = kept.before(tmp_path / "cache", whole)
    assert read["results"][0]["summary"].startswith("half of a pair: ")

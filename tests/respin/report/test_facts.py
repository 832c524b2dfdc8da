# SPDX-License-Identifier: GPL-2.0-only
"""What a report tells beside results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from patchset.errors import InfrastructureError, InputError
from respin.report import facts
from respin.report.model import report
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
    whole = report(subject, (), "1.0", facts.collect(subject, [made.FakeCheck("fake", rules=("B01",))]))
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
    (rule,) = report(subject, (), "1.0", facts.collect(subject, []))["series"]["rules"]
    assert rule == {"id": "R01", "title": "be good", "patches": [1], "tests": [], "checks": ["fake"]}
    (tmp_path / "rules.toml").write_text("[R01")
    with pytest.raises(InputError, match=r"rules\.toml"):
        facts.collect(replace(subject, series=replace(subject.series)), [])


def test_commits_that_are_gone_are_an_error(subject: Subject) -> None:
    with pytest.raises(InfrastructureError):
        facts.diffs(subject.repository, [made.commit(1, sha="d" * 40)])

# SPDX-License-Identifier: GPL-2.0-only
"""What changed since the last run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from checks.contract import Finding, Result, Scope, Severity, Status
from respin.report import since
from respin.report.model import SCHEMA
from tests.checks.reports import told

ONE, TWO = (Finding(Severity.ERROR, text, "kernel/x.c", 7, "B01") for text in ("one", "two\x1b"))
NOTE = Finding(Severity.NOTE, "waived")
BUILD = Result(
    "build", Scope.PATCH, Status.FAIL, "bad", 60.0, 1, (ONE, TWO, NOTE), "make it", date="2026-11-01T00:00:00Z"
)
CRASH = Result("crash", Scope.RUNTIME, Status.PASS, "a dump", 100.0, date="2026-11-02T00:00:00Z")


def test_nothing_ran_before() -> None:
    assert since.since([], told(BUILD)) is None
    assert since.since([told(CRASH)], told(BUILD)) is None


def test_nothing_changed() -> None:
    moved = replace(BUILD, findings=(NOTE, *(replace(one, line=one.line + 9) for one in (TWO, ONE))), seconds=50.0)
    now = told(moved)
    entry = since.since([told(BUILD)], now)
    assert entry == {"date": BUILD.date, "new": [], "gone": [], "changed": [], "seconds": 60.0, "took": 50.0}
    assert list(since.lines(now)) == []
    now["since"] = entry
    assert list(since.lines(now)) == ["since 2026-11-01T00:00:00Z: no finding is new or gone"]
    Draft202012Validator(SCHEMA).validate(now)


def test_what_is_new_and_gone() -> None:
    now = told(replace(BUILD, findings=(ONE, ONE)), replace(CRASH, status=Status.FAIL, seconds=200.0))
    entry = since.since([told(BUILD), told(CRASH), told(replace(CRASH, check="kunit"))], now)
    assert entry is not None
    now["since"] = entry
    assert list(since.lines(now)) == [
        "since 2026-11-02T00:00:00Z: 1 new finding and 1 gone finding; 4 min, it was 3 min",
        "  crash, series: FAIL, it was PASS",
        "  + kernel/x.c:7: error: one [B01]",
        "  - kernel/x.c:7: error: two\\x1b [B01]",
    ]
    Draft202012Validator(SCHEMA).validate(now)


@pytest.mark.parametrize("status", [Status.SKIP, Status.ERROR, Status.MISS])
def test_what_came_to_no_verdict_is_not_compared(status: Status) -> None:
    undecided = replace(BUILD, status=status, findings=())
    assert since.since([told(BUILD)], told(undecided)) is None
    assert since.since([told(undecided)], told(BUILD)) is None


def test_other_scenarios_are_another_test() -> None:
    dump, controls = (
        replace(CRASH, data={"scenarios": [{"name": name, "status": "FAIL"}]}) for name in ("dump", "controls")
    )
    assert since.since([told(replace(dump, status=Status.FAIL))], told(controls)) is None
    assert since.since([told(dump)], told(dump)) is not None


def test_many_findings_are_cut() -> None:
    many = tuple(replace(ONE, message=f"number {at}") for at in range(30))
    now = told(replace(BUILD, findings=many))
    entry = since.since([told(replace(BUILD, findings=()))], now)
    assert entry is not None
    assert len(entry["new"]) == 30
    now["since"] = entry
    assert list(since.lines(now))[-1] == "  + and 10 more"


def test_a_patch_is_the_same_one_by_its_name() -> None:
    """One was put before it: what was patch 1 is patch 2."""
    before, now = told(BUILD), told(replace(BUILD, patch=2))
    for report in (before, now):
        for patch in report["series"]["patches"]:
            patch["name"] = (
                {1: "new", 2: "fix"}[patch["number"]] if report is now and patch["number"] < 3 else patch["name"]
            )
    before["series"]["patches"][0]["name"] = "fix"
    entry = since.since([before], now)
    assert entry is not None
    assert (entry["new"], entry["gone"]) == ([], [])

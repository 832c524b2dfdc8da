# SPDX-License-Identifier: GPL-2.0-only
"""Several reports as one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from checks.contract import WORST_FIRST, Finding, Result, Scope, Severity, Status
from patchset.errors import InputError
from respin.outcome import Extras
from respin.report.merge import merge
from tests.checks import made
from tests.checks.reports import told

if TYPE_CHECKING:
    from respin.report.model import LineEntry, Report

OLD, NEW = "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"


def said(check: str, *statuses: Status, date: str = NEW) -> Report:
    results = [Result(check, Scope.PATCH, one, "", patch=number, date=date) for number, one in enumerate(statuses, 1)]
    return told(*results, extras=Extras((made.FakeCheck("build"), made.FakeCheck("kunit"))))


def outcome(*reports: Report) -> tuple[str, list[tuple[str, int, str]]]:
    whole = merge(reports)
    return whole["status"], [(one["check"], one["patch"], one["status"]) for one in whole["results"]]


def test_one_is_itself() -> None:
    one = said("build", Status.PASS, Status.FAIL)
    assert merge([one]) == one


def test_parts_are_put_together_in_the_checks_order_and_judged_as_a_whole() -> None:
    parts = said("kunit", Status.PASS), said("odd", Status.MISS), said("build", Status.PASS, Status.FAIL)
    assert outcome(*parts) == (
        "FAIL", [("build", 1, "PASS"), ("build", 2, "FAIL"), ("kunit", 1, "PASS"), ("odd", 1, "MISS")]
    )  # fmt: skip


def test_the_rules_of_a_check_are_those_of_all_its_runs() -> None:
    one, other = said("build", Status.PASS), said("build", Status.PASS)
    one["checks"][0]["rules"], other["checks"][0]["rules"] = ["R07", "B03"], ["R05", "R07"]
    assert merge([one, other])["checks"][0]["rules"] == ["R07", "B03", "R05"]


def test_the_lines_of_a_check_are_those_of_all_its_runs() -> None:
    one, other, none = (said("build", Status.PASS) for _ in range(3))
    lines: list[LineEntry] = [{"id": name, "title": name.lower(), "source": "us"} for name in ("S01", "S02", "T01")]
    one["checks"][0]["lines"], other["checks"][0]["lines"] = lines[:2], lines[1:]
    assert merge([one, other])["checks"][0]["lines"] == merge([none, one, other])["checks"][0]["lines"] == lines
    assert "lines" not in merge([none, none])["checks"][0]


def test_the_newest_word_of_a_check_counts() -> None:
    old, new = said("build", Status.FAIL, Status.FAIL, date=OLD), said("build", Status.PASS)
    for order in ((old, new), (new, old)):
        assert outcome(*order) == ("PASS", [("build", 1, "PASS")])


def crashed(date: str, **scenarios: Status) -> Report:
    rows = [{"name": name, "status": one.value, "summary": "so", "seconds": 2.0} for name, one in scenarios.items()]
    worst = min(scenarios.values(), key=WORST_FIRST.index)
    findings = tuple(Finding(Severity.ERROR, f"[{name}] {date}") for name, one in scenarios.items() if one != "PASS")
    data = {"scenarios": rows, "stages": [date], **dict.fromkeys(scenarios, date)}
    line = "" if worst is Status.PASS else f"respin crash {date}"
    result = Result("crash", Scope.RUNTIME, worst, "", 1.0, 0, findings, line, data=data, date=date)
    return told(result)


def test_of_the_crash_test_the_newest_word_of_each_scenario_counts() -> None:
    old, new = crashed(OLD, dump=Status.FAIL, memory=Status.MISS), crashed(NEW, dump=Status.PASS, exposure=Status.PASS)
    for order in ((old, new), (new, old)):
        whole = merge(order)
        (result,) = whole["results"]
        assert (whole["status"], result["status"], result["seconds"]) == ("MISS", "MISS", 6.0)
        assert [one["message"] for one in result["findings"]] == [f"[memory] {OLD}"]
        assert result["summary"] == "dump: so; memory: so; exposure: so"
        assert result["reproduce"] == f"respin crash {OLD}"
        data = result["data"]
        assert (data["stages"], data["memory"], data["dump"], len(data["scenarios"])) == ([NEW], OLD, NEW, 3)


@pytest.mark.parametrize("rows", [None, "odd", [{"name": "dump"}], [{"name": "d", "status": "ODD", "summary": ""}]])
def test_what_is_told_oddly_of_scenarios_is_left_as_it_is(rows: object) -> None:
    odd = said("crash", Status.PASS)
    odd["results"][0]["data"] = {"scenarios": rows}
    assert merge([odd, said("crash", Status.FAIL, date=OLD)])["results"] == odd["results"]


def test_nothing_ran_in_any() -> None:
    assert outcome(said("build"), said("build")) == ("SKIP", [])


@pytest.mark.parametrize(("what", "key"), [("base", "tree"), ("series", "digest")])
def test_what_does_not_belong_together_is_refused(what: str, key: str) -> None:
    other = copy.deepcopy(said("kunit", Status.PASS))
    other[what][key] = "d" * 40  # type: ignore[literal-required]
    with pytest.raises(InputError, match=f"different states of the {what}"):
        merge([said("build", Status.PASS), other])

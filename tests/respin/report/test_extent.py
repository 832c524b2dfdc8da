# SPDX-License-Identifier: GPL-2.0-only
"""A verdict on a part says which part, wherever it is told."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from checks.contract import Result, Scope, Status
from respin.outcome import Extras
from respin.report import html, junit, kcidb, ktap, sarif, terminal
from respin.report.extent import part, verdict
from respin.report.merge import merge
from respin.report.model import ExtentEntry
from tests.checks.made import FakeCheck
from tests.checks.reports import told

if TYPE_CHECKING:
    from respin.report.model import Report

CHECKS = tuple(FakeCheck(name) for name in ("checkpatch", "build", "kunit", "crash"))


def ran(*names: str, status: Status = Status.PASS, extent: ExtentEntry | None = None) -> Report:
    said = [Result(name, Scope.SERIES, status, "fine") for name in names]
    return told(*said, extras=Extras(CHECKS, extent=extent))


def test_the_part_is_that_of_the_checks_that_have_run() -> None:
    assert part(ran("checkpatch", "build")) == "2 of 4 checks"
    assert part(ran()) == "0 of 4 checks"
    assert part(ran(*(one.id for one in CHECKS))) == ""
    assert part(ran("checkpatch", "build", "kunit", "crash", status=Status.SKIP)) == "0 of 4 checks"
    assert part(told(Result("other", Scope.SERIES, Status.PASS, ""), extras=Extras(CHECKS))) == "1 of 5 checks"
    assert part(told(extras=Extras(CHECKS[:1]))) == "0 of 1 check"
    assert verdict(ran("build")) == "PASS (1 of 4 checks)"
    assert verdict(ran("build", status=Status.FAIL)) == "FAIL (1 of 4 checks)"
    assert verdict(ran(*(one.id for one in CHECKS))) == "PASS"


def test_a_check_that_looked_at_a_part_says_so() -> None:
    names = [one.id for one in CHECKS]
    assert part(ran(*names, extent=ExtentEntry(what="scenarios", ran=2, of=6))) == "2 of 6 scenarios"
    assert part(ran(*names, extent=ExtentEntry(what="scenarios", ran=6, of=6))) == ""
    assert part(ran("build", extent=ExtentEntry(what="scenarios", ran=2, of=6))) == "1 of 4 checks"


@pytest.mark.parametrize("order", [1, -1])
def test_scenarios_of_several_reports_add_up(order: int) -> None:
    reports = []
    for day, name in enumerate(("dump", "memory"), 1):
        data = {"scenarios": [{"name": name, "status": "PASS", "summary": "", "seconds": 1.0}]}
        said = Result("crash", Scope.RUNTIME, Status.PASS, "", data=data, date=f"2026-11-2{day}T00:00:00Z")
        reports.append(told(said, extras=Extras(CHECKS[3:], extent=ExtentEntry(what="scenarios", ran=1, of=6))))
    assert [part(one) for one in reports] == ["1 of 6 scenarios"] * 2
    assert part(merge(reports[::order])) == "2 of 6 scenarios"
    assert part(merge([ran("build"), ran("checkpatch", "kunit")])) == "3 of 4 checks"


def test_it_is_told_wherever_the_verdict_is() -> None:
    stream = io.StringIO()
    terminal.show(ran("checkpatch", "build"), Console(file=stream, width=200))
    assert stream.getvalue().splitlines()[-1] == "verdict: PASS (2 of 4 checks): 2 PASS"
    whole, some = ran(*(one.id for one in CHECKS)), ran("checkpatch", "build")
    for text, words in (
        (ktap.made, "# PASS (2 of 4 checks)"), (html.Page().made, "<title>PASS (2 of 4 checks): "),
        (lambda one: str(junit.made(one).name), ", 2 of 4 checks"), (lambda one: str(sarif.made(one)), "2 of 4 checks"),
        (lambda one: str(kcidb.made(one)), "PASS (2 of 4 checks)"),
    ):  # fmt: skip
        assert words in text(some)
        assert " of 4 checks" not in text(whole)

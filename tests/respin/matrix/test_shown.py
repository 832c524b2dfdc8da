# SPDX-License-Identifier: GPL-2.0-only
"""What is told while jobs run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from respin.matrix.drive import Again, Answered, PlannedJob, Waiting
from respin.matrix.job import missed
from respin.matrix.pool import Busy
from respin.matrix.shown import JobTold, shown
from respin.progress import ProgressLines
from respin.report.matrix.model import JobEntry
from tests.respin.matrix.jobs import Told as Pool
from tests.respin.matrix.jobs import cell, entry, job

if TYPE_CHECKING:
    import pytest

    from respin.matrix.drive import Event

EVENTS: list[Event] = [
    PlannedJob([job("a"), job("b")]),
    Again(job("a"), missed(job("a"), "No space left on device\nhint", "farm-1")),
    Waiting([]),
    Waiting([Busy(job("b"), 90.0, "farm-2")]),
    Answered(job("a"), entry("a", cell("build", "FAIL", summary="an error\nand more"))),
    Answered(job("b"), JobEntry(**{**entry("b", cell("build", "PASS")), "seconds": 900.0, "worker": "farm-2", "warnings": ["respin: the store is gone"]}), 60.0),
]  # fmt: skip


def test_a_pipe_has_a_line_for_each_that_ended_and_for_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(ProgressLines(None), Pool(lambda one, _: entry(one.base))) as listen:
        for event in EVENTS:
            listen(event)
    assert capsys.readouterr().err.splitlines() == [
        "respin: 2 jobs",
        "respin: a fake: farm-1: No space left on device; tried once more elsewhere",
        "respin: waiting for b fake (2 min on farm-2)",
        "respin: 1 of 2 done: a fake: FAIL (0 s): build: an error",
        "respin: 2 of 2 done: b fake: PASS (15 min)",
        "respin: b fake: the store is gone",
        "respin: farm-2 is slow, or busy: 15 min where others take 1 min",
    ]


def test_who_wants_results_only_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(ProgressLines(None, quiet=True), Pool(lambda one, _: entry(one.base))) as listen:
        for event in EVENTS:
            listen(event)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_what_runs_and_how_many_are_done() -> None:
    told = JobTold(ProgressLines(None, quiet=True))
    assert told.table([], 80).plain == "planning"
    for event in EVENTS[:-1]:
        told.hear(event)
    busy = [Busy(job(f"base{number}\x1b"), 61.0, "farm") for number in range(14)]
    rows = told.table(busy, 40).plain.splitlines()
    assert rows[0] == "base0\\x1b fake (1 min on farm)"
    assert len(rows) == 14
    assert rows[12] == "and 2 more"
    assert rows[13].startswith("1 of 2 done, 1 FAIL, about ")
    assert all(len(row) <= 12 for row in told.table(busy, 12).plain.splitlines())

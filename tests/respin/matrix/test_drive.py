# SPDX-License-Identifier: GPL-2.0-only
"""Every job gets its answer, whatever becomes of who runs it."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

import pytest

from patchset.errors import InfrastructureError, InterruptedRunError
from respin.matrix import drive as module
from respin.matrix.drive import Again, Answered, Drive, Event, PlannedJob, Waiting
from respin.matrix.job import missed
from tests.respin.matrix.jobs import Told, cell, entry, job

if TYPE_CHECKING:
    from collections.abc import Callable

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry

JOBS = [job(base) for base in ("a", "b", "c")]


def driven(answer: Callable[[MatrixJob, int], JobEntry]) -> tuple[Drive, list[Event], Told]:
    heard: list[Event] = []
    pool = Told(answer)
    drive = Drive(pool, JOBS)
    drive.run(heard.append)
    return drive, heard, pool


def test_each_job_is_done_once() -> None:
    drive, heard, pool = driven(lambda one, _: entry(one.base))
    assert [one.base for one in drive.entries] == ["a", "b", "c"]
    assert pool.given == [("a", ""), ("b", ""), ("c", "")]
    assert [type(one) for one in heard] == [PlannedJob, Answered, Answered, Answered]
    assert {one["tries"] for one in drive.entries.values()} == {1}


def test_a_lost_job_is_tried_once_elsewhere() -> None:
    def answer(one: MatrixJob, tries: int) -> JobEntry:
        return missed(one, "killed", "farm-1") if one.base == "b" and tries == 1 else entry(one.base)

    drive, heard, pool = driven(answer)
    assert pool.given == [("a", ""), ("b", ""), ("c", ""), ("b", "farm-1")]
    assert [one.job.base for one in heard if isinstance(one, Again)] == ["b"]
    assert (drive.entries[JOBS[1]]["status"], drive.entries[JOBS[1]]["tries"]) == ("SKIP", 2)


@pytest.mark.parametrize("how", [CancelledError(), RuntimeError("KilledWorker"), None])
def test_a_job_that_is_lost_twice_is_miss_and_the_others_have_their_answers(how: Exception | None) -> None:
    def answer(one: MatrixJob, _: int) -> JobEntry:
        if one.base != "b":
            return entry(one.base, cell("build", "PASS"))
        if how is None:
            return missed(one, "killed")
        raise how

    drive, heard, _ = driven(answer)
    assert [drive.entries[one]["status"] for one in JOBS] == ["PASS", "MISS", "PASS"]
    assert drive.entries[JOBS[1]]["tries"] == 2
    assert len([one for one in heard if isinstance(one, Again)]) == 1


def test_a_job_that_was_tried_elsewhere_by_its_queue_is_not_tried_again() -> None:
    def answer(one: MatrixJob, _: int) -> JobEntry:
        raise FloatingPointError(one.base)

    drive, _, pool = driven(answer)
    assert len(pool.given) == 3
    assert {one["status"] for one in drive.entries.values()} == {"MISS"}


def test_a_job_past_its_deadline_is_not_tried_again() -> None:
    def answer(one: MatrixJob, _: int) -> JobEntry:
        late = missed(one, "did not end within 60 s")
        late["seconds"] = 60.0
        return late

    drive, _, pool = driven(answer)
    assert len(pool.given) == 3
    assert {one["status"] for one in drive.entries.values()} == {"MISS"}


def test_a_pool_that_takes_no_job_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: MatrixJob, tries: int) -> JobEntry:
        raise AssertionError(tries)

    def refuse(*_: object) -> None:
        raise InfrastructureError("the scheduler is gone")

    pool = Told(answer)
    monkeypatch.setattr(pool, "submit", refuse)
    drive = Drive(pool, JOBS)
    drive.run(lambda _: None)
    assert {one["cells"][0]["summary"] for one in drive.entries.values()} == {"the scheduler is gone"}


def test_what_was_answered_until_it_is_stopped_stays() -> None:
    def answer(one: MatrixJob, _: int) -> JobEntry:
        if one.base == "c":
            raise InterruptedRunError("stopped")
        return entry(one.base)

    drive = Drive(Told(answer), JOBS)
    with pytest.raises(InterruptedRunError):
        drive.run(lambda _: None)
    assert [one.base for one in drive.entries] == ["a", "b"]


def test_a_slow_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENOUGH", 2)

    def answer(one: MatrixJob, _: int) -> JobEntry:
        made = entry(one.base)
        made["seconds"] = 900.0 if one.base == "c" else 30.0
        return made

    _, heard, _ = driven(answer)
    assert [one.usual for one in heard if isinstance(one, Answered)] == [0.0, 0.0, 30.0]


def test_silence_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.01)
    heard: list[Event] = []
    future: Future[JobEntry] = Future()
    pool = Told(lambda one, _: entry(one.base))
    monkeypatch.setattr(pool, "submit", lambda *_: future)

    def listen(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Waiting) and not future.done():
            future.set_result(entry("a"))

    Drive(pool, JOBS[:1]).run(listen)
    assert [type(one) for one in heard] == [PlannedJob, Waiting, Answered]

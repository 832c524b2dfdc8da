# SPDX-License-Identifier: GPL-2.0-only
"""Jobs, answers, and a pool that gives the answers that it was told."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from respin.matrix.job import MatrixJob, answered
from respin.report.matrix.model import Cell, MatrixBase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from respin.matrix.pool import Busy
    from respin.report.matrix.model import JobEntry


def job(base: str = "a", series: str = "fake", seconds: float = 60.0) -> MatrixJob:
    return MatrixJob(base, series, "1" * 64, ("--series", series), seconds, "/")


def cell(check: str, status: str, patch: int = 0, summary: str = "") -> Cell:
    about = f"patch-{patch}" if patch else "series"
    words = f"respin check --only {check}" if status != "PASS" else ""
    return Cell(check=check, patch=patch, about=about, status=status, summary=summary, findings=0, reproduce=words)


def entry(base: str, *cells: Cell, series: str = "fake") -> JobEntry:
    made = answered(job(base, series), [cell("render", "PASS"), *cells])
    made["base"] = MatrixBase(spec=base, name=base, version="6.1.0", tree="f" * 40)
    return made


class Told:
    """A pool that asks a function for each answer, and notes what it was given; no thread, no process."""

    final: tuple[type[Exception], ...] = (FloatingPointError,)

    def __init__(self, answer: Callable[[MatrixJob, int], JobEntry]) -> None:
        self.given: list[tuple[str, str]] = []
        self.closed = False
        self._answer = answer

    def submit(self, job: MatrixJob, avoid: str = "") -> Future[JobEntry]:
        self.given.append((job.base, avoid))
        future: Future[JobEntry] = Future()
        try:
            future.set_result(self._answer(job, sum(base == job.base for base, _ in self.given)))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future

    def running(self) -> Sequence[Busy]:
        return []

    def close(self) -> None:
        self.closed = True

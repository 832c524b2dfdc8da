# SPDX-License-Identifier: GPL-2.0-only
"""Give jobs out and take their answers in, until each has one; a job whose machine lost it is tried once elsewhere."""

from __future__ import annotations

import functools
import statistics
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from patchset.errors import InterruptedRunError, RespinError
from respin.matrix.job import lost, missed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from respin.matrix.job import MatrixJob
    from respin.matrix.pool import Busy, Pool
    from respin.report.matrix.model import JobEntry

TRIES = 2
NOBODY = "nobody"
"""The worker of a job that was done by none."""
QUIET_SECONDS = 300.0
"""After so long without an answer it is told what is waited for."""
SLOW, SLOW_SECONDS, ENOUGH = 4.0, 60.0, 3
"""A machine is slow that takes so many times as long as is usual, and so many seconds; usual is what some jobs say."""


class PlannedJob(NamedTuple):
    """What is going to be done."""

    jobs: Sequence[MatrixJob]


class Again(NamedTuple):
    """A job is tried again, as its machine lost it."""

    job: MatrixJob
    lost: JobEntry


class Waiting(NamedTuple):
    """There was no answer for a while."""

    busy: Sequence[Busy]


class Answered(NamedTuple):
    """A job has its answer; `usual` is what others took, in seconds, where this one took much longer."""

    job: MatrixJob
    entry: JobEntry
    usual: float = 0.0


Event = PlannedJob | Again | Waiting | Answered


class Drive:
    """All jobs of a call.

    Attributes:
        entries: the answers, those that there are so far.
    """

    def __init__(self, pool: Pool, jobs: Sequence[MatrixJob]) -> None:
        self.entries: dict[MatrixJob, JobEntry] = {}
        self._pool = pool
        self._jobs = jobs
        self._listen: Callable[[Event], None] = _unheard
        self._queue: SimpleQueue[tuple[MatrixJob, Future[JobEntry]]] = SimpleQueue()
        self._tries: dict[MatrixJob, int] = {}
        self._took: list[float] = []

    def run(self, listen: Callable[[Event], None]) -> None:
        """Do all jobs.

        Args:
            listen: takes each event, in this thread.

        Raises:
            InterruptedRunError: it was stopped; what was answered until then stays.
        """
        self._listen = listen
        self._listen(PlannedJob(self._jobs))
        for job in self._jobs:
            self._give(job)
        while len(self.entries) < len(self._jobs):
            try:
                job, future = self._queue.get(timeout=QUIET_SECONDS)
            except Empty:
                self._listen(Waiting(self._pool.running()))
                continue
            self._take(job, self._answer(job, future))

    def _give(self, job: MatrixJob, avoid: str = "") -> None:
        self._tries[job] = self._tries.get(job, 0) + 1
        try:
            future = self._pool.submit(job, avoid)
        except RespinError as error:
            self._keep(job, missed(job, error.message))
            return
        future.add_done_callback(functools.partial(self._done, job))

    def _done(self, job: MatrixJob, future: Future[JobEntry]) -> None:
        self._queue.put((job, future))

    def _take(self, job: MatrixJob, entry: JobEntry) -> None:
        """Keep an answer, or try again; a job past its deadline would only be so once more."""
        if lost(entry) and self._tries[job] < TRIES and entry["seconds"] < job.seconds:
            self._listen(Again(job, entry))
            self._give(job, entry["worker"])
            return
        self._keep(job, entry)

    def _keep(self, job: MatrixJob, entry: JobEntry) -> None:
        entry["tries"] = self._tries[job]
        self.entries[job] = entry
        seconds, usual = entry["seconds"], 0.0
        if seconds > SLOW_SECONDS and len(self._took) >= ENOUGH:
            usual = statistics.median(self._took)
        self._took.append(seconds)
        self._listen(Answered(job, entry, usual if seconds > SLOW * usual else 0.0))

    def _answer(self, job: MatrixJob, future: Future[JobEntry]) -> JobEntry:
        """Return the answer of a job, also where whoever ran it is gone.

        Raises:
            InterruptedRunError: the run was stopped.
        """
        try:
            return future.result()
        except InterruptedRunError:
            raise
        except CancelledError:
            return missed(job, "whoever gives jobs out has let go of it", NOBODY)
        except Exception as error:  # noqa: BLE001 - whatever a queue raises, the job has no answer
            if isinstance(error, self._pool.final):
                self._tries[job] = TRIES
            return missed(job, f"its worker is lost: {type(error).__name__}: {error}", NOBODY)


def _unheard(event: Event) -> None:
    """Tell nobody: nothing happens before there is somebody who listens."""
    del event

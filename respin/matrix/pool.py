# SPDX-License-Identifier: GPL-2.0-only
"""Where jobs run: this machine's processes, or a queue that others serve. A queue hands jobs out, and that is all."""

from __future__ import annotations

import contextvars
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Protocol

from generator import process
from respin.matrix.job import perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry


class Busy(NamedTuple):
    """A job that runs: for how many seconds, and where."""

    job: MatrixJob
    seconds: float
    worker: str = ""


class Pool(Protocol):
    """Whatever runs jobs.

    Attributes:
        final: what it raises where it has tried a job elsewhere by itself.
    """

    final: tuple[type[Exception], ...]

    def submit(self, job: MatrixJob, avoid: str = "") -> Future[JobEntry]:
        """Take a job; one that another machine lost comes with that machine's name.

        Raises:
            InfrastructureError: nobody takes jobs any more.
        """

    def running(self) -> Sequence[Busy]:
        """Return the jobs that run, as far as that is known."""

    def close(self) -> None:
        """Cancel what waits, and end what runs; it may be called again."""


class Local:
    """Processes of this machine: a thread waits for each, and none of them is lost with another one."""

    final: tuple[type[Exception], ...] = ()

    def __init__(self, workers: int, share: int) -> None:
        self._stop = process.Stop(process.stopper())
        self._share = share
        self._threads = ThreadPoolExecutor(max_workers=workers)
        self._began: dict[MatrixJob, float] = {}

    def submit(self, job: MatrixJob, avoid: str = "") -> Future[JobEntry]:
        """Take a job; there is no other machine than this one."""
        del avoid
        with process.under(self._stop):
            context = contextvars.copy_context()
        return self._threads.submit(context.run, self._perform, job)

    def _perform(self, job: MatrixJob) -> JobEntry:
        self._began[job] = time.monotonic()
        try:
            return perform(job, self._share)
        finally:
            del self._began[job]

    def running(self) -> Sequence[Busy]:
        """Return the jobs that run."""
        now = time.monotonic()
        return [Busy(job, now - began) for job, began in list(self._began.items())]

    def close(self) -> None:
        """Cancel what waits, and end what runs."""
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)

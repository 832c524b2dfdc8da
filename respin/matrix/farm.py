# SPDX-License-Identifier: GPL-2.0-only
"""Jobs on the workers of a Dask scheduler: `dask scheduler`, and `dask worker` on each machine (docs/matrix.md).

Dask gives tasks out, and again where a worker is gone. It cannot end a task that runs: the worker's side does, once the
task is no longer wanted there, as after Ctrl-C, when the driver is gone, or the scheduler. What a worker started ends
with the worker, too, whatever killed it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from generator import process
from generator.watcher import Watcher
from patchset.errors import InfrastructureError, InterruptedRunError
from respin.matrix.job import missed, perform
from respin.matrix.pool import Busy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry

SECONDS = 15.0
"""A scheduler that does not answer for so long is gone."""
LOOK_SECONDS = 0.5
"""How often a worker looks whether its task is still wanted."""
ASK_SECONDS = 5.0
"""How often the scheduler is asked what runs."""
RUNS = {"init", "running", "paused", "closing_gracefully"}
"""What a worker's status is while its tasks are wanted."""
WANTED = {"executing", "long-running"}
"""What the state of a task is while somebody waits for it."""


class Farm:
    """The workers of a scheduler."""

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            InfrastructureError: the scheduler does not answer, or the library is missing.
        """
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
            from distributed.scheduler import KilledWorker  # noqa: PLC0415
        except ImportError:
            hint = "pip install 'respin[dask]'"
            raise InfrastructureError("the library dask.distributed is missing", hint=hint) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told job by job
        try:
            self._client = Client(address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            hint = "start one with `dask scheduler`, and `dask worker ADDRESS` on each machine"
            raise InfrastructureError(f"no scheduler answers at {address}: {error}", hint=hint) from None
        self.final: tuple[type[Exception], ...] = (KilledWorker,)
        self._address = address
        self._executor = self._client.get_executor(pure=False, retries=0)
        self._jobs: dict[str, MatrixJob] = {}
        self._asked = 0.0
        self._busy: dict[str, tuple[str, float]] = {}

    def submit(self, job: MatrixJob, avoid: str = "") -> Future[JobEntry]:
        """Take a job; one that a worker lost goes to another one, where there is one.

        Raises:
            InfrastructureError: the scheduler is gone.
        """
        key = f"respin-{uuid.uuid4().hex}"
        self._jobs[key] = job
        more: dict[str, Any] = {}
        if avoid and (others := [one for one in self._workers() if not avoid.endswith(one)]):
            more = {"workers": others, "allow_other_workers": True}
        if self._client.status != "running":
            raise InfrastructureError(f"the scheduler at {self._address} is gone")
        future: Future[JobEntry] = self._executor.submit(do, job, key=key, **more)
        return future

    def _workers(self) -> list[str]:
        with contextlib.suppress(Exception):
            return list(self._client.scheduler_info(n_workers=-1)["workers"])
        return []

    def running(self) -> Sequence[Busy]:
        """Return the jobs that workers have taken."""
        now = time.monotonic()
        if now - self._asked > ASK_SECONDS and self._client.status == "running":
            self._asked = now
            taken: dict[str, str] = {}
            with contextlib.suppress(Exception):
                for worker, keys in self._client.processing().items():
                    taken |= {str(key): worker for key in keys}
            self._busy = {key: self._busy.get(key, (worker, now)) for key, worker in taken.items()}
        return [
            Busy(self._jobs[key], now - since, worker)
            for key, (worker, since) in self._busy.items()
            if key in self._jobs
        ]

    def close(self) -> None:
        """Cancel what waits; workers end what runs. Where the scheduler is gone they have done so."""
        with contextlib.suppress(Exception):
            if self._client.status == "running":
                self._executor.shutdown(wait=False)
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)


def do(job: MatrixJob) -> JobEntry:
    """Do a job on this worker, for as long as somebody waits for it."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    worker = get_worker()
    key = worker.get_current_task()
    watcher = Watcher()
    stop = process.Stop(watcher=watcher)
    over: Future[None] = Future()

    def look() -> None:
        while not over.done():
            task = worker.state.tasks.get(key)
            if worker.status.name not in RUNS or task is None or task.state not in WANTED:
                stop.set()
                return
            with contextlib.suppress(TimeoutError):
                over.result(LOOK_SECONDS)

    threading.Thread(target=look, daemon=True).start()
    share = max(1, len(os.sched_getaffinity(0)) // max(1, worker.state.nthreads))
    try:
        with process.under(stop):
            entry = perform(job, share)
    except InterruptedRunError:
        return missed(job, "nobody waits for it any more", worker.address)
    finally:
        over.set_result(None)
        watcher.end()
    entry["worker"] = f"{entry['worker']} {worker.address}"
    return entry

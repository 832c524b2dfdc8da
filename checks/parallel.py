# SPDX-License-Identifier: GPL-2.0-only
"""Run functions beside each other, and end all of them promptly when one of them or the caller is interrupted."""

from __future__ import annotations

import contextvars
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from generator import process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")


def gather(functions: Sequence[Callable[[], _T]], *, workers: int) -> list[_T]:
    """Run functions in threads and return what they return, in their order.

    The first exception, or Ctrl-C in the caller, stops the processes of all the others and is raised. Calls may be
    nested: stopping the outer one stops the inner ones.
    """
    stop = process.Stop(process.stopper())
    with process.under(stop), ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        futures: list[Future[_T]] = []
        try:  # all of it: the pool waits for what it was given, and a signal may come at any time
            futures.extend(pool.submit(contextvars.copy_context().run, function) for function in functions)
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            stop.set()
            raise
    return [future.result() for future in futures]

# SPDX-License-Identifier: GPL-2.0-only
"""Locks between runs of respin, by name, in the cache folder: they end with the process, whatever ends it."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import filelock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextlib.contextmanager
def locked(cache: Path, name: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock; wait for another run that holds it, and say so.

    Args:
        cache: respin's cache folder.
        name: what is locked, any text.
        say: takes the line that tells what is being waited for.
    """
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"waiting for another run of respin that works on {name}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()

# SPDX-License-Identifier: GPL-2.0-only
"""Locks between runs of respin, by name, in the cache folder: they end with the process, whatever ends it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

import filelock

from patchset.errors import InputError

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

    Raises:
        InputError: the cache folder cannot be written to.
    """
    folder = cache / "locks"
    lock = filelock.FileLock(folder / f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:24]}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"waiting for another run of respin that works on {name}")
        lock.acquire()
    except OSError as error:
        hint = "choose another one with --cache"
        raise InputError(f"the cache folder {cache} cannot be written to: {error.strerror}", hint=hint) from None
    try:
        yield
    finally:
        lock.release()

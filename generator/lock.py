# SPDX-License-Identifier: GPL-2.0-only
"""Locks between runs of respin, by name, in the cache folder: they end with the process, whatever ends it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # not filelock: tests/bench.py tells why
        file = (folder / f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:24]}.lock").open("wb")
    except OSError as error:
        hint = "choose another one with --cache"
        raise InputError(f"the cache folder {cache} cannot be written to: {error.strerror}", hint=hint) from None
    with file:  # closing it lets go of the lock
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run of respin that works on {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

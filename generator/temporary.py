# SPDX-License-Identifier: GPL-2.0-only
"""Folders that are gone with the run that made them, at the latest when the next one makes another beside them.

A folder is locked for as long as its run lives, and the lock goes with the process, whatever ends it. So one that can
be locked belongs to nobody any more. Where a file system locks no folders (NFS) nothing is swept. filelock locks files
only: one beside each folder would be left by whoever is killed, in somebody's folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from generator.process import interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = ".respin-tmp-"
JOURNAL = "journal"
"""A folder with a file of this name holds what somebody else's files can be put back from: see `generator.switch`."""


@contextlib.contextmanager
def temporary(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder in another one, or where temporary files go; it is gone afterwards.

    Raises:
        OSError: it cannot be made.
    """
    where = parent or Path(tempfile.gettempdir())
    sweep(where)
    interrupts.hold()
    try:
        path, lock = _made(where)
    except BaseException:
        interrupts.release()
        raise
    try:
        interrupts.release()
        yield path
    finally:
        with interrupts.held():
            if not (path / JOURNAL).exists():
                shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def sweep(where: Path) -> None:
    """Remove what runs that were killed left in a folder."""
    for path in left(where):
        if not (path / JOURNAL).exists():
            shutil.rmtree(path, ignore_errors=True)


def left(where: Path) -> Iterator[Path]:
    """Yield the user's own folders whose run has ended, each locked for as long as it is looked at."""
    try:
        with os.scandir(where) as entries:
            known = [Path(one.path) for one in entries if one.name.startswith(PREFIX) and _own(one)]
    except OSError:
        return
    for path in known:
        with contextlib.suppress(OSError):  # it has gone meanwhile, or its run lives
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path
            finally:
                os.close(lock)


def _own(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
    except OSError:
        return False


def _made(where: Path) -> tuple[Path, int]:
    """Make a folder and lock it, before somebody who sweeps has taken it for one that was left."""
    while True:
        path = Path(tempfile.mkdtemp(dir=where, prefix=PREFIX))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            except OSError:
                return path, lock
            if path.is_dir() and path.stat().st_ino == os.fstat(lock).st_ino:
                return path, lock
            os.close(lock)

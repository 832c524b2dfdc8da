# SPDX-License-Identifier: GPL-2.0-only
"""A file that is written whole: beside its place, and renamed, so that a full disk leaves the one that was there."""

from __future__ import annotations

import contextlib
import errno
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from generator.temporary import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOWHERE_ELSE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV}
"""A folder that takes no new file may hold one that can be written to; and one that is mounted keeps its place."""
_DEVICES = tuple(map(Path, ("/dev/fd", "/dev/stdout", "/dev/stderr", "/proc")))
"""Names of files that are open already, whatever is behind them; what else lies in /dev is told by its kind."""


@contextlib.contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Give the path to write a file at, which takes the file's place at the end.

    A pipe or a device, /dev/stdout for one, gets what was written behind what is there; a link stays, and what it
    leads to is replaced.

    Raises:
        OSError: the file cannot be written.
    """
    if any(file.absolute().is_relative_to(one) for one in _DEVICES) or (file.exists() and not file.is_file()):
        with temporary() as room:
            yield room / file.name
            with file.open("ab") as stream:
                stream.write((room / file.name).read_bytes())
        return
    target = file.resolve()
    with contextlib.ExitStack() as stack:
        try:
            new = stack.enter_context(temporary(target.parent)) / target.name
        except OSError as error:
            if error.errno not in _NOWHERE_ELSE or not target.exists():
                raise
            yield file
            return
        yield new
        if target.exists():
            new.chmod(target.stat().st_mode & 0o7777)
        try:
            new.replace(target)
        except OSError as error:
            if error.errno not in _NOWHERE_ELSE:
                raise
            shutil.copyfile(new, target)

# SPDX-License-Identifier: GPL-2.0-only
"""What this very program came to before: kept until one of its files, or a library beside them, is another one.

Verdicts are kept under the version of their check, as they take hours. What is kept here takes a moment to make, and
need not outlive a change of the code: nobody has to think of a version.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from checks import cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 1
PACKAGES = ("checks", "generator", "patchset", "respin", "templates")
_ROOT = Path(__file__).parents[1]
_INSTALLED = (".dist-info", ".egg-info", ".pth")
"""What the name of each installed library's record ends with, its version before that."""


class Known(NamedTuple):
    """What is kept of one state of the program.

    Attributes:
        folder: respin's cache folder.
        program: what the program is, see `program`.
    """

    folder: Path
    program: str

    def read(self, kind: str, *words: str) -> Any:  # noqa: ANN401 - JSON, as it was written
        """Return what was kept of some words, or None."""
        return cache.read(self.folder, self._key(kind, words))

    def write(self, kind: str, value: object, *words: str) -> None:
        """Keep what follows from some words; nothing where that cannot be."""
        with contextlib.suppress(OSError):
            cache.write(self.folder, self._key(kind, words), value)

    def _key(self, kind: str, words: Iterable[str]) -> str:
        return cache.key(f"known {kind}", VERSION, self.program, *words)


def known(folder: Path) -> Known:
    """Return what is kept of the program as it is now."""
    return Known(folder, program([_ROOT / name for name in PACKAGES], sys.path))


def program(packages: Iterable[Path], path: Iterable[str]) -> str:
    """Return a word that changes with any file of some packages, and with what is installed where Python looks.

    A file is told by its size and its times. The time of its last change, of which its content's is a part, is set by
    nobody.
    """
    made = hashlib.sha256(f"{sys.executable} {sys.version}".encode())
    for folder in packages:
        for each in _files(os.fspath(folder)):
            made.update(_line(each))
    for place in path:
        with contextlib.suppress(OSError), os.scandir(place or ".") as entries:
            for each in sorted((one for one in entries if one.name.endswith(_INSTALLED)), key=_name):
                made.update(_line(each))
    return made.hexdigest()


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, but for what Python itself makes of them."""
    with os.scandir(folder) as entries:
        for each in sorted(entries, key=_name):
            if each.is_dir():
                yield from _files(each.path) if each.name != "__pycache__" else ()
            else:
                yield each


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _line(entry: os.DirEntry[str]) -> bytes:
    state = entry.stat()
    told = f"{entry.path}\0{state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}\0"
    return os.fsencode(told)

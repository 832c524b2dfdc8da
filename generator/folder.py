# SPDX-License-Identifier: GPL-2.0-only
"""The files of a plain directory."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from generator.links import PathKind, follow
from patchset.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


class FolderTree:
    """The files of a plain directory; links are followed inside it, as git does in a commit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, path: str) -> bytes | None:
        """Return a regular file's bytes, or None.

        Raises:
            InputError: it cannot be read, or a link leads out of the directory, to nothing, or in circles.
        """
        try:
            there = follow(path, self._look)
            return None if there is None else (self._folder / there).read_bytes()
        except OSError as error:
            raise InputError(f"{self._folder / path} cannot be read: {error.strerror}") from None

    def _look(self, path: str) -> PathKind | str | None:
        """Tell what stands at a path without links."""
        if "\0" in path:
            return None
        here = self._folder / path
        try:
            mode = here.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return str(here.readlink())
        return PathKind.FOLDER if stat.S_ISDIR(mode) else PathKind.FILE if stat.S_ISREG(mode) else PathKind.OTHER

# SPDX-License-Identifier: GPL-2.0-only
"""Reading the files of a base: the protocol that rendering knows, and layers over it."""

from __future__ import annotations

from typing import Protocol


class Tree(Protocol):
    """The files of one kernel tree."""

    def read(self, path: str) -> bytes | None:
        """Return a regular file's bytes, or None where there is none.

        Raises:
            InputError: the path is there but cannot be read.
        """


class Overlay:
    """A tree with some of its files replaced, in memory.

    Attributes:
        changed: the replaced and new files, by path.
        removed: the files of the tree below that are no longer there.
    """

    def __init__(self, below: Tree) -> None:
        self._below = below
        self.changed: dict[str, bytes] = {}
        self.removed: set[str] = set()

    def read(self, path: str) -> bytes | None:
        """Return the replaced file, or the one of the tree below."""
        if path in self.changed:
            return self.changed[path]
        return None if path in self.removed else self._below.read(path)

    def write(self, path: str, text: bytes) -> None:
        """Replace or add a file."""
        self.changed[path] = text
        self.removed.discard(path)

    def remove(self, path: str) -> None:
        """Take a file away."""
        self.changed.pop(path, None)
        self.removed.add(path)


class CachedTree:
    """A tree whose files are read once."""

    def __init__(self, below: Tree) -> None:
        self._below = below
        self._seen: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes | None:
        """Return the file, from memory the second time."""
        if path not in self._seen:
            self._seen[path] = self._below.read(path)
        return self._seen[path]

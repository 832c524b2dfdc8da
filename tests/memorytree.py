# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree in memory, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryTree:
    """A tree that is a mapping from paths to bytes."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        """Return the file, or None."""
        return self._files.get(path)

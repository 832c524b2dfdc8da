# SPDX-License-Identifier: GPL-2.0-only
"""Edits of one file that were all looked for in the same text, and are written into it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.spot import Spot


class Batch:
    """A file, and what some edits put into it.

    Attributes:
        text: the file as the edits are looked for in it.
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._put: list[tuple[Spot, bytes]] = []

    @property
    def begun(self) -> bool:
        """True where an edit waits to be written."""
        return bool(self._put)

    def meets(self, spot: Spot) -> bool:
        """Tell whether a spot overlaps or touches what an edit changes: then their order counts."""
        return any(spot.start <= other.end and other.start <= spot.end for other, _ in self._put)

    def put(self, spot: Spot, fragment: bytes) -> None:
        """Let a fragment take the place of a spot, which meets no other."""
        self._put.append((spot, fragment))

    def line(self, offset: int) -> int:
        """Return the number of the line that an offset is in once what waits is written."""
        above = ((spot, fragment) for spot, fragment in self._put if spot.start < offset)
        more = sum(fragment.count(b"\n") - self.text.count(b"\n", spot.start, spot.end) for spot, fragment in above)
        return self.text.count(b"\n", 0, offset) + 1 + more

    def settle(self) -> bytes:
        """Write what waits, from the end, so that no offset moves; return the file."""
        text = bytearray(self.text)
        for spot, fragment in sorted(self._put, reverse=True):
            text[spot.start : spot.end] = fragment
        self.text = bytes(text)
        self._put.clear()
        return self.text

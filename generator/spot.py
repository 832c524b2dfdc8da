# SPDX-License-Identifier: GPL-2.0-only
"""Places in a text, in whole lines, and the error of an anchor that has none."""

from __future__ import annotations

import functools
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

NEAREST = 3
"""How many near names an error lists."""
MATCHES = 20
"""How many of several matches an error lists."""

DESPITE = "if that is right, add '{}' to the edit's `despite`; else write a fragment for this base"
"""What to do where something looks wrong; it has a place for what was told."""


class Evidence(StrEnum):
    """Why a place can be trusted: in what the base differs there from the one that the edit was made on."""

    NAMED = "named"
    SAME = "same"
    MOVED = "moved"
    SYNTACTIC = "syntactic"
    STRUCTURAL = "structural"


class Spot(NamedTuple):
    """Where a fragment goes: the bytes from `start` to `end` give way to it; an insertion has both equal.

    Attributes:
        start: offset of the first byte that goes.
        end: offset behind the last byte that goes.
        evidence: why it can be trusted; `named` where an anchor's words say it all.
    """

    start: int
    end: int
    evidence: Evidence = Evidence.NAMED


class Effect(NamedTuple):
    """What an edit does.

    Attributes:
        old: the lines that give way.
        new: what takes their place.
        needs: the variables of the home that this uses.
        uses: the names of the file that this uses.
        locks: what is held at the place; None where that is not asked.
        despite: what looks wrong, and is right.
        gone: all that the patch takes out of the file.
        dead: True where it may be in code that no configuration has.
    """

    old: bytes = b""
    new: bytes = b""
    needs: tuple[str, ...] = ()
    gone: bytes = b""
    dead: bool = False
    uses: tuple[str, ...] = ()
    locks: tuple[str, ...] | None = None
    despite: tuple[str, ...] = ()


NOTHING = Effect()
"""What an edit does of which that is not asked."""


class AnchorError(Exception):
    """An anchor found nothing, or more than one thing.

    Attributes:
        reason: what was looked for and what is there instead.
        hint: what to do; empty where the anchor needs an alternative, as most do.
    """

    def __init__(
        self,
        reason: str,
        matches: Sequence[str] = (),
        *,
        like: tuple[str, Iterable[str]] | None = None,
        hint: str = "",
    ) -> None:
        """Make an error.

        Args:
            reason: what was looked for and what is there instead.
            matches: every match with its line and #if path, where there are several.
            like: the name that was looked for and all that there are, where there is none.
            hint: what to do, where that is not to add another anchor.
        """
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self._matches = tuple(matches)
        self._like = like

    @functools.cached_property
    def nearest(self) -> tuple[str, ...]:
        """Names that are like the one looked for, or every match; found out only when somebody asks."""
        return self._matches if self._like is None else tuple(near(*self._like))


def near(name: str, names: Iterable[str]) -> list[str]:
    """Return the names most like one; all of them where they are few and none is like it."""
    import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

    known = list(dict.fromkeys(names))
    return difflib.get_close_matches(name, known, NEAREST, 0.5) or (known if len(known) <= NEAREST else [])


def listed(offsets: Sequence[int], seen: Callable[[int], str]) -> list[str]:
    """Return what is seen at each of several matches; of very many, at the first ones, and how many more there are."""
    more = len(offsets) - MATCHES
    return [seen(offset) for offset in offsets[:MATCHES]] + ([f"and {more} more"] if more > 0 else [])


def line_start(text: bytes, offset: int) -> int:
    """Return the offset of the first byte of the line that an offset is in."""
    return text.rfind(b"\n", 0, offset) + 1


def line_end(text: bytes, offset: int) -> int:
    """Return the offset behind the newline of the line that an offset is in."""
    found = text.find(b"\n", offset)
    return len(text) if found < 0 else found + 1


def at(offset: int) -> Spot:
    """Return the spot of an insertion."""
    return Spot(offset, offset)

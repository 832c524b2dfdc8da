# SPDX-License-Identifier: GPL-2.0-only
"""What a change makes of lines whose very words it changes were changed by the base too: a proposal, not a merge."""

from __future__ import annotations

import difflib
import re

from generator.lines import TOKEN

_PIECE = re.compile(rb"[ \t]+|\n|" + TOKEN.pattern, re.DOTALL)


def mended(old: bytes, there: bytes, new: bytes) -> bytes:
    """Return some lines with a change made in them; where both sides changed the same words, the change's are taken.

    Args:
        old: the lines that the change was written for.
        there: the lines that the base has.
        new: what the change makes of the old ones.
    """
    base, ours, theirs = (_PIECE.findall(one) for one in (old, new, there))
    mine, other = _blocks(base, ours), _blocks(base, theirs)
    parts: list[bytes] = []
    at = 0
    while at < len(base) or mine or other:
        end = max([one[1] for one in (*mine[:1], *other[:1]) if one[0] <= at], default=-1)
        if end < 0:
            end = min([one[0] for one in (*mine[:1], *other[:1])], default=len(base))
            parts += base[at:end]
            at = end
            continue
        mines, others = [], []
        while True:  # what overlaps belongs together
            if mine and mine[0][0] <= end and mine[0][0] <= max(end - 1, at):
                mines.append(mine.pop(0))
                end = max(end, mines[-1][1])
            elif other and other[0][0] <= end and other[0][0] <= max(end - 1, at):
                others.append(other.pop(0))
                end = max(end, others[-1][1])
            else:
                break
        parts += _text(base, mines or others, at, end)
        at = end
    return b"".join(parts)


_Block = tuple[int, int, tuple[bytes, ...]]


def _blocks(base: list[bytes], other: list[bytes]) -> list[_Block]:
    codes = difflib.SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    return [(a, b, tuple(other[c:d])) for kind, a, b, c, d in codes if kind != "equal"]


def _text(base: list[bytes], blocks: list[_Block], at: int, end: int) -> list[bytes]:
    """Return a part of the old text with some changes made in it."""
    parts: list[bytes] = []
    for start, stop, pieces in blocks:
        parts += [*base[at:start], *pieces]
        at = stop
    return [*parts, *base[at:end]]

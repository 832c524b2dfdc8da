# SPDX-License-Identifier: GPL-2.0-only
"""Why lines have no place in a part of a file: which is gone, and what is like it; or what else they lie in now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lines import named, number, read, weight
from generator.spot import AnchorError
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generator.lines import Line
    from generator.window import Window

MORE = "choose the place by more of the lines around it in `after` and `before`"
_LIKELY = 20
"""How many lines are compared with one that is not there: those that have most of its words."""


def unfound(
    window: Window, text: bytes, here: Sequence[Line], misplaced: Iterable[tuple[int, tuple[tuple[bytes, ...], ...]]]
) -> AnchorError:
    """Return why a place is not there.

    Args:
        window: what it was looked for by.
        text: the file.
        here: the lines of the part that was looked in.
        misplaced: where all is as it was but the blocks around it, and how these begin.
    """
    above, old, below = (read(one) for one in window[:3])
    counts = {one.tokens for one in here}
    wanted = [(window.above, above[-1:]), (window.old, old), (window.below, below[:1])]
    for part, lines in wanted:
        for line in lines:
            if line.tokens not in counts:
                return _gone(_shown(part, line), line, text, here)
    for at, there in misplaced:
        return _elsewhere(window, text, here, at, there)
    if parted := _parted(window, text, here):
        return parted
    asked = [line for _, lines in wanted for line in lines]
    keys = {one.tokens for one in asked if weight(one)} or {one.tokens for one in asked}
    seen = [f"line {number(text, one.start)}: {_shown(text, one)}" for one in here if one.tokens in keys]
    return AnchorError("the lines are there, but not as they were beside one another", seen[:6], hint=MORE)


def _parted(window: Window, text: bytes, here: Sequence[Line]) -> AnchorError | None:
    """Say that something is between two lines that were beside one another; None where it is not that."""
    if window.old or not window.above.strip() or not window.below.strip():
        return None
    pair = read(window.above)[-1].tokens, read(window.below)[0].tokens
    sides = [[one for one in here if one.tokens == wanted] for wanted in pair]
    if [len(one) for one in sides] != [1, 1]:
        return None
    first, last = (number(text, one[0].start) for one in sides)
    if last == first + 1:
        return None
    how = "in the other order" if last < first else f"{counted(last - first - 1, 'line')} apart"
    why = f"lines {first} and {last} were beside one another, and are {how}"
    seen = [f"line {number(text, one.start)}: {_shown(text, one)}" for (one,) in sides]
    return AnchorError(why, seen, hint=MORE)


def _gone(said: str, line: Line, text: bytes, here: Sequence[Line]) -> AnchorError:
    """Say that a line is not there, and which are like it."""
    words = {*filter(named, line.tokens)}
    shared = sorted({one.tokens: one for one in here}.values(), key=lambda one: -len(words & {*one.tokens}))
    return AnchorError(f"there is no line `{said}`", like=(said, [_shown(text, one) for one in shared[:_LIKELY]]))


def _elsewhere(
    window: Window, text: bytes, here: Sequence[Line], at: int, there: tuple[tuple[bytes, ...], ...]
) -> AnchorError:
    """Say which block a place lies in now."""
    where = number(text, here[min(at, len(here) - 1)].start)
    known = {one.tokens: _shown(text, one) for one in here}
    said = [known[one] for one in there]
    if not window.under or said == [" ".join(one.split()) for one in window.under]:
        return AnchorError(f"line {where} is further in, or out, than the edit's place was", hint=MORE)
    now = f"in `{said[-1]}`" if said else "in no block"
    return AnchorError(f"line {where} is {now}, and the edit's place in `{window.under[-1]}`", hint=MORE)


def _shown(text: bytes, line: Line) -> str:
    return " ".join(text[line.start : line.end].decode("utf-8", "replace").split())

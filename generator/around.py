# SPDX-License-Identifier: GPL-2.0-only
"""What a place lies in that the lines around it do not show: the blocks of a file, a comment of C."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import cpp
from generator.blocks import within
from generator.lines import TOKEN, number, read
from generator.spot import AnchorError, Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.spot import Spot
    from generator.window import Window

_ELSE = b"else"
_OPPOSITE = {b"ifneq": b"ifeq", b"ifndef": b"ifdef", b"until": b"while"}
_TURNS = {b"!", b"not", b"(", b")", _ELSE}
"""What turns a condition round, or is of no matter."""
_SHELL = ((" != ", " = "), (" == ", " = "), ("-z ", "-n "), ("-ne ", "-eq "), ("-ge ", "-lt "), ("-gt ", "-le "))
"""Tests of the shell, and their opposites."""
_HINT = "where that is right, say so in `within`"
_STARRED = b"*"
"""How a line of a comment begins, most often."""


def demand_around(path: str, text: bytes, spot: Spot, wanted: Sequence[str] | None, window: Window) -> None:
    """Refuse a place in another block than the one that is wanted, or in a comment that was not there.

    Blocks further out are often others, and decide less. Where all lines around the place are as they were, so may the
    block be, unless its condition is turned round, or there is none on one side.

    Args:
        path: the file's path.
        text: the file.
        spot: the place.
        wanted: how the blocks begin that it is to be in; None for one in a part of the file with a name of its own.
        window: what it was found by.

    Raises:
        AnchorError: it is.
    """
    there = within(path, text, spot.start)
    now, then = (one[-1] if one else "" for one in (there, there if wanted is None else wanted))
    same = spot.evidence is Evidence.SAME
    if _tokens(now) != _tokens(then) and (not same or not now or not then or _base(now) == _base(then)):
        where, was = f"`{now}`" if now else "no condition or menu", f"`{then}`" if then else "none"
        raise AnchorError(f"line {number(text, spot.start)} is in {where}, and the edit's place in {was}", hint=_HINT)
    if not path.endswith((".c", ".h", ".S")) or same or _starred(window):
        return
    opened = text.rfind(b"/*", 0, spot.start)
    if opened > text.rfind(b"*/", 0, spot.start) and cpp.commented(text, spot.start):
        raise AnchorError(
            f"line {number(text, spot.start)} is in a comment, which begins in line {number(text, opened)}"
        )


def _tokens(block: str) -> list[bytes]:
    return TOKEN.findall(block.partition(" #")[0].encode())


def _base(block: str) -> list[bytes]:
    """Return what the two branches of a condition, and its opposite, have in common."""
    for one, other in _SHELL:
        block = block.replace(one, other)
    said = [one for one in _tokens(block) if one not in _TURNS]
    said = said[1:] if said[:1] == [b"#"] else said
    return [_OPPOSITE.get(said[0], said[0]), *said[1:]] if said else []


def _starred(window: Window) -> bool:
    """Tell whether the place may have been in a comment."""
    sides = (read(window.above)[-1:], read(window.old), read(window.new), read(window.below)[:1])
    return any(one.tokens[0] == _STARRED for side in sides for one in side)

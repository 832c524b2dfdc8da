# SPDX-License-Identifier: GPL-2.0-only
"""What a place lies in that the lines around it do not show: the blocks of a Makefile or Kconfig, a comment of C."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator import cpp
from generator.lines import TOKEN, number, read
from generator.spot import AnchorError, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.lines import Line
    from generator.spot import Spot
    from generator.window import Window

_MAKE = {b"ifeq": b"endif", b"ifneq": b"endif", b"ifdef": b"endif", b"ifndef": b"endif", b"define": b"endef"}
_KCONFIG = {b"if": b"endif", b"menu": b"endmenu", b"choice": b"endchoice"}
_MAKEFILE = re.compile(r"(?:^|/)(?:Makefile|Kbuild)[^/]*$|\.mk$")
_KCONFIG_FILE = re.compile(r"(?:^|/)Kconfig[^/]*$")
_ELSE = b"else"
_OPPOSITE = {b"ifneq": b"ifeq", b"ifndef": b"ifdef"}
_HINT = "where that is right, say so in `within`"
_STARRED = b"*"
"""How a line of a comment begins, most often."""


def within(path: str, text: bytes, offset: int) -> tuple[str, ...]:
    """Return how the blocks of a Makefile or Kconfig begin that an offset lies in, the outermost first.

    The second branch of a condition is its first line and `else`.
    """
    kinds = _kinds(path)
    found: list[tuple[bytes, str]] = []
    for line in read(text, 0, offset) if kinds else ():
        word = line.tokens[0]
        if text[line.start : line.start + 1] == b"\t" or (kinds is _KCONFIG and line.indent):
            continue  # a recipe, or the text of a help
        if word in kinds:
            found.append((kinds[word], _shown(text, line)))
        elif found and word == found[-1][0]:
            found.pop()
        elif found and word == _ELSE and kinds is _MAKE:
            found[-1] = (found[-1][0], f"{found[-1][1]} {_shown(text, line)}")
    return tuple(said for _, said in found)


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


def _shown(text: bytes, line: Line) -> str:
    return " ".join(text[line.start : line.end].decode("utf-8", "replace").split())


def _tokens(block: str) -> list[bytes]:
    return TOKEN.findall(block.partition(" #")[0].encode())


def _base(block: str) -> list[bytes]:
    """Return what the two branches of a condition, and its opposite, have in common."""
    said = [one for one in _tokens(block) if one not in {b"!", _ELSE}]
    return [_OPPOSITE.get(said[0], said[0]), *said[1:]] if said else []


def _kinds(path: str) -> Mapping[bytes, bytes]:
    if _MAKEFILE.search(path):
        return _MAKE
    return _KCONFIG if _KCONFIG_FILE.search(path) else {}


def _starred(window: Window) -> bool:
    """Tell whether the place may have been in a comment."""
    sides = (read(window.above)[-1:], read(window.old), read(window.new), read(window.below)[:1])
    return any(one.tokens[0] == _STARRED for side in sides for one in side)

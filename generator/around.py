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

    from generator.spot import Spot
    from generator.window import Window

_MAKE = {b"ifeq": b"endif", b"ifneq": b"endif", b"ifdef": b"endif", b"ifndef": b"endif", b"define": b"endef"}
_KCONFIG = {b"if": b"endif", b"menu": b"endmenu", b"choice": b"endchoice"}
_MAKEFILE = re.compile(r"(?:^|/)(?:Makefile|Kbuild)[^/]*$|\.mk$")
_KCONFIG_FILE = re.compile(r"(?:^|/)Kconfig[^/]*$")
_ELSE = b"else"
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
            found.append((kinds[word], " ".join(text[line.start : line.end].decode("utf-8", "replace").split())))
        elif found and word == found[-1][0]:
            found.pop()
        elif found and word == _ELSE and kinds is _MAKE:
            rest = " ".join(text[line.start : line.end].decode("utf-8", "replace").split())
            found[-1] = (found[-1][0], f"{found[-1][1]} {rest}")
    return tuple(said for _, said in found)


def demand_around(path: str, text: bytes, spot: Spot, wanted: Sequence[str], window: Window) -> None:
    """Refuse a place in other blocks than those that are wanted, or in a comment that was not there.

    Raises:
        AnchorError: it is.
    """
    there = within(path, text, spot.start)
    if [TOKEN.findall(one.encode()) for one in there] != [TOKEN.findall(one.encode()) for one in wanted]:
        looked = " in ".join(f"`{one}`" for one in reversed(wanted)) or "no condition and no menu"
        found = " in ".join(f"`{one}`" for one in reversed(there)) or "none"
        where = f"line {number(text, spot.start)}"
        raise AnchorError(f"{where} is in {found}, and the edit's place in {looked}", hint="see `within`")
    if not path.endswith((".c", ".h", ".S")) or spot.evidence is Evidence.SAME or _starred(window):
        return
    opened = text.rfind(b"/*", 0, spot.start)
    if opened > text.rfind(b"*/", 0, spot.start) and cpp.commented(text, spot.start):
        raise AnchorError(
            f"line {number(text, spot.start)} is in a comment, which begins in line {number(text, opened)}"
        )


def _kinds(path: str) -> Mapping[bytes, bytes]:
    if _MAKEFILE.search(path):
        return _MAKE
    return _KCONFIG if _KCONFIG_FILE.search(path) else {}


def _starred(window: Window) -> bool:
    """Tell whether the place may have been in a comment."""
    sides = (read(window.above)[-1:], read(window.old), read(window.new), read(window.below)[:1])
    return any(one.tokens[0] == _STARRED for side in sides for one in side)

# SPDX-License-Identifier: GPL-2.0-only
"""From an anchor to a spot, whatever the file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import anchor_c, anchor_lines, anchor_text
from generator.spot import NOTHING, AnchorError, Effect, at

if TYPE_CHECKING:
    from generator.source import Sources
    from generator.spot import Spot
    from patchset.anchors import Anchor

_IN_TEXT = {"makefile": anchor_text.makefile, "kconfig": anchor_text.kconfig, "param": anchor_text.param}
_IN_C = {
    **dict.fromkeys(("function", "prototype", "struct", "variable", "macro"), anchor_c.top_level),
    "file": anchor_c.file_place,
    "include": anchor_c.include,
    "cond": anchor_c.cond,
}


def resolve(anchor: Anchor, path: str, text: bytes, sources: Sources, change: Effect = NOTHING) -> Spot:
    """Find the one place that an anchor names.

    Args:
        anchor: what to look for.
        path: the file's path in the tree; it tells C from everything else.
        text: the file.
        sources: what was parsed so far.
        change: what the edit does, for an anchor that is lines.

    Raises:
        AnchorError: there is none, or more than one.
    """
    if anchor.inner == "lines":
        return anchor_lines.lines(anchor, path, text, sources, change)
    if anchor.scope in _IN_TEXT:
        return _IN_TEXT[anchor.scope](anchor, text)
    if anchor.scope == "section":
        return anchor_text.section(anchor, text, path)
    if (anchor.scope, anchor.name) == ("file", "eof"):
        return at(len(text))
    if anchor.scope in _IN_C:
        return _IN_C[anchor.scope](anchor, sources.read(text))
    raise AnchorError(f"'{anchor.scope}' names no place in an existing file")


def condition(path: str, text: bytes, offset: int, sources: Sources) -> str:
    """Return the #if path at an offset; files that are neither C nor assembler have none."""
    found = sources.conditions(path, text)
    return found.path(offset) if found else ""

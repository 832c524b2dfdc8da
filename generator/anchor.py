# SPDX-License-Identifier: GPL-2.0-only
"""From an anchor to a spot, whatever the file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import anchor_c, anchor_text
from generator.cpp import conditions
from generator.source import parse
from generator.spot import AnchorError

if TYPE_CHECKING:
    from generator.spot import Spot
    from patchset.types import Anchor

_C_SCOPES = {"function", "prototype", "struct", "variable", "macro"}


def resolve(anchor: Anchor, path: str, text: bytes) -> Spot:
    """Find the one place that an anchor names.

    Args:
        anchor: what to look for.
        path: the file's path in the tree; it tells C from everything else.
        text: the file.

    Raises:
        AnchorError: there is none, or more than one.
    """
    if anchor.scope in _C_SCOPES:
        return anchor_c.top_level(anchor, parse(text))
    if anchor.scope == "makefile":
        return anchor_text.makefile(anchor, text)
    if anchor.scope == "kconfig":
        return anchor_text.kconfig(anchor, text)
    if anchor.scope == "param":
        return anchor_text.param(anchor, text)
    if anchor.scope == "section":
        return anchor_text.section(anchor, text, path)
    in_c = {"file": anchor_c.file_place, "include": anchor_c.include, "cond": anchor_c.cond}
    if anchor.scope in in_c:
        return in_c[anchor.scope](anchor, text)
    raise AnchorError(f"'{anchor.scope}' names no place in an existing file")


def condition(path: str, text: bytes, offset: int) -> str:
    """Return the #if path at an offset of a C file; other files have none."""
    return conditions(text).path(offset) if path.endswith((".c", ".h", ".S")) else ""

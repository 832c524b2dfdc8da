# SPDX-License-Identifier: GPL-2.0-only
"""Anchors that are lines of text, in the function, the entry or the file that they stand in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import convert

from generator import anchor_c, anchor_text
from generator.around import demand_around
from generator.demands import Sides, demand_names, demand_sides, demand_variables, doubts, strange
from generator.lines import number
from generator.search import find
from generator.spot import DESPITE, AnchorError, Effect, Spot
from generator.window import Window, anywhere, demand_new
from patchset.anchors import Anchor, Place

if TYPE_CHECKING:
    from tree_sitter import Node

    from generator.source import Sources

_TEXT = {"kconfig": anchor_text.kconfig}
_NEVER = re.compile(rb"#[ \t]*(?:el)?if[ \t(]*[01]\b")
"""A condition that is decided; most files have none, and need not be parsed for it."""


def lines(anchor: Anchor, path: str, text: bytes, sources: Sources, change: Effect) -> Spot:
    """Find a place by the lines around it.

    Args:
        anchor: what to look for.
        path: the file's path in the tree.
        text: the file.
        sources: what was parsed so far.
        change: the lines that give way, and what takes their place.

    Raises:
        AnchorError: there is none, or more than one; or what the fragment needs is not there.
    """
    around = [(one or "").encode() for one in (anchor.after, anchor.before)]
    given = change.old if anchor.place in {Place.REPLACE, Place.DELETE} else b""
    window = Window(around[0], given, around[1], anchor.under, change.new, anchor.alike, anchor.repeated, change.gone)
    begins, ends = (isinstance(one, str) and not one.strip() for one in (anchor.after, anchor.before))
    window = window._replace(begins=begins, ends=ends)
    if not change.dead and _NEVER.search(text) and (conditions := sources.conditions(path, text)):
        window = window._replace(dead=conditions.dead)
    demand_names(text, change.uses)
    part: Spot | None = None
    node: Node | None = None
    try:
        part = home(anchor, path, text, sources)
        node = anchor_c.defined(named(anchor), sources.read(text)).node if anchor.scope == "function" else None
        demand_variables(node, text[part.start : part.end], change.needs, f"{anchor.scope} {anchor.name}")
        found = find(window, text, part, anchor.place, named=anchor.scope not in {"file", "section"})
    except AnchorError:
        other = None if change.needs or (part and anchor.scope == "section") else anywhere(window, text)
        if other is None:
            raise
        found, node = other, None
    else:
        demand_sides(text, part, found, Sides(anchor.earlier, anchor.later))
    _demand_same(text, sources, found, node, change)
    demand_new(window, text, part or found)
    demand_around(path, text, found, anchor.within if anchor.scope in {"file", "section"} else None, window)
    return found


def _demand_same(text: bytes, sources: Sources, spot: Spot, node: Node | None, change: Effect) -> None:
    """Refuse a place where the fragment would mean something else: by its variables, its functions, or the locks.

    Raises:
        AnchorError: it is one.
    """
    if change.locks is None:
        return
    told = [*(doubts(sources.read(text), node, spot.start, change.needs, change.locks) if node else ())]
    told += strange(sources.read(text), change.uses) if any(" " in one or "(" in one for one in change.uses) else ()
    for one in told:
        if one not in change.despite:
            why = f"in line {number(text, spot.start)}, {one}"
            raise AnchorError(why, hint=DESPITE.format(one))


def named(anchor: Anchor) -> Anchor:
    """Return the anchor of the part of a file that an anchor looks in."""
    return convert({anchor.scope: anchor.name, "place": "replace", "in_cond": anchor.in_cond}, Anchor)


def home(anchor: Anchor, path: str, text: bytes, sources: Sources) -> Spot:
    """Return the part of a file that the outer word of an anchor names, in whole lines.

    Raises:
        AnchorError: there is none, or more than one.
    """
    if anchor.scope == "file":
        return Spot(0, len(text))
    if anchor.scope in _TEXT:
        return _TEXT[anchor.scope](named(anchor), text)
    if anchor.scope == "section" and anchor_text.is_maintainers(path):
        return anchor_text.record(named(anchor), text)
    if anchor.scope == "section":
        return anchor_text.section(named(anchor), text, path)
    return anchor_c.lines_of(named(anchor), sources.read(text))

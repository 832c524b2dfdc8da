# SPDX-License-Identifier: GPL-2.0-only
"""Anchors that are lines of text, in the function, the entry or the file that they stand in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import convert

from generator import anchor_c, anchor_text
from generator.lines import TOKEN
from generator.search import find
from generator.spot import AnchorError, Change, Spot
from generator.window import Window, anywhere
from patchset.anchors import Anchor, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.source import Sources

_TEXT = {"kconfig": anchor_text.kconfig}
_NEVER = re.compile(rb"#[ \t]*(?:el)?if[ \t(]*[01]\b")
"""A condition that is decided; most files have none, and need not be parsed for it."""


def lines(anchor: Anchor, path: str, text: bytes, sources: Sources, change: Change) -> Spot:
    """Find a place by the lines around it.

    Args:
        anchor: what to look for.
        path: the file's path in the tree.
        text: the file.
        sources: what was parsed so far.
        change: the lines that give way, and what takes their place.

    Raises:
        AnchorError: there is none, or more than one.
    """
    around = [(one or "").encode() for one in (anchor.after, anchor.before)]
    given = change.old if anchor.place in {Place.REPLACE, Place.DELETE} else b""
    window = Window(around[0], given, around[1], anchor.under, change.new, anchor.alike, anchor.repeated, change.gone)
    begins, ends = (isinstance(one, str) and not one.strip() for one in (anchor.after, anchor.before))
    window = window._replace(begins=begins, ends=ends)
    if not change.dead and _NEVER.search(text) and (conditions := sources.conditions(path, text)):
        window = window._replace(dead=conditions.dead)
    try:
        part = home(anchor, path, text, sources)
        _demand(change.needs, text[part.start : part.end], anchor)
        return find(window, text, part, anchor.place, named=anchor.scope != "file")
    except AnchorError:
        found = None if change.needs else anywhere(window, text)
        if found is None:
            raise
        return found


def _demand(needs: Sequence[str], home: bytes, anchor: Anchor) -> None:
    """Refuse a home that lacks a word which the fragment uses.

    Raises:
        AnchorError: it does.
    """
    words = {*TOKEN.findall(home)} if needs else set()
    if lost := [one for one in needs if one.encode() not in words]:
        why = f"{anchor.scope} {anchor.name} has no {lost[0]}, which the fragment uses"
        raise AnchorError(why, hint="add an alternative with a fragment for this base")


def home(anchor: Anchor, path: str, text: bytes, sources: Sources) -> Spot:
    """Return the part of a file that the outer word of an anchor names, in whole lines.

    Raises:
        AnchorError: there is none, or more than one.
    """
    if anchor.scope == "file":
        return Spot(0, len(text))
    named = convert({anchor.scope: anchor.name, "place": "replace", "in_cond": anchor.in_cond}, Anchor)
    if anchor.scope in _TEXT:
        return _TEXT[anchor.scope](named, text)
    if anchor.scope == "section":
        return anchor_text.section(named, text, path)
    return anchor_c.lines_of(named, sources.read(text))

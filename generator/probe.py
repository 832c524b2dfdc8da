# SPDX-License-Identifier: GPL-2.0-only
"""Answering probes: what a base has, never which version it says it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.anchor import resolve
from generator.source import members
from generator.spot import AnchorError
from patchset.anchors import Anchor, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.source import Sources
    from generator.tree import Tree
    from patchset.edits import Probe


def answer(probe: Probe, tree: Tree, sources: Sources) -> bool:
    """Tell whether a base has what the probe asks for."""
    path, text = first(probe.files, tree)
    if text is None:
        return False
    if not probe.kind:
        return True
    if probe.kind == "has":
        return bool(re.search(probe.value, text.decode("utf-8", "replace"), re.MULTILINE))
    if probe.kind in {"kconfig", "include"}:
        nth = int(probe.kind == "kconfig")  # one of several will do; a header is found however often it is included
        wanted = Anchor(kconfig=probe.kconfig, include=probe.include, where=Place.BEFORE, nth=nth)
        return _has_place(wanted, path, text, sources)
    symbols = sources.read(text).of(probe.kind, probe.value)
    if probe.member:
        return any(probe.member == name for symbol in symbols for name, _ in members(symbol.node))
    return bool(symbols)


def doubt(name: str, probe: Probe, tree: Tree, sources: Sources) -> str:
    """Return why nobody can tell whether a base has what a probe asks for; empty where somebody can.

    A probe that names what is there `otherwise` is false only where that is, or where its file is not.
    """
    path, text = first(probe.files, tree)
    if not probe.otherwise or text is None or answer(probe, tree, sources):
        return ""
    if re.search(probe.otherwise, text.decode("utf-8", "replace"), re.MULTILINE):
        return ""
    asked = f"/{probe.value}/" if probe.kind == "has" else f"{probe.kind} {probe.value}".rstrip()
    return f"probe {name}: {path} has neither {asked} nor, as otherwise, /{probe.otherwise}/"


def _has_place(anchor: Anchor, path: str, text: bytes, sources: Sources) -> bool:
    try:
        resolve(anchor, path, text, sources)
    except AnchorError:
        return False
    return True


def answers(probes: Mapping[str, Probe], tree: Tree, sources: Sources) -> dict[str, bool]:
    """Answer all probes of a series."""
    return {name: answer(probe, tree, sources) for name, probe in probes.items()}


def first(files: tuple[str, ...], tree: Tree) -> tuple[str, bytes | None]:
    """Return the first of some files that exists, with its text; else the first path and None."""
    for path in files:
        text = tree.read(path)
        if text is not None:
            return path, text
    return files[0], None

# SPDX-License-Identifier: GPL-2.0-only
"""Every word of an anchor with every place it knows, from its line of TOML to the changed file."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.render import render
from patchset.anchors import INNER, PLACES, SCOPES, STATEMENTS, Place
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchset.types import Series

GADGET, HEADER, WIDGET = "kernel/gadget.c", "include/widget.h", "kernel/widget.c"
GOLDEN = Path(__file__).with_name("places.golden")
ANY = ["", "CONFIG_WIDGET", "CONFIG_GADGET_FAST", "!CONFIG_GADGET_FAST", "!(IS_ENABLED(CONFIG_UP))"]
"""Conditions have tests of their own."""

ANCHORS: dict[str, tuple[str, ...]] = {
    GADGET: (
        'file = "eof"',
        'file = "last_include"',
        'include = "gadget.h", place = "before"',
        'include = "linux/kernel.h", place = "after"',
        'include = "gadget.h", place = "delete"',
        'cond = "CONFIG_GADGET_FAST", place = "start"',
        'cond = "CONFIG_GADGET_FAST", place = "else"',
        'cond = "CONFIG_GADGET_FAST", place = "end"',
        'function = "gadget_say", place = "before"',
        'function = "gadget_open", place = "after"',
        'function = "gadget_say", place = "replace"',
        'function = "gadget_say", place = "delete"',
        'function = "gadget_say", place = "start"',
        'function = "gadget_say", place = "end"',
        'prototype = "gadget_open", place = "before"',
        'prototype = "gadget_open", place = "after"',
        'prototype = "gadget_open", place = "replace"',
        'prototype = "gadget_open", place = "delete"',
        'struct = "gadget_box", place = "before"',
        'struct = "gadget_box", place = "after"',
        'struct = "gadget_box", place = "replace"',
        'struct = "gadget_box", place = "delete"',
        'struct = "gadget_box", place = "start"',
        'struct = "gadget_box", place = "end"',
        'struct = "gadget_box", member = "count", place = "before"',
        'struct = "gadget_box", member = "count", place = "after"',
        'struct = "gadget_box", member = "open", place = "replace"',
        'struct = "gadget_box", member = "list", place = "delete"',
        'variable = "box", place = "before"',
        'variable = "gadget_ops", place = "after"',
        'variable = "box", place = "replace"',
        'variable = "gadget_ops", place = "delete"',
        'variable = "gadget_ops", element = "^.name", place = "before"',
        'variable = "gadget_ops", element = "^.name", place = "after"',
        'variable = "gadget_ops", element = "^.open", place = "replace"',
        'variable = "gadget_ops", element = "^.open", place = "delete"',
        'macro = "GADGET_MAX", place = "before"',
        'macro = "gadget_each", place = "after"',
        'macro = "gadget_each", place = "replace"',
        'macro = "GADGET_MAX", place = "delete"',
        'function = "gadget_open", decls = "end"',
        'function = "gadget_open", body = "start"',
        'function = "gadget_open", body = "end"',
        'function = "gadget_open", call = "gadget_poke", depth = 2, place = "before"',
        'function = "gadget_open", call = "gadget_poke", depth = 2, place = "after"',
        'function = "gadget_open", call = "gadget_rest", depth = 2, place = "replace"',
        'function = "gadget_open", call = "gadget_rest", depth = 2, place = "delete"',
        'function = "gadget_open", call = "gadget_say", nth = 3, depth = 2, place = "after"',
        'function = "gadget_open", assign = "n", depth = 2, place = "before"',
        'function = "gadget_open", assign = "n", depth = 2, place = "after"',
        'function = "gadget_open", assign = "n", depth = 2, place = "replace"',
        'function = "gadget_open", assign = "n", depth = 2, place = "delete"',
        'function = "gadget_open", stmt = "if", match = "^.n.$", place = "before"',
        'function = "gadget_open", stmt = "if", match = "^.n.$", place = "after"',
        'function = "gadget_open", stmt = "if", match = "none", depth = 2, place = "replace"',
        'function = "gadget_open", stmt = "if", match = "^.n.$", place = "delete"',
        'function = "gadget_open", stmt = "switch", place = "start"',
        'function = "gadget_open", stmt = "switch", place = "end"',
        'function = "gadget_open", stmt = "do", place = "start"',
        'function = "gadget_open", stmt = "do", place = "end"',
        'function = "gadget_open", stmt = "do", place = "after"',
        'function = "gadget_open", stmt = "compound", match = "rest", place = "start"',
        'function = "gadget_open", stmt = "return", match = "n;", place = "before"',
        'function = "gadget_open", stmt = "goto", depth = 2, place = "replace"',
        'function = "gadget_open", stmt = "label", place = "after"',
        'function = "gadget_open", stmt = "expr", match = "rest", depth = 2, place = "after"',
        'function = "gadget_open", stmt = "decl", match = "^int", place = "delete"',
        'function = "gadget_open", stmt = "any", match = "^switch", place = "before"',
    ),
    HEADER: (
        'file = "guard_end"',
        'prototype = "widget_free", place = "after"',
    ),
    WIDGET: (
        'function = "widget_load", stmt = "for", place = "before"',
        'function = "widget_add", stmt = "while", place = "end"',
        'function = "widget_add", call = "widget_busy", place = "start"',
        'function = "widget_add", call = "widget_busy", place = "end"',
        'function = "widget_shoot", in_cond = "!(IS_ENABLED(CONFIG_UP))", stmt = "expr", place = "replace"',
    ),
    "kernel/Makefile": (
        'makefile = "obj-$(CONFIG_WIDGET)", has = "widget.o", place = "before"',
        'makefile = "obj-y", place = "after"',
        'makefile = "obj-y", place = "replace"',
        'makefile = "obj-$(CONFIG_GADGET)", has = "gadget.o", place = "delete"',
    ),
    "kernel/Kconfig": (
        'kconfig = "GADGET", place = "before"',
        'kconfig = "WIDGET", place = "after"',
        'kconfig = "GADGET", place = "replace"',
        'kconfig = "WIDGET", place = "delete"',
    ),
    "widget.rst": (
        'section = "Widgets", place = "before"',
        'section = "Setup", place = "after"',
        'section = "Details", place = "replace"',
        'section = "Details", place = "delete"',
        'section = "Widgets", place = "end"',
    ),
    "MAINTAINERS": ('section = "WIDGETS", place = "end"',),
    "kernel-parameters.txt": (
        'param = "widget.debug", place = "before"',
        'param = "zswap", place = "after"',
        'param = "acpi", place = "replace"',
        'param = "widget.debug", place = "delete"',
    ),
    "kernel/new.c": ("create = true",),
}  # fmt: skip
CASES = [(path, anchor) for path, anchors in ANCHORS.items() for anchor in anchors]


def words(anchor: str) -> dict[str, str]:
    at: dict[str, str] = tomllib.loads(f"at = {{ {anchor} }}")["at"]
    return at


def difference(before: bytes, after: bytes) -> str:
    """Return a diff with a line of context on both sides, without numbers."""
    lines = list(difflib.unified_diff(before.decode().split("\n"), after.decode().split("\n"), n=1, lineterm=""))
    return "\n".join(line for line in lines[2:] if not line.startswith("@@"))


def golden() -> dict[str, str]:
    """Return the expected difference of each case: its anchor, then its lines."""
    blocks = GOLDEN.read_text().removesuffix("\n").split("\n\n#: ")
    return {anchor: text for anchor, _, text in (block.removeprefix("#: ").partition("\n") for block in blocks)}


EXPECTED = golden() if GOLDEN.exists() else {}


def make(define: Callable[..., Series], path: str, anchor: str) -> Series:
    drawn = "" if 'place = "delete"' in anchor else 'template = "one.j2"\n'
    edit = f'[[edit]]\nid = "a"\nfiles = ["{path}"]\nat = [{{ {anchor} }}]\n{drawn}cond = {ANY}\n'
    return define(edit, one="<new>\n")


@pytest.mark.parametrize(("path", "anchor"), CASES, ids=[anchor for _, anchor in CASES])
def test_place(define: Callable[..., Series], fakelinux: dict[str, bytes], path: str, anchor: str) -> None:
    rendering = render(make(define, path, anchor), MemoryTree(fakelinux), with_tests=False)
    assert not rendering.failures
    assert difference(fakelinux.get(path, b""), rendering.patches[0].files[path]) == EXPECTED[anchor]


def test_nothing_is_expected_that_nothing_tests() -> None:
    assert set(EXPECTED) == {anchor for _, anchor in CASES}


def test_every_word_is_tested_with_every_place_it_knows() -> None:
    tested = set()
    for _, anchor in CASES:
        at = words(anchor)
        scope = next(word for word in SCOPES if word in at)
        inner = next((word for word in INNER if word in at), "")
        told = at[inner] if inner in {"decls", "body"} else "end" if scope in {"file", "create"} else ""
        tested.add((inner or scope, Place(at.get("place", told))))
    elsewhere = {"lines", "remove", "rename", "mode", "blob"}  # tests/generator/importing
    known = {(word, place) for word, places in PLACES.items() for place in places if word not in elsewhere}
    assert tested == known
    assert set(PLACES) == {*SCOPES, *INNER, "lines"}
    assert {place for places in PLACES.values() for place in places} == set(Place)


def test_every_kind_of_statement_is_tested() -> None:
    assert {words(anchor)["stmt"] for _, anchor in CASES if "stmt" in words(anchor)} == set(STATEMENTS)


def test_every_place_of_a_file_is_tested() -> None:
    tested = {words(anchor)["file"] for _, anchor in CASES if "file" in words(anchor)}
    assert tested == {"eof", "last_include", "guard_end"}

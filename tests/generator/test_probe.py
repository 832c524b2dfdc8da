# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.probe import answer, doubt
from generator.source import Sources
from patchset.edits import Probe
from tests.words import probe as made

if TYPE_CHECKING:
    from tests.memorytree import MemoryTree

H, C, G, K = "include/widget.h", "kernel/widget.c", "kernel/gadget.c", "kernel/Kconfig"


@pytest.mark.parametrize(
    ("files", "kind", "value", "member", "expected"),
    [
        ((C,), "", "", "", True),
        (("kernel/none.c",), "", "", "", False),
        (("kernel/none.c", C), "function", "widget_add", "", True),
        ((C,), "function", "widget_ad", "", False),
        ((H,), "struct", "widget", "", True),
        ((H,), "struct", "widget", "top_down", True),
        ((H,), "struct", "widget", "random", False),
        ((H,), "struct", "gadget", "top_down", False),
        ((H,), "struct", "widget", "first", False),  # a word of a comment
        ((H,), "struct", "widget", "bool", False),  # a type
        ((G,), "struct", "gadget_box", "count", True),  # a bit-field
        ((G,), "struct", "gadget_box", "open", True),  # a pointer to a function
        ((G,), "struct", "gadget_box", "box", False),  # its parameter
        ((H,), "prototype", "widget_free", "", True),
        ((H,), "macro", "WIDGET_MAX", "", True),
        ((C,), "variable", "widget_limit", "", True),
        ((C,), "include", "linux/init.h", "", True),
        ((C,), "include", "linux/inits.h", "", False),
        ((K,), "kconfig", "GADGET", "", True),
        ((K,), "kconfig", "GADGETS", "", False),
        ((C,), "include", "linux/gadget.h", "", False),
        ((C,), "has", r"^\tint ret = 0;$", "", True),
        ((C,), "has", r"^int ret", "", False),
        ((C, H), "macro", "WIDGET_MAX", "", False),  # only the first file that exists is looked at
    ],
)
def test_answer(  # noqa: PLR0913, PLR0917 - a row of the table
    kernel: MemoryTree, files: tuple[str, ...], kind: str, value: str, member: str, expected: bool
) -> None:
    assert answer(made(*files, member=member, **{kind: value}), kernel, Sources()) is expected


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (Probe((C,), has="^\tint ret = 0;$", otherwise="^\tint ret;"), ""),
        (Probe((C,), has="^\tint ret;$", otherwise="^\tint ret = 0;"), ""),
        (Probe((C,), has="^\tint ret;$", otherwise="^\tlong"), "has neither /^\tint ret;$/ nor, as otherwise, /^\tlong/"),
        (Probe((C,), has="^\tint ret;$"), ""),
        (Probe(("kernel/none.c",), has="^\tint ret;$", otherwise="^\tlong"), ""),
        (Probe((C,), function="widget_ad", otherwise="x_y"), "has neither function widget_ad nor, as otherwise, /x_y/"),
        (Probe(("kernel/none.c", C), function="widget_ad", otherwise="widget_add"), ""),
    ],
)  # fmt: skip
def test_what_is_in_doubt(kernel: MemoryTree, probe: Probe, said: str) -> None:
    assert doubt("p", probe, kernel, Sources()) == (f"probe p: {C} {said}" if said else "")

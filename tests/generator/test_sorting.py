# SPDX-License-Identifier: GPL-2.0-only
"""Lists that are kept in order, and where a line goes in them."""

from __future__ import annotations

import pytest

from generator.lines import read
from generator.sorting import others, spots
from generator.window import Window


def includes(*names: str) -> bytes:
    return b"".join(b"#include <linux/%b.h>\n" % one.encode() for one in names)


def placed(there: bytes, *, above: bytes = includes("a", "b"), below: bytes = includes("x", "y")) -> list[bytes]:
    """Return what is in front of each place for m.h."""
    window = Window(above, b"", below, new=includes("m"))
    return [there[:one].splitlines()[-1] for one in spots(window, there, read(there))]


@pytest.mark.parametrize(
    ("there", "last"),
    [
        (includes("a", "b", "c", "l", "n", "x"), b"l"),
        (includes("a", "b", "c"), b"c"),
        (includes("zz") + b"\n" + includes("a", "b", "n"), b"b"),
    ],
)
def test_in_order(there: bytes, last: bytes) -> None:
    assert placed(there) == [b"#include <linux/%b.h>" % last]


@pytest.mark.parametrize(
    "there",
    [
        includes("a", "b", "z", "c"),
        includes("a", "c", "d"),
        includes("a", "b", "m", "x"),
        includes("a", "b").replace(b"linux", b"net"),
    ],
    ids=["in no order", "another list", "there already", "of another folder"],
)
def test_no_place(there: bytes) -> None:
    assert placed(there) == []


def test_the_list_of_the_edit_must_be_in_order_itself() -> None:
    there = includes("a", "b", "x", "y")
    assert placed(there, above=includes("b", "a")) == []
    assert placed(there, above=includes("a"), below=b"int x;\n") == []
    assert placed(b"", above=b"", below=b"") == []


def test_two_entries_are_not_one_that_changed() -> None:
    assert others(b"obj-$(CONFIG_A) += a.o", b"obj-$(CONFIG_B) += b.o")
    assert not others(b"obj-$(CONFIG_A) += a.o", b"obj-$(CONFIG_A2) += a.o")
    assert not others(b"f(x);", b"f(y);")

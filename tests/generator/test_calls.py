# SPDX-License-Identifier: GPL-2.0-only
"""What a text was written for, and what a file has: types, variables, and heads of functions."""

from __future__ import annotations

import pytest

from generator import calls
from generator.kinds import alike
from generator.scope import Variable, needed, visible
from generator.source import Source


@pytest.mark.parametrize(
    ("one", "other", "stars", "same"),
    [
        ("int", "long", 0, True),
        ("int", "long", 1, False),
        ("int", "unsigned int", 0, False),
        ("u8", "uint8_t", 1, True),
        ("u32", "unsigned", 1, True),
        ("size_t", "unsigned long", 0, True),
        ("size_t", "ssize_t", 0, False),
        ("bool", "int", 0, False),
        ("bool", "_Bool", 0, True),
        ("struct a", "struct b", 1, False),
        ("", "struct b", 1, True),
    ],
)
def test_types(one: str, other: str, stars: int, *, same: bool) -> None:
    assert alike(one, other, stars) is same
    assert alike(other, one, stars) is same


@pytest.mark.parametrize("text", ["*p", "n", "struct port *p", "unsigned long **x", "int n (2)"])
def test_a_variable_is_written_as_it_is_read(text: str) -> None:
    assert str(needed(text)) == text


def test_what_a_place_sees() -> None:
    text = b"int go(int n, const char *s)\n{\n\tif (n) {\n\t\tlong n = 1;\n\n\t\tPLACE;\n\t}\n\tint late;\n}\n"
    seen = visible(Source(text).of("function", "go")[0].node, text.index(b"PLACE"))
    assert seen["n"] == [Variable("n", 0, "int", 1), Variable("n", 0, "long", 2)]
    assert seen["s"] == [Variable("s", 1, "char", 1)]
    assert "late" not in seen


HEAD = "int check(struct dev *d, u32 mask)"


@pytest.mark.parametrize(
    ("there", "fits"),
    [
        ("static inline int check(struct dev *dev, u32 mask)\n{\n\treturn 0;\n}\n", True),
        ("long check(struct dev *d, const unsigned mask);\n", True),
        ("bool check(struct dev *d, u32 mask)\n{\n\treturn 0;\n}\n", False),
        ("int check(struct dev *d)\n{\n\treturn 0;\n}\n", False),
        ("int check(struct port *d, u32 mask)\n{\n\treturn 0;\n}\n", False),
        ("int *check(struct dev *d, u32 mask)\n{\n\treturn 0;\n}\n", False),
        ("#define check(d, mask) 0\n", True),
        ("#define check(mask, d) 0\n", False),
        ("#define check(d) 0\n", False),
    ],
)
def test_heads(there: str, *, fits: bool) -> None:
    head = calls.read(HEAD)
    assert head is not None
    assert str(head) == HEAD
    (found,) = calls.heads(Source(there.encode()), "check")
    assert head.fits(found) is fits


def test_calls_are_counted_without_formats() -> None:
    text = b'a(1, b(2, 3)); a(x, y); a("%d, %d", 1); a(); p->a(1); aa(1, 2, 3);'
    assert calls.counts(text, "a") == {2}
    assert calls.fresh(b"f(1); g(2);", b"f( 1 );") == {b"g"}
    assert calls.read("check") is None
    assert calls.read("kzalloc(_, _)") == calls.Head("kzalloc", "", 0, (calls.Argument("", 0, "_"),) * 2)

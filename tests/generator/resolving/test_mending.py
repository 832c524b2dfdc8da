# SPDX-License-Identifier: GPL-2.0-only
"""What is proposed where a patch and a base changed the same words: the patch's words, the base's everywhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.resolving.mending import mended

WORDS = st.lists(st.sampled_from([b"a", b"b", b"c", b" ", b"\n", b"("]), max_size=8).map(b"".join)


@pytest.mark.parametrize(
    ("old", "there", "new", "made"),
    [
        (b"a b c\n", b"a x c\n", b"a y c\n", b"a y c\n"),
        (b"f(a, b);\n", b"f(a, c, d);\n", b"g(a, b);\n", b"g(a, c, d);\n"),
        (b"-T x.lds -o $@\n", b"-T x.lds -o $@ y\n", b"-T $(L) -o $@\n", b"-T $(L) -o $@ y\n"),
        (b"a b", b"k a b", b"l a b", b"l a b"),
    ],
)
def test_the_words_of_the_patch_are_taken(old: bytes, there: bytes, new: bytes, made: bytes) -> None:
    assert mended(old, there, new) == made


@given(old=WORDS, there=WORDS, new=WORDS)
def test_one_side_alone_is_that_side(old: bytes, there: bytes, new: bytes) -> None:
    mended(old, there, new)  # it ends, whatever the two did
    assert mended(old, old, new) == new
    assert mended(old, there, old) == there

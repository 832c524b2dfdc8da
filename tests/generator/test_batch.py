# SPDX-License-Identifier: GPL-2.0-only
"""Edits that are written together give what they give one after another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.batch import Batch
from generator.spot import Spot, at

TEXT = b"one\ntwo\nthree\nfour\n"


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 6), st.sampled_from([b"", b"x\n", b"a\nb\n"]))))
def test_what_is_written_together_is_what_is_written_one_by_one(drawn: list[tuple[int, int, bytes]]) -> None:
    """Each is shifted by what the earlier ones before it added; and its line is the one at which it lands."""
    batch, text = Batch(TEXT), TEXT
    put: list[tuple[int, int]] = []
    for start, length, fragment in drawn:
        spot = Spot(start, min(start + length, len(TEXT)))
        if batch.meets(spot):
            continue
        moved = start + sum(more for offset, more in put if offset < start)
        assert batch.line(start) == text.count(b"\n", 0, moved) + 1
        text = text[:moved] + fragment + text[moved + spot.end - spot.start :]
        batch.put(spot, fragment)
        put.append((start, len(fragment) - spot.end + spot.start))
    assert batch.settle() == text


@pytest.mark.parametrize(
    ("spot", "meets"), [(at(3), False), (at(4), True), (at(8), True), (at(9), False), (Spot(0, 4), True)]
)
def test_what_touches_meets(spot: Spot, meets: bool) -> None:
    batch = Batch(TEXT)
    assert not batch.meets(spot)
    batch.put(Spot(4, 8), b"")
    assert batch.begun
    assert batch.meets(spot) is meets


def test_nothing_waits_once_it_is_settled() -> None:
    batch = Batch(TEXT)
    batch.put(at(4), b"new\n")
    assert batch.settle() == batch.text == b"one\nnew\ntwo\nthree\nfour\n"
    assert not batch.begun
    assert not batch.meets(at(4))

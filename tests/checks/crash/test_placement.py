# SPDX-License-Identifier: GPL-2.0-only
"""The test of uniformity, the search for the smallest area, and each verdict of `placement`."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import chance
from checks.crash.scenarios import placement
from checks.crash.scenarios.placement import BOOTS, LOADS, STEPS_KIB, PlacementSeen


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((10, 10, 10), 1.0),
        ((2, 1, 0), 0.3679),  # x = 2, two degrees of freedom: exp(-1)
        ((60, *[0] * 10), 0.0),
    ],
)
def test_p_value(counts: tuple[int, ...], expected: float) -> None:
    assert chance.p_value(counts) == pytest.approx(expected, abs=5e-4)


def test_the_tail_at_its_tabled_place() -> None:
    """Ten degrees of freedom, x = 18.307: the five per cent of every table, met by two bins of eleven."""
    counts = [1000.0] * 11
    off = (18.307 * 1000 / 2) ** 0.5
    counts[0] += off
    counts[1] -= off
    assert chance.p_value(counts) == pytest.approx(0.05, abs=1e-3)


@pytest.mark.parametrize("counts", [(1, 2), (0, 0, 0), ()])
def test_what_has_no_p_value(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="odd"):
        chance.p_value(counts)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1), st.integers(1, 30))
def test_a_histogram_counts_everything_once(places: list[float], bins: int) -> None:
    assert sum(chance.histogram(places, bins)) == len(places)


@given(st.integers(1, 16384))
def test_the_smallest_is_found(needed: int) -> None:
    def shrink(start: int, step: int) -> int:
        assert start >= needed * 4
        return start - (start - needed * 4) // step * step

    assert placement.smallest(shrink, placement.START_KIB, STEPS_KIB) == needed * 4


def test_pages_that_nobody_touched() -> None:
    page, data = b"\xa5" * 4096, bytearray(b"\xa5" * 4096 * 3)
    data[4096 + 17] = 0
    assert placement.untouched(bytes(data), 0x1000) == (0x1000, 0x3000)
    assert placement.untouched(page, 0) == (0,)


def test_ranks_are_below_one() -> None:
    free = (0x1000, 0x3000, 0x4000, 0x9000)
    assert [placement.rank(page, free) for page in (0x1000, 0x2000, 0x9000, 0xA000)] == [0, 0.25, 0.75, 0.75]


_CHOICE = random.Random(1)  # noqa: S311 - where a key could have been
GOOD = PlacementSeen(
    9000,
    tuple(_CHOICE.random() for _ in range(LOADS)),
    tuple(_CHOICE.random() for _ in range(BOOTS)),
    26212,
    (True,) * 11,
)


def test_a_good_run_has_no_finding() -> None:
    assert placement.judge(GOOD) == ()
    told = placement.measures(GOOD)
    assert (told["distinct"], told["boots_distinct"], told["smallest_with_key_kib"]) == (LOADS, BOOTS, 26216)
    assert told["p"] > 0.01  # type: ignore[operator]


@pytest.mark.parametrize(
    ("seen", "message", "rule"),
    [
        (replace(GOOD, loads=(None, *GOOD.loads[1:])), "1 loads fail, or leave the key not exactly once", "R13"),
        (replace(GOOD, loads=tuple(place / 3 for place in GOOD.loads if place)), "the same likelihood", "R01"),
        (replace(GOOD, loads=(0.5,) * LOADS), "60 loads put the key on 1 pages", "R01"),
        (replace(GOOD, boots=(0.5,) * BOOTS), "6 boots put the key on 1 pages", "R01"),
        (replace(GOOD, boots=()), "too few to judge", ""),
        (replace(GOOD, loads=()), "too few to judge", ""),
        (replace(GOOD, tight=(True, False)), "1 of 2 loads fail", "R04"),
        (replace(GOOD, tight=()), "0 of 0 loads fail", "R04"),
    ],
)
def test_it_fails_for_its_reason(seen: PlacementSeen, message: str, rule: str) -> None:
    found = placement.judge(seen)
    assert any(message in one.message and one.rule == rule for one in found), found
    placement.measures(seen)

# SPDX-License-Identifier: GPL-2.0-only
"""The search for the smallest area, words of a kernel that is short of memory, and each verdict of `memory`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash.scenarios import memory
from checks.crash.scenarios.memory import COMMON, KEY, PASSPHRASE, WAYS, MemoryProbe, Way

WAY = Way("w", 64, 16, 2, 512)


@given(st.sampled_from([*WAYS, WAY]), st.integers(1, 512))
def test_the_search_is_as_exact_as_it_says(way: Way, needed: int) -> None:
    tried: list[int] = []

    def suffices(mib: int) -> bool:
        assert 0 < mib <= way.ceiling
        tried.append(mib)
        return mib >= needed

    found = memory.search(suffices, way)
    assert found is not None
    assert needed <= found < needed + way.resolution
    assert len(tried) == len(set(tried)) <= 16


@given(st.sampled_from([*WAYS, WAY]), st.integers(1, 512), st.integers(-1, 2048))
def test_what_an_earlier_run_found_is_where_the_search_begins(way: Way, needed: int, before: int) -> None:
    found = memory.search(lambda mib: mib >= needed, way.after(before))
    assert found is not None
    assert needed <= found < needed + way.resolution


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_still_holds_takes_two_guests(way: Way) -> None:
    tried: list[int] = []
    answer = way.guess + 3 * way.resolution

    def suffices(mib: int) -> bool:
        tried.append(mib)
        return mib >= answer

    assert memory.search(suffices, way.after(answer)) == answer
    assert tried == [answer, answer - way.resolution]


@pytest.mark.parametrize("before", [None, "64", 0, 100_000, [64]])
def test_an_answer_that_is_none_is_forgotten(before: object) -> None:
    assert WAY.after(before) == WAY


def test_what_no_area_suffices_for_has_an_end() -> None:
    tried: list[int] = []

    def suffices(mib: int) -> bool:
        tried.append(mib)
        return False

    assert memory.search(suffices, WAY) is None
    assert tried == [64, 80, 112, 176, 304, 512]


@pytest.mark.parametrize(
    "line",
    [
        "[    1.2] Out of memory: Killed process 42 (luks-guest)",
        "unlock: 12 Cannot allocate memory",
        "[    0.4] Initramfs unpacking failed: write error",
        "[    0.5] Kernel panic - not syncing: No working init found.",
    ],
)
def test_words_of_want(line: str) -> None:
    assert memory.short(f"first\n{line}\nlast\n".encode()) == (line,)


def test_the_crash_itself_is_no_such_word() -> None:
    assert memory.short(b"Kernel panic - not syncing: sysrq triggered crash\nall is well\n") == ()


GOOD = (MemoryProbe(KEY, COMMON, wrote=True), MemoryProbe(PASSPHRASE, COMMON, wrote=False, why="-12"))
BOTH: dict[str, int | None] = {KEY: 64, PASSPHRASE: 1120}


def test_a_good_run_has_no_finding() -> None:
    assert memory.judge(GOOD, BOTH) == ()


@pytest.mark.parametrize(
    ("probes", "smallest", "message"),
    [
        (
            (MemoryProbe(KEY, COMMON, wrote=False, why="killed"), GOOD[1]),
            BOTH,
            "the passed key there is no dump: killed",
        ),
        (GOOD[1:], BOTH, "the passed key there is no dump: it was not tried"),
        ((GOOD[0], MemoryProbe(PASSPHRASE, COMMON, wrote=True)), BOTH, "nothing is gained"),
        (GOOD[:1], BOTH, "nothing is gained"),
        (GOOD, BOTH | {KEY: None}, "no area is large enough for the passed key"),
        (GOOD, BOTH | {PASSPHRASE: None}, "nothing to compare with"),
        (GOOD, BOTH | {KEY: 1120}, "the passed key needs 1120 MiB, and a passphrase 1120 MiB"),
    ],
)
def test_it_fails_for_its_reason(
    probes: tuple[MemoryProbe, ...], smallest: dict[str, int | None], message: str
) -> None:
    (finding,) = memory.judge(probes, smallest)
    assert message in finding.message

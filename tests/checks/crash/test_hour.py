# SPDX-License-Identifier: GPL-2.0-only
"""What `hour` has a guest do, and each verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.crash.scenarios import hour
from checks.crash.scenarios.hour import Wait
from checks.crash.shell import Shell
from checks.vm.machine import Machine
from patchset.loader import load
from tests.checks.crash.made import SHELL, STATES

WAITS = hour.waits(SHELL)
GOOD = [each.expected for each in WAITS]


def test_a_good_run_has_no_finding() -> None:
    assert hour.judge(WAITS, GOOD) == ()


@pytest.mark.parametrize("number", range(len(WAITS)))
def test_each_wait_fails_for_its_reason(number: int) -> None:
    for said in ((STATES.none,) * len(GOOD[number]), (STATES.saved,) * len(GOOD[number]), ()):
        if said == GOOD[number]:
            continue
        (found,) = hour.judge(WAITS, [*GOOD[:number], said, *GOOD[number + 1 :]])
        assert found.message.startswith(WAITS[number].what)
        assert found.rule == WAITS[number].rule


def test_a_wait_that_was_not_made_fails() -> None:
    (found,) = hour.judge(WAITS, GOOD[:-1])
    assert "the file says nothing" in found.message


def test_what_must_come_in_time_is_one_command() -> None:
    made = Wait("x", ("a", "b"), ((5, "saved"), (7, "none")))
    assert (
        made.command("cat /f") == "{ a; } > /dev/null 2>&1; { b; } > /dev/null 2>&1; sleep 5; cat /f; sleep 7; cat /f"
    )


def test_the_times_are_the_definitions() -> None:
    assert [each.times for each in (WAITS[0], WAITS[3], WAITS[4])] == [
        ((740, "kept"), (210, "empty")),
        ((65, "kept"), (30, "empty")),
        ((1600, "placed"),),
    ]


def test_the_times_of_the_series_that_comes_with_respin() -> None:
    crash = load("luks-kdump").plan.crash
    assert crash
    end, grace = (hour.waits(Shell(crash))[number].times for number in (0, 3))
    assert (end, grace) == (((3540, "saved"), (560, "none")), ((105, "saved"), (35, "none")))


def test_a_warped_guest_counts_instructions(tmp_path: Path) -> None:
    argv = Machine(Path("k"), Path("i"), "", tmp_path, warped=True).argv()
    assert argv[argv.index("-icount") + 1] == "shift=3,sleep=off"
    assert "-icount" not in Machine(Path("k"), Path("i"), "", tmp_path).argv()

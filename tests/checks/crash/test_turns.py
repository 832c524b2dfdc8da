# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict on a turn, and on where the key was after it; looking again until it is there."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from checks.crash import turns
from checks.crash.exposed import Exposure
from checks.crash.layout import DIRECT, TABLES, Layout
from checks.crash.shell import MADE_UP
from checks.crash.turns import Done, Look, Turns
from tests.checks.crash.made import FEATURE, Ram, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVED = Done("a key is saved", 0, answer(0, "add: ok", "put: ok"), "saved", "saved")
REFUSED = Done("a bad one", errno.EINVAL, answer(1, "add: ok", "put: 22 Invalid argument"), "saved", "saved")
HIDDEN = Look(Exposure("loaded", 0, 1, {}), (0, 1), 1, 1)
WHOLE = Look(Exposure("forgotten", 0, 0, {}), (0, 0), 1, None)


def test_good_turns_have_no_finding() -> None:
    assert turns.judge([SAVED, REFUSED], [HIDDEN, WHOLE]) == ()


@pytest.mark.parametrize(
    ("done", "message", "rule"),
    [
        (replace(SAVED, answer=answer(1, "no")), "a key is saved: it ended with 1: no", ""),
        (replace(SAVED, state="none"), "the file says 'none', not 'saved'", "R18"),
        (replace(SAVED, state="none", rule="R13"), "the file says 'none', not 'saved'", "R13"),
        (replace(REFUSED, answer=answer(0)), "it ended with 0 (not a word) in place of EINVAL", "R07"),
        (replace(REFUSED, rule="R13", error=errno.EBADF), "in place of EBADF", "R13"),
        (replace(REFUSED, answer=answer(1, "add: 22 Invalid argument")), "in place of EINVAL", "R07"),
    ],
)
def test_a_turn_fails_for_its_reason(done: Done, message: str, rule: str) -> None:
    (found,) = turns.judge([done], [])
    assert message in found.message
    assert found.rule == rule


@pytest.mark.parametrize(
    ("look", "message", "rule"),
    [
        (
            replace(HIDDEN, found=Exposure("loaded", 1, 1, {"a logon key": 1})),
            "are 1/1, not 0/1 (1 a logon key)",
            "R10",
        ),
        (replace(WHOLE, found=Exposure("after a reboot", 0, 1, {}), rule="R22"), "after a reboot: whole keys", "R22"),
        (replace(HIDDEN, absent=0), "loaded: 0 pages of the crash area are not mapped, not 1", "R14"),
        (replace(HIDDEN, absent=2), "2 pages of the crash area are not mapped", "R14"),
    ],
)
def test_a_look_fails_for_its_reason(look: Look, message: str, rule: str) -> None:
    (found,) = turns.judge([], [look])
    assert message in found.message
    assert found.rule == rule


class Still:
    """A guest whose memory changes each time it is stopped."""

    def __init__(self, *memories: Ram) -> None:
        self.memories = list(memories)
        self.waits: list[float] = []

    @contextlib.contextmanager
    def stopped(self, settle: float = 0.0) -> Iterator[Ram]:
        self.waits.append(settle)
        yield self.memories.pop(0) if len(self.memories) > 1 else self.memories[0]


def ram(*keys: int) -> Ram:
    """Memory with keys, and with page tables that map nothing."""
    made = Ram()
    for at in keys:
        made.write(at, MADE_UP)
    return made


def looking(monkeypatch: pytest.MonkeyPatch, *memories: Ram) -> tuple[Turns, Still]:
    clock = iter(range(1000))
    monkeypatch.setattr("checks.crash.turns.time.monotonic", lambda: float(next(clock)))
    guest = Still(*memories)
    area = Layout(range(0x10000, 0x20000), 0, {TABLES: 0x1000, DIRECT: 0x2000})
    return Turns(cast("Any", SimpleNamespace(feature=FEATURE)), cast("Any", guest), "turns", area), guest


def test_it_looks_until_what_must_be_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made, guest = looking(monkeypatch, ram(0x5000, 0x10040), ram(0x10040))
    made.look("loaded", 0, 1, first=False)
    assert guest.waits == [0.3, 0.6]
    assert turns.judge(made.done, made.looks) == ()


def test_it_gives_up_when_all_must_have_been_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    made, guest = looking(monkeypatch, ram(0x5000))
    made.look("forgotten", 0, 0, first=False)
    assert len(guest.waits) == 3
    (found,) = turns.judge(made.done, made.looks)
    assert "forgotten: whole keys outside/inside of the crash area are 1/0, not 0/0" in found.message

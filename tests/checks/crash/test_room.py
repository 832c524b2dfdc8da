# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict of `room`."""

from __future__ import annotations

import pytest

from checks.crash.scenarios import room
from checks.crash.scenarios.room import Dumped, Dumps
from patchset.errors import InfrastructureError

WROTE, HALVED, LOST = Dumped("", short=False), Dumped("", short=True), Dumped("no memory", short=True)


def test_as_many_are_enough() -> None:
    assert room.judge([Dumps(128, (WROTE, LOST), (LOST, WROTE)), Dumps(160, (WROTE,), (LOST,))]) == ()


def test_one_dump_less_is_told_with_its_reason() -> None:
    (found,) = room.judge([Dumps(128, (WROTE,), (WROTE,)), Dumps(256, (WROTE, LOST), (WROTE, HALVED))])
    assert found.message == "with 256M and a key 1 of 2 dumps are written, without one 2: no memory"
    assert found.rule == "R23"


def test_a_smaller_bounce_buffer_is_no_lost_dump() -> None:
    assert room.judge([Dumps(128, (WROTE, HALVED), (WROTE, WROTE))]) == ()


def test_what_is_told() -> None:
    assert room.measures(Dumps(128, (WROTE, LOST), (WROTE, HALVED))) == {
        "mib": 128,
        "loads": 2,
        "wrote": 1,
        "wrote_without": 2,
        "short": 1,
        "short_without": 1,
    }


def test_no_dump_at_all_proves_nothing() -> None:
    with pytest.raises(InfrastructureError, match="nothing is proven"):
        room.judge([Dumps(128, (LOST,), (LOST,))])

# SPDX-License-Identifier: GPL-2.0-only
"""The verdict of `events` beside its turns."""

from __future__ import annotations

import pytest

from checks.crash.scenarios import events


@pytest.mark.parametrize(("lines", "count"), [((3, 4), 0), ((3, 3), 1), ((3, 5), 1)])
def test_a_key_that_hibernation_loses_is_told_once(lines: tuple[int, int], count: int) -> None:
    assert len(events.judge(lines)) == count

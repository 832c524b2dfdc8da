# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest

from tests.curves import CURVES, Curve

SHORT, LONG = 500, 2_000
MOST = 9.0
"""What takes the square takes 16 times as long."""
QUICK_SECONDS = 0.05
"""What takes less may be anything; what took the square took more."""
TRIES = 4


@pytest.mark.slow
@pytest.mark.parametrize("curve", CURVES, ids=[one.name for one in CURVES])
def test_a_long_text_takes_no_long_time(curve: Curve) -> None:
    seen = []
    for _ in range(TRIES):
        long = curve.seconds(LONG)
        if long < QUICK_SECONDS:
            return
        seen.append(long / curve.seconds(SHORT))
        if seen[-1] < MOST:
            return
    pytest.fail(f"a text four times as long takes {seen} times as long")

# SPDX-License-Identifier: GPL-2.0-only
"""A number and what it counts."""

from __future__ import annotations

from patchset.counted import counted


def test_one_is_no_plural() -> None:
    assert [counted(number, "new finding") for number in (0, 1, 2)] == [
        "0 new findings",
        "1 new finding",
        "2 new findings",
    ]

# SPDX-License-Identifier: GPL-2.0-only
"""What results say as a whole: apart from the runner, so that who only reads results need not load every check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.contract import WORST_FIRST, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Result

EXIT = {Status.FAIL: 1, Status.ERROR: 3, Status.MISS: 3, Status.PASS: 0, Status.SKIP: 4}
"""What the process ends with, by the worst status."""


def overall(results: Sequence[Result]) -> Status:
    """Return the worst status; SKIP where nothing ran."""
    return min((result.status for result in results), key=WORST_FIRST.index, default=Status.SKIP)


def exit_code(results: Sequence[Result]) -> int:
    """Return what the process ends with: 0 clean, 1 findings, 3 infrastructure, 4 nothing ran."""
    return EXIT[overall(results)]

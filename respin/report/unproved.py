# SPDX-License-Identifier: GPL-2.0-only
"""What a run could not prove, by files: a check says so in its `data`, and the verdict must not hide it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchset.counted import counted
from respin.report.text import line

if TYPE_CHECKING:
    from respin.report.model import Report

KEY = "unproved"
"""In a result's `data`: files of which it proves nothing, and why."""
_SHOWN = 20


def files(report: Report) -> dict[tuple[str, str, str], list[int]]:
    """Return the patches in which a check proves nothing of a file, by the check, the file and the reason."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for one in report["results"]:
        told = one.get("data", {}).get(KEY)
        for path, why in told.items() if isinstance(told, dict) else ():
            found.setdefault((one["check"], str(path), str(why)), []).append(one["patch"])
    return found


def lines(report: Report) -> tuple[str, ...]:
    """Return a line for each such file, and for those that are too many to be shown, how many they are."""
    found = files(report)
    shown = [
        line(f"not proved by {check}, patch {', '.join(map(str, sorted(numbers)))}: {path}: {why}")
        for (check, path, why), numbers in found.items()
    ]
    more = len(shown) - _SHOWN
    return (*shown[:_SHOWN], *([f"and {counted(more, 'file')} more that no check proves"] if more > 0 else ()))


def part(report: Report) -> str:
    """Return how many files that are, as a verdict ends; empty where there are none."""
    paths = {path for _, path, _ in files(report)}
    return f"; {counted(len(paths), 'file')} not proved" if paths else ""

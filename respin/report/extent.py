# SPDX-License-Identifier: GPL-2.0-only
"""How much of what there is to prove a report speaks of: a verdict on a part says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchset.counted import counted

if TYPE_CHECKING:
    from respin.report.model import Report


def part(report: Report) -> str:
    """Return which part a verdict is on, as `4 of 12 checks`; nothing where it is on the whole.

    A check that was skipped has not run. Where all have, the report may say itself that they looked at a part.
    """
    known = {each["id"] for each in report["checks"]} | {each["check"] for each in report["results"]}
    ran = {each["check"] for each in report["results"] if each["status"] != "SKIP"}
    if len(ran) < len(known):
        return f"{len(ran)} of {counted(len(known), 'check')}"
    extent = report.get("extent")
    return f"{extent['ran']} of {extent['of']} {extent['what']}" if extent and extent["ran"] < extent["of"] else ""


def verdict(report: Report) -> str:
    """Return the status, and the part that it is on: `PASS (4 of 12 checks)`."""
    return f"{report['status']} ({told})" if (told := part(report)) else report["status"]

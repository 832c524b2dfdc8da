# SPDX-License-Identifier: GPL-2.0-only
"""The report as checks of Patchwork: what `POST /api/patches/ID/checks/` takes, for each posted patch.

Patchwork knows patches only. So what speaks of the whole series is said of each of its patches.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from checks.report.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from checks.report.model import Report, ResultEntry

_STATES = {"FAIL": "fail", "ERROR": "warning", "MISS": "warning", "PASS": "success", "SKIP": "pending"}
"""A check that broke says nothing of the patch: a warning, for a person to look at. One that did not run is pending."""
_CONTEXT = 255
"""How long a context may be: patchwork/models.py."""


def write(report: Report, file: Path) -> None:
    """Write a report.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(json.dumps(made(report), indent=1) + "\n", "utf-8")


def made(report: Report) -> list[dict[str, Any]]:
    """Return `number`, `subject`, `commit` and `checks` of each patch that is posted, in order."""
    return [
        {
            "number": patch["number"],
            "subject": printable(patch["subject"]),
            "commit": patch["commit"],
            "checks": [_check(one) for one in report["results"] if one["patch"] in {0, patch["number"]}],
        }
        for patch in report["series"]["patches"]
        if not patch["tests"]
    ]


def _check(result: ResultEntry) -> dict[str, str]:
    scope = "" if result["patch"] else "the whole series: "
    return {
        "state": _STATES[result["status"]],
        "context": re.sub(r"[^A-Za-z0-9_-]+", "-", f"respin-{result['check']}")[:_CONTEXT],
        "description": printable(f"{scope}{result['status']}, {result['summary']}"),
    }

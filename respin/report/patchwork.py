# SPDX-License-Identifier: GPL-2.0-only
"""The report as checks of Patchwork: what `POST /api/patches/ID/checks/` takes, for each posted patch.

Patchwork knows patches only. So what speaks of the whole series is said of each of its patches, in a context of its
own: of several checks with one context Patchwork counts the newest alone, and would take the verdict on one patch for
what was said of the series (Patch.checks in patchwork/models.py).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from respin.report.text import known, printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from respin.report.model import Report, ResultEntry

_STATES = {"FAIL": "fail", "ERROR": "warning", "MISS": "warning", "PASS": "success", "SKIP": "pending"}
"""A check that broke says nothing of the patch: a warning, for a person to look at. One that did not run is pending."""
_WORST_FIRST = ("fail", "warning", "pending", "success")
"""Patch.combined_check_state in patchwork/models.py."""
_LONGEST = 255
"""How long a context may be: patchwork/models.py. A description is to be brief."""


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
            "commit": patch["commit"] if known(patch["commit"]) else "",
            "checks": _checks(one for one in report["results"] if one["patch"] in {0, patch["number"]}),
        }
        for patch in report["series"]["patches"]
        if not patch["tests"]
    ]


def _checks(results: Iterable[ResultEntry]) -> list[dict[str, str]]:
    """Return one check a context, which is the worst of them."""
    found: dict[str, dict[str, str]] = {}
    for result in results:
        made = _check(result)
        known = found.setdefault(made["context"], made)
        if _WORST_FIRST.index(made["state"]) < _WORST_FIRST.index(known["state"]):
            found[made["context"]] = made
    return list(found.values())


def _check(result: ResultEntry) -> dict[str, str]:
    scope, end = ("", "") if result["patch"] else ("the whole series: ", "-series")
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", f"respin-{result['check']}")[: _LONGEST - len(end)]
    text = " ".join(printable(f"{scope}{result['status']}, {result['summary']}").split())
    return {
        "state": _STATES[result["status"]],
        "context": f"{slug}{end}",
        "description": text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…",
    }

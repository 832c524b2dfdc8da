# SPDX-License-Identifier: GPL-2.0-only
"""What reports say for a cover letter: how the series was tested, and what was measured; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.fragment import wrap
from respin.posting.letter import Measured
from respin.report.model import STATUSES
from respin.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from respin.report.model import Report, ResultEntry

NOTHING = "There is no result of a check of this version."


def tested(reports: Sequence[Report], tree: str) -> str:
    """Tell which checks said what, on which bases, when.

    Args:
        reports: of this state of the series; of several that speak of the same check and base the newest counts.
        tree: of the base that is posted on; it comes first.
    """
    blocks = []
    for base in sorted({one["base"]["tree"] for one in reports}, key=lambda one: (one != tree, one)):
        here = [one for one in reports if one["base"]["tree"] == base]
        newest = _newest(here)
        if newest:
            blocks.append("\n".join([_head(here[0], newest), *(_row(*one) for one in sorted(newest.items()))]))
    return "\n\n".join(blocks) or NOTHING


def measured(reports: Sequence[Report]) -> list[Measured]:
    """Return what checks measured that passed, the newest first."""
    found = [
        (result["date"], report["base"]["name"], result["data"])
        for report in reports
        for result in report["results"]
        if result["status"] == "PASS" and result.get("data")
    ]
    found.sort(key=lambda one: one[0], reverse=True)
    return [Measured(printable(name), date[:10], data) for date, name, data in found]


def _newest(reports: Sequence[Report]) -> dict[str, list[ResultEntry]]:
    """Return, for each check, the results of its latest report; those of patches that are not posted left out."""
    latest: dict[str, tuple[str, list[ResultEntry]]] = {}
    for report in reports:
        unposted = {one["number"] for one in report["series"]["patches"] if one["tests"]}
        for check in {one["check"] for one in report["results"]}:
            results = [one for one in report["results"] if one["check"] == check and one["patch"] not in unposted]
            date = max((one["date"] for one in results), default="")
            if results and date >= latest.get(check, ("", []))[0]:
                latest[check] = (date, results)
    return {check: results for check, (_, results) in latest.items()}


def _head(report: Report, newest: Mapping[str, Sequence[ResultEntry]]) -> str:
    base, results = report["base"], [one for several in newest.values() for one in several]
    date = max(one["date"] for one in results)[:10]
    name = f"{base['name']} ({base['version']})" if base["version"] not in base["name"] else base["name"]
    return wrap(f"{printable(name)}, {date}: {_worst(results)}", " - ")


def _row(check: str, results: Sequence[ResultEntry]) -> str:
    worst = _worst(results)
    told = [one for one in results if one["status"] == worst]
    if told[0]["patch"] == 0:
        text = told[0]["summary"]
    else:
        which = "patch" if len(told) == 1 else "patches"
        text = f"{which} {', '.join(str(one['patch']) for one in told)}"
        text += "" if worst == "PASS" else f": {told[0]['summary']}"
    return wrap(printable(f"{check}: {worst}, {text}"), "   ")


def _worst(results: Sequence[ResultEntry]) -> str:
    return min((one["status"] for one in results), key=STATUSES.index)

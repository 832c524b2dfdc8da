# SPDX-License-Identifier: GPL-2.0-only
"""Several reports of one series on one base as one: what several jobs checked in parts is judged as a whole."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from patchset.errors import InputError
from respin.report import shape
from respin.report.made import together
from respin.report.model import STATUSES, CheckEntry, ExtentEntry, Report, ResultEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.report.model import FindingEntry


def merge(reports: Sequence[Report]) -> Report:
    """Return the report of all of them; of a check that several speak of, the newest results count.

    Of the crash test, whose scenarios may have been run one by one, the newest of each scenario counts.

    Args:
        reports: at least one.

    Raises:
        InputError: they speak of different bases, or of different states of the series.
    """
    first = reports[0]
    for each in reports[1:]:
        for what, key in (("base", "tree"), ("series", "digest")):
            if each[what][key] != first[what][key]:  # type: ignore[literal-required]
                raise InputError(f"the reports cannot be merged: they are of different states of the {what}")
    newest = max(reports, key=_date)
    checks = {check["id"]: check for each in reports for check in each["checks"]}
    for name, check in checks.items():  # each run of the crash test names the rules of its own scenarios
        same = [one for each in reports for one in each["checks"] if one["id"] == name]
        checks[name] = CheckEntry(
            **{**check, "rules": list(dict.fromkeys(rule for one in same for rule in one["rules"]))}
        )
        if lines := {line["id"]: line for one in same for line in one.get("lines", [])}:
            checks[name]["lines"] = list(lines.values())
    found = {one["check"] for each in reports for one in each["results"]}
    latest = {name: max(reports, key=functools.partial(_date, check=name)) for name in found}
    order = [*checks, *sorted(found - checks.keys())]
    results = [one for name in order if name in latest for one in latest[name]["results"] if one["check"] == name]
    results = [_with_scenarios(one, reports) for one in results]
    status = min((one["status"] for one in results), key=STATUSES.index, default="SKIP")
    merged = Report(**{**newest, "status": status, "checks": list(checks.values()), "results": results})
    if extent := newest.get("extent"):  # of the crash test it is all of its scenarios that somebody speaks of
        ran = (len(shape.rows(one.get("data", {}), "scenarios", name=str)) for one in results)
        merged["extent"] = ExtentEntry(**{**extent, "ran": max(extent["ran"], *ran, 0)})
    if run := together(sorted(reports, key=_date)):
        merged["run"] = run
    return merged


def _with_scenarios(result: ResultEntry, reports: Sequence[Report]) -> ResultEntry:
    """Return a result with what others of its check say of scenarios; one that has none is returned as it is."""
    same = [one for each in reports for one in each["results"] if one["check"] == result["check"]]
    data: dict[str, Any] = {}
    scenarios: dict[str, dict[str, Any]] = {}
    findings: dict[str, list[FindingEntry]] = {}
    for each in sorted(same, key=lambda one: one["date"]):
        found = shape.rows(each.get("data", {}), "scenarios", name=str, status=str, summary=str, seconds=(int, float))
        found = [one for one in found if one["status"] in STATUSES]
        data |= each.get("data", {}) if found else {}
        for one in found:
            scenarios[one["name"]] = one
            findings[one["name"]] = [
                told for told in each["findings"] if told["message"].startswith(f"[{one['name']}] ")
            ]
    if len(scenarios) < 2 or not result.get("data", {}).get("scenarios"):  # noqa: PLR2004 - nothing to put together
        return result
    told = list(scenarios.values())
    made = {
        "status": min((one["status"] for one in told), key=STATUSES.index),
        "summary": "; ".join(f"{one['name']}: {one['summary']}" for one in told),
        "seconds": sum(one["seconds"] for one in told),
        "findings": [one for name in scenarios for one in findings[name]],
        "reproduce": next((one["reproduce"] for one in same if one["reproduce"]), ""),
        "data": {**data, "scenarios": told},
    }
    return ResultEntry(**{**result, **made})  # type: ignore[typeddict-item]


def _date(report: Report, check: str | None = None) -> str:
    return max((one["date"] for one in report["results"] if check in {None, one["check"]}), default="")

# SPDX-License-Identifier: GPL-2.0-only
"""What a report shows of each rule of the series: the KUnit cases and the checks that the rule names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from respin.report.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from respin.report.model import Report, RuleEntry

RENDER = "render"
"""What a rule names that every rendering shows, as `patchset.rules` has it."""
BROKEN, SHOWN, PARTLY, UNSHOWN = "broken", "shown", "partly shown", "not shown here"


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule, as a run shows it.

    Attributes:
        id: R01 and so on.
        title: what it demands.
        patches: numbers of the patches that hold it.
        passed: how many of its KUnit cases passed.
        cases: how many it names.
        checks: of the checks it names: id, and the worst status, or empty where what shows it did not run: a crash
            test of other scenarios shows other rules.
        findings: errors and warnings of any check that name the rule.
        state: broken, shown, partly shown or not shown here.
    """

    id: str
    title: str
    patches: tuple[int, ...]
    passed: int
    cases: int
    checks: tuple[tuple[str, str], ...]
    findings: int
    state: str


def shown(report: Report) -> tuple[ShownRule, ...]:
    """Return every rule of the series, in order.

    A check shows the rules that it says it comes from. A rule is broken where a finding names it or a case of it
    failed; shown where all that it names passed.
    """
    cases, checks = _cases(report), _checks(report)
    return tuple(_shown(report, rule, cases, checks) for rule in report["series"]["rules"])


def _shown(report: Report, rule: RuleEntry, cases: Mapping[str, str], checks: Mapping[str, str]) -> ShownRule:
    findings = sum(
        finding["rule"] == rule["id"] and finding["severity"] != "note"
        for result in report["results"]
        for finding in result["findings"]
    )
    statuses = [cases.get(test, "") for test in rule["tests"]]
    shows = {check["id"] for check in report["checks"] if rule["id"] in check["rules"]}
    checks = {**checks, RENDER: "PASS"}  # there is a report only where the series renders
    named = tuple((check, checks.get(check, "") if check in {*shows, RENDER} else "") for check in rule["checks"])
    proofs = [*statuses, *(status for _, status in named)]
    if findings or "FAIL" in statuses:
        state = BROKEN
    elif proofs and all(one == "PASS" for one in proofs):
        state = SHOWN
    else:
        state = PARTLY if "PASS" in proofs else UNSHOWN
    return ShownRule(
        rule["id"],
        rule["title"],
        tuple(rule["patches"]),
        statuses.count("PASS"),
        len(statuses),
        named,
        findings,
        state,
    )


def _cases(report: Report) -> dict[str, str]:
    """Return how each KUnit case ended, FAIL where any run of it did not pass."""
    found: dict[str, str] = {}
    for result in report["results"]:
        rows = result.get("data", {}).get("cases")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(row.get("case"), str):
                ended = "FAIL" if row.get("status") in {"FAIL", "ERROR"} else str(row.get("status"))
                known = found.get(row["case"], ended)
                found[row["case"]] = "FAIL" if "FAIL" in {known, ended} else known
    return found


def _checks(report: Report) -> dict[str, str]:
    """Return the worst status of each check that ran."""
    found: dict[str, str] = {}
    for result in report["results"]:
        found[result["check"]] = min(found.get(result["check"], "SKIP"), result["status"], key=STATUSES.index)
    return found

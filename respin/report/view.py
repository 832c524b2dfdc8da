# SPDX-License-Identifier: GPL-2.0-only
"""What the page shows, worked out from the report: plain values, in the order in which the template needs them."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from respin.report import crash, diffs, rules, shape
from respin.report.extent import part
from respin.report.model import STATUSES
from respin.report.text import about

if TYPE_CHECKING:
    from respin.report.model import FindingEntry, PatchEntry, Report, ResultEntry
    from respin.report.rules import ShownRule

MOST = 200
"""How many findings of a result are shown: a page has to stay small."""
_GRAVEST_FIRST = ("error", "warning", "note")
_VERDICTS = {
    "FAIL": "The series is bad.",
    "ERROR": "Nothing is proven: a check broke.",
    "MISS": "Nothing is proven: a check lost its guest, or what it needs.",
    "PASS": "Everything that ran has passed.",
    "SKIP": "Nothing ran.",
}


@dataclass(frozen=True, slots=True)
class ResultView:
    """One result.

    Attributes:
        anchor: its id in the page.
        about: the patch's name, or `series`.
        result: itself.
        findings: as many of them as are shown.
        left_out: how many are not.
    """

    anchor: str
    about: str
    result: ResultEntry
    findings: tuple[FindingEntry, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class PatchView:
    """One patch: itself, its diff, and its results by check."""

    entry: PatchEntry
    diff: diffs.Diff
    cells: tuple[ResultView | None, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """One configuration: its name, title and architecture; for each patch the row of `data`, or None."""

    name: str
    title: str
    arch: str
    cells: tuple[dict[str, Any] | None, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The page.

    Attributes:
        report: the object.
        verdict: a sentence.
        part: which part it is on; empty for the whole.
        counts: how many results have each status, the worst first.
        date: of the newest result.
        checks: ids of the checks that speak of patches, in order.
        patches: in order.
        whole: what was said of the whole series.
        said: all results.
        not_run: title by id of the checks that could have run and did not.
        rules: what the run shows of each rule.
        built: configurations.
        crash: what is known of the crash test.
        severities: how many findings have each severity, the gravest first; those that there are.
        most: how many findings of one list are shown.
    """

    report: Report
    verdict: str
    part: str
    counts: tuple[tuple[str, int], ...]
    date: str
    checks: tuple[str, ...]
    patches: tuple[PatchView, ...]
    whole: tuple[ResultView, ...]
    said: tuple[ResultView, ...]
    not_run: dict[str, str]
    rules: tuple[ShownRule, ...]
    built: tuple[Built, ...]
    crash: crash.CrashResult
    severities: tuple[tuple[str, int], ...]
    most: int = MOST

    def concerns(self, check: str) -> bool:
        """Tell whether a check ran, or could have: a report of a mailbox has nothing to say of a crash test."""
        return any(one["id"] == check for one in self.report["checks"]) or any(
            one["check"] == check for one in self.report["results"]
        )

    @property
    def bad(self) -> tuple[ResultView, ...]:
        """The results that are not clean, the worst first."""
        bad = (one for one in self.said if one.result["status"] != "PASS")
        return tuple(sorted(bad, key=lambda one: STATUSES.index(one.result["status"])))

    @property
    def measure(self) -> str:
        """The command that measures what is not known of the crash test."""
        scenarios = ",".join(crash.PARTS[key][0] for key in self.crash.missing)
        options = self.report.get("options", [])
        return shlex.join(["respin", "crash", self.report["base"]["spec"], "--only", scenarios, *options])


def view(report: Report) -> View:
    """Work out the page of a report."""
    said = tuple(_said(report, number, result) for number, result in enumerate(report["results"], 1))
    ran = {one.result["check"] for one in said}
    checks = tuple(dict.fromkeys(one.result["check"] for one in said if one.result["patch"]))
    cells = {(one.result["patch"], one.result["check"]): one for one in said}
    return View(
        report,
        _VERDICTS[report["status"]],
        part(report),
        tuple((status, count) for status in STATUSES if (count := _count(report, status))),
        max((result["date"] for result in report["results"]), default=""),
        checks,
        tuple(
            PatchView(patch, _diff(report, patch), tuple(cells.get((patch["number"], check)) for check in checks))
            for patch in report["series"]["patches"]
        ),
        tuple(one for one in said if not one.result["patch"]),
        said,
        {check["id"]: check["title"] for check in report["checks"] if check["id"] not in ran},
        rules.shown(report),
        _built(report),
        crash.told(report),
        _severities(report),
    )


def _severities(report: Report) -> tuple[tuple[str, int], ...]:
    found = Counter(finding["severity"] for result in report["results"] for finding in result["findings"])
    return tuple((one, found[one]) for one in _GRAVEST_FIRST if found[one])


def _said(report: Report, number: int, result: ResultEntry) -> ResultView:
    findings = sorted(result["findings"], key=lambda one: _GRAVEST_FIRST.index(one["severity"]))
    left = max(0, len(findings) - MOST)
    return ResultView(f"result-{number}", about(report, result), result, tuple(findings[:MOST]), left)


def _count(report: Report, status: str) -> int:
    return sum(result["status"] == status for result in report["results"])


def _diff(report: Report, patch: PatchEntry) -> diffs.Diff:
    mine = [result for result in report["results"] if result["patch"] == patch["number"]]
    return diffs.read(patch["diff"], [finding for result in mine for finding in result["findings"][:MOST]])


def _built(report: Report) -> tuple[Built, ...]:
    """Return the builds of all patches; a configuration that is not told as docs/checks.md says is left out."""
    numbers = [patch["number"] for patch in report["series"]["patches"]]
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    columns = {"name": str, "title": str, "arch": str, "status": str, "objects": int, "linked": bool, "new": int}
    for result in report["results"]:
        for row in shape.rows(result.get("data", {}), "configurations", **columns):
            rows.setdefault(row["name"], {})[result["patch"]] = row
    return tuple(
        Built(name, first["title"], first["arch"], tuple(mine.get(number) for number in numbers))
        for name, mine in rows.items()
        for first in [next(iter(mine.values()))]
    )

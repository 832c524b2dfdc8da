# SPDX-License-Identifier: GPL-2.0-only
"""The report as SARIF 2.1.0, which GitHub's code scanning and editors read.

A check that could not do its work is a notification, and the invocation no success: it is no result, good or bad.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from checks.report.text import about, printable

if TYPE_CHECKING:
    from pathlib import Path

    from checks.report.model import FindingEntry, Report, ResultEntry

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"ERROR": "error", "MISS": "error", "SKIP": "warning"}
_BASES = {
    "SRCROOT": {"description": {"text": "the kernel tree"}},
    "PATCHES": {"description": {"text": "the series: a message's findings belong to its patch, not to a file"}},
}


def write(report: Report, file: Path) -> None:
    """Write a report.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(json.dumps(made(report), indent=1) + "\n", "utf-8")


def made(report: Report) -> dict[str, Any]:
    """Return the SARIF log: one run, a rule for each kind of finding of each check."""
    told = [(result, finding) for result in report["results"] for finding in _findings(result)]
    rules = sorted({(result["check"], finding["rule"]) for result, finding in told})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "respin", "version": report["version"], "rules": _rules(report, rules)}},
                "automationDetails": {"id": printable(f"respin/{report['series']['name']}/{report['base']['name']}/")},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": _BASES,
                "invocations": [_invocation(report)],
                "results": [
                    _result(report, result, finding, rules.index((result["check"], finding["rule"])))
                    for result, finding in told
                ],
            }
        ],
    }


def _findings(result: ResultEntry) -> list[FindingEntry]:
    """Return a result's findings; its summary where it is FAIL for something that is none of them."""
    whole = [*result["findings"]]
    if result["status"] == "FAIL" and all(one["severity"] == "note" for one in whole):
        whole.append({"severity": "error", "message": result["summary"], "file": "", "line": 0, "rule": ""})
    return whole


def _rules(report: Report, rules: list[tuple[str, str]]) -> list[dict[str, Any]]:
    titles = {check["id"]: check["title"] for check in report["checks"]}
    return [{"id": _rule(check, rule), "shortDescription": {"text": titles.get(check, check)}} for check, rule in rules]


def _rule(check: str, rule: str) -> str:
    return printable(f"{check}/{rule}" if rule else check)


def _result(report: Report, result: ResultEntry, finding: FindingEntry, index: int) -> dict[str, Any]:
    rule = _rule(result["check"], finding["rule"])
    # line numbers left out: a finding is the same one where it moved
    same = "\0".join([rule, about(report, result), finding["file"], finding["message"]])
    return {
        "ruleId": rule,
        "ruleIndex": index,
        "level": finding["severity"],
        "message": {"text": printable(finding["message"]) or "(no message)"},
        "locations": [_location(report, result, finding)],
        "partialFingerprints": {"respin/v1": hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()},
        "properties": {"patch": result["patch"], "reproduce": printable(result["reproduce"])},
    }


def _location(report: Report, result: ResultEntry, finding: FindingEntry) -> dict[str, Any]:
    where = about(report, result)
    physical: dict[str, Any] = {"artifactLocation": _artifact(finding["file"], where)}
    if finding["file"] and finding["line"]:
        physical["region"] = {"startLine": finding["line"]}
    return {"physicalLocation": physical, "logicalLocations": [{"name": where, "kind": "module"}]}


def _artifact(path: str, patch: str) -> dict[str, str]:
    """Return what stands for a file: of the tree, of the machine (a system header), or for a patch's message."""
    if path.startswith("/"):
        return {"uri": f"file://{_quoted(path)}"}
    base, path = ("SRCROOT", path) if path else ("PATCHES", patch)
    return {"uriBaseId": base, "uri": _quoted(path)}


def _quoted(path: str) -> str:
    return urllib.parse.quote(path, safe="/-._~+,=@", errors="replace")


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": report["status"] in {"PASS", "FAIL"} and not _broken(report),
        "toolExecutionNotifications": [
            {
                "level": _LEVELS[one["status"]],
                "message": {"text": _notice(report, one)},
            }
            for one in report["results"]
            if one["status"] in _LEVELS
        ],
    }


def _notice(report: Report, result: ResultEntry) -> str:
    return printable(f"{result['check']}, {about(report, result)}: {result['status']}, {result['summary']}")


def _broken(report: Report) -> bool:
    return any(one["status"] in {"ERROR", "MISS"} for one in report["results"])

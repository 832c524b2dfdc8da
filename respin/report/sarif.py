# SPDX-License-Identifier: GPL-2.0-only
"""The report as SARIF 2.1.0, which GitHub's code scanning and editors read.

A check that could not do its work is a notification, and the invocation no success: it is no result, good or bad.

GitHub shows a result at its first location, in the repository that uploads the log, and knows no other base: so that is
the definition's text or template, or the mailbox. The kernel's line is in the message, and a related location.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from respin.report import diffs
from respin.report.extent import part
from respin.report.text import WHOLE, about, place, printable

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import FindingEntry, LineEntry, Report, ResultEntry

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"ERROR": "error", "MISS": "error", "SKIP": "warning"}
_BASES = {"SRCROOT": {"description": {"text": "the kernel tree, which is not what uploads the log"}}}
_LONGEST = 1024
"""How long a description may be: docs.github.com, "SARIF support for code scanning"."""


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
    lines = {(check["id"], one["id"]): one for check in report["checks"] for one in check.get("lines", [])}
    return [_described(report, check, rule, lines.get((check, rule))) for check, rule in rules]


def _described(report: Report, check: str, rule: str, line: LineEntry | None) -> dict[str, Any]:
    """Return a rule with its title, and with help for who sees it for the first time."""
    proves = next((one["title"] for one in report["checks"] if one["id"] == check), check)
    whole = f"The check {check} passes where {proves}; docs/what-checks-mean.md tells more."
    ours = {one["id"]: one["title"] for one in report["series"]["rules"]}
    if not rule:
        title, text = proves, whole
    elif line:
        title = line["title"]
        text = (
            f"A line of the checklist for mails, from {line['source']}: {title}. docs/lint.md tells how it is judged."
        )
    elif rule in ours:
        title, text = ours[rule], f"A rule of the series. {whole}"
    elif check == "checkpatch":
        title = f"{rule.replace('_', ' ').lower()}, says checkpatch.pl"
        text = f"Documentation/dev-tools/checkpatch.rst of the kernel tells what {rule} means. {whole}"
    else:
        title, text = proves, whole
    return {
        "id": _rule(check, rule),
        "shortDescription": {"text": _short(f"{rule or check}: {title}")},
        "fullDescription": {"text": _short(title)},
        "help": {"text": printable(text)},
    }


def _short(text: str) -> str:
    told = printable(text)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _rule(check: str, rule: str) -> str:
    return printable(f"{check}/{rule}" if rule else check)


def _result(report: Report, result: ResultEntry, finding: FindingEntry, index: int) -> dict[str, Any]:
    rule, patch = _rule(result["check"], finding["rule"]), about(report, result)
    file, line = _origin(report, result, finding)
    kernel = "" if _same(finding["file"], file) else finding["file"]
    # line numbers left out: a finding is the same one where it moved
    same = "\0".join([rule, patch, kernel, finding["message"]])
    text = f"{_place(kernel, finding['line'])}{finding['message']}"
    made: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": index,
        "level": finding["severity"],
        "message": {"text": printable(text) or "(no message)"},
        "locations": [
            {
                "physicalLocation": _physical(file, line),
                "logicalLocations": [{"name": printable(patch) or WHOLE, "kind": "module"}],
            }
        ],
        "partialFingerprints": {"respin/v1": hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()},
        "suppressions": [],
        "properties": {"patch": result["patch"], "reproduce": printable(result["reproduce"])},
    }
    if kernel and not kernel.startswith("/"):
        related = _physical(kernel, finding["line"])
        related["artifactLocation"]["uriBaseId"] = "SRCROOT"
        made["relatedLocations"] = [{"physicalLocation": related, "message": {"text": "the kernel's line"}}]
    if reason := finding.get("waived"):
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": printable(reason)}]
    return made


def _origin(report: Report, result: ResultEntry, finding: FindingEntry) -> tuple[str, int]:
    """Return where a finding comes from; of commits of a repository it is a file that the patch touches."""
    if origin := finding.get("origin"):
        return origin["file"], origin["line"]
    if finding["file"] and not finding["file"].startswith("/"):
        return finding["file"], finding["line"]
    patches = [one for one in report["series"]["patches"] if result["patch"] in {0, one["number"]}]
    touched = [file.path for one in patches[:1] for file in diffs.read(one["diff"], ()).files]
    return (*touched, about(report, result))[0], 1


def _same(file: str, origin: str) -> bool:
    """Tell whether two paths are one file's: a mailbox is named by its user as it is found from where he is."""
    return file == origin or file.endswith(f"/{origin}") or origin.endswith(f"/{file}")


def _place(file: str, line: int) -> str:
    """Return a file for a message, as compilers do; of the machine's own files, which nobody else has, the name."""
    return place(file.rpartition("/")[2] if file.startswith("/") else file, line)


def _physical(path: str, line: int) -> dict[str, Any]:
    """Return a place, always with a line: GitHub shows nothing that has none."""
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    quoted = urllib.parse.quote("/".join(parts) or WHOLE, safe="/-._~+,=@", errors="replace")
    return {"artifactLocation": {"uri": quoted}, "region": {"startLine": max(1, line)}}


def _invocation(report: Report) -> dict[str, Any]:
    said = [(_LEVELS[one["status"]], _notice(report, one)) for one in report["results"] if one["status"] in _LEVELS]
    if only := part(report):
        said.append(("note", printable(f"{only} have run")))
    return {
        "executionSuccessful": report["status"] in {"PASS", "FAIL"} and not _broken(report),
        "toolExecutionNotifications": [{"level": level, "message": {"text": text}} for level, text in said],
    }


def _notice(report: Report, result: ResultEntry) -> str:
    return printable(f"{result['check']}, {about(report, result)}: {result['status']}, {result['summary']}")


def _broken(report: Report) -> bool:
    return any(one["status"] in {"ERROR", "MISS"} for one in report["results"])

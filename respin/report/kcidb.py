# SPDX-License-Identifier: GPL-2.0-only
"""The report as KCIDB's I/O data, schema 5.3, which kcidb-tools and kernelci's services take.

A patch with all before it is a checkout of the base with a patch set; its check `build` is its build, and all other
checks are tests of that build. What speaks of the whole series is said of its last patch. Mails have often no commit,
and a base that nobody knows: then the mails themselves are what the ids are made of.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from respin.report.extent import verdict
from respin.report.text import known, printable, told

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report, ResultEntry

ORIGIN = "respin"
"""What stands before each id; KCIDB gives every CI system a name of its own."""
_BUILD = "build"
_VERSION = {"major": 5, "minor": 3}
_EXCERPT = 16384
"""How long an excerpt of a log may be: the schema."""
_SHA1 = 40


def write(report: Report, file: Path, origin: str = ORIGIN) -> None:
    """Write a report.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(json.dumps(made(report, origin), indent=1) + "\n", "utf-8")


def made(report: Report, origin: str = ORIGIN) -> dict[str, Any]:
    """Return the data of a run; a checkout and a build for each patch that a result speaks of."""
    last = max((patch["number"] for patch in report["series"]["patches"]), default=0)
    numbers = (0, *(patch["number"] for patch in report["series"]["patches"]))
    spoken: dict[int, list[ResultEntry]] = {number: [] for number in numbers}
    for result in report["results"]:
        spoken.setdefault(result["patch"] or last, []).append(result)
    told_of = [(number, results) for number, results in spoken.items() if results]
    tests = [_test(report, origin, number, one) for number, results in told_of for one in results if not _is_build(one)]
    seen: Counter[str] = Counter()
    for test in tests:
        seen[test["id"]] += 1
        if (times := seen[test["id"]]) > 1:
            test["id"] += f":{times}"
    return {
        "version": _VERSION,
        "checkouts": [_checkout(report, origin, number) for number, _ in told_of],
        "builds": [_build(report, origin, number, results) for number, results in told_of],
        "tests": tests,
    }


def _is_build(result: ResultEntry) -> bool:
    return result["check"] == _BUILD and result["patch"] > 0


def _id(report: Report, origin: str, number: int) -> str:
    """Return the id of the checkout of a patch: its commit, where it has one that no other patch has."""
    patches = report["series"]["patches"]
    commits = {0: report["base"]["commit"], **{patch["number"]: patch["commit"] for patch in patches}}
    commit = commits.get(number, "")
    if known(commit) and [*commits.values()].count(commit) == 1:
        return f"{origin}:{commit}"
    return f"{origin}:{report['series']['digest']}-{number}"


def _checkout(report: Report, origin: str, number: int) -> dict[str, Any]:
    base, series = report["base"], report["series"]
    diffs = [patch["diff"] for patch in series["patches"] if patch["number"] <= number]
    entry = {
        "id": _id(report, origin, number),
        "origin": origin,
        "tree_name": printable(base["name"]),
        "git_commit_name": printable(base["version"]),
        "comment": printable(f"{series['title']}, patches 1 to {number}, on {base['name']}: {verdict(report)}"),
        "valid": True,
    }
    if len(base["commit"]) == _SHA1 and known(base["commit"]):
        entry["git_commit_hash"] = base["commit"]
    if all(diffs):
        hashes = "".join(f"{_sha256(one)}\n" for one in diffs)
        entry["patchset_hash"] = _sha256(hashes) if diffs else ""
    return entry


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _build(report: Report, origin: str, number: int, results: list[ResultEntry]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": _id(report, origin, number),
        "checkout_id": _id(report, origin, number),
        "origin": origin,
    }
    for result in filter(_is_build, results):
        entry |= _said(result) | {"command": printable(result["reproduce"])}
    return entry


def _test(report: Report, origin: str, number: int, result: ResultEntry) -> dict[str, Any]:
    return {
        "id": f"{_id(report, origin, number)}:{printable(result['check'])}:{result['patch']}:{result['date']}",
        "build_id": _id(report, origin, number),
        "origin": origin,
        "path": f"respin.{re.sub(r'[^a-zA-Z0-9_-]+', '-', result['check']) or '-'}",
        **_said(result),
        "misc": {"reproduce": printable(result["reproduce"]), "whole_series": result["patch"] == 0},
    }


def _said(result: ResultEntry) -> dict[str, Any]:
    """Return what builds and tests have in common; their words for how it ended are KCIDB's."""
    log = "\n".join(map(told, result["findings"]))[:_EXCERPT]
    return {
        "status": result["status"],
        "comment": printable(result["summary"]),
        "start_time": result["date"],
        "duration": result["seconds"],
        **({"log_excerpt": log} if log else {}),
    }

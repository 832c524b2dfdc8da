# SPDX-License-Identifier: GPL-2.0-only
"""The report as KTAP, which the kernel's own tools read: a check is a test, a patch of it a subtest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from respin.report.extent import part
from respin.report.text import about, printable, told

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report, ResultEntry

_INDENT = "    "
_ENDS = re.compile(r"List of all partitions:|Kernel panic - not syncing: VFS:|reboot: System halted|KTAP version")
"""What kunit.py takes for the end, or for the start, of the whole log wherever it stands in a line."""


def write(report: Report, file: Path) -> None:
    """Write a report.

    Raises:
        OSError: the file cannot be written.
    """
    file.write_text(made(report), "utf-8")


def made(report: Report) -> str:
    """Return the log; a check that could not do its work is `not ok`, with ERROR as its directive."""
    checks = list(dict.fromkeys(result["check"] for result in report["results"]))
    lines = ["KTAP version 1", f"1..{len(checks)}"]
    for number, check in enumerate(checks, 1):
        results = [one for one in report["results"] if one["check"] == check]
        lines += [f"{_INDENT}{line}" for line in _subtest(report, check, results)]
        statuses = {one["status"] for one in results}
        directive = " # SKIP" if statuses == {"SKIP"} else ""
        lines.append(f"{'ok' if statuses <= {'PASS', 'SKIP'} else 'not ok'} {number} {_name(check)}{directive}")
    if only := part(report):
        lines.append(f"# {report['status']} ({_harmless(printable(only))})")
    return "\n".join(lines) + "\n"


def _subtest(report: Report, check: str, results: list[ResultEntry]) -> list[str]:
    lines = ["KTAP version 1", f"# Subtest: {_name(check)}", f"1..{len(results)}"]
    for number, result in enumerate(results, 1):
        said = [f"{result['status']}: {printable(result['summary'])}", *map(told, result["findings"])]
        if result["reproduce"]:
            said.append(f"reproduce: {printable(result['reproduce'])}")
        lines += [f"# {_harmless(line)}" for text in said for line in text.splitlines()]
        lines.append(_line(number, _name(about(report, result)), result))
    return lines


def _line(number: int, name: str, result: ResultEntry) -> str:
    why = _harmless(printable(result["summary"]).replace("\n", " ")).replace("#", "")
    match result["status"]:
        case "PASS":
            return f"ok {number} {name}"
        case "SKIP":
            return f"ok {number} {name} # SKIP {why}".rstrip()
        case "FAIL":
            return f"not ok {number} {name}"
        case _:
            return f"not ok {number} {name} # ERROR {why}".rstrip()


def _harmless(text: str) -> str:
    return _ENDS.sub(lambda found: found[0].replace(":", ";").replace(" version", "-version"), text)


def _name(text: str) -> str:
    """Return a name without what would end it: a number sign starts a directive."""
    return re.sub(r"[#\s]+", "-", printable(text)) or "-"

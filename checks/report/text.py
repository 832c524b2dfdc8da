# SPDX-License-Identifier: GPL-2.0-only
"""Untrusted text made harmless: a base's file name or a compiler's message may hold control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.report.model import FindingEntry, Report, ResultEntry

_KEPT = "\n\t"


def printable(text: str) -> str:
    """Return a text whose control and direction characters are shown, not obeyed."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _KEPT else repr(one)[1:-1] for one in text)


def place(file: str, line: int) -> str:
    """Return `file:line: `, without the line where it is 0, and nothing where there is no file."""
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""


def told(finding: FindingEntry) -> str:
    """Return a finding as a compiler would say it, made harmless: `file:line: severity: message [rule]`."""
    rule = f" [{finding['rule']}]" if finding["rule"] else ""
    return printable(f"{place(finding['file'], finding['line'])}{finding['severity']}: {finding['message']}{rule}")


def about(report: Report, result: ResultEntry) -> str:
    """Return what a result speaks of: a patch's name, which stays the same from run to run, or `series`."""
    names = {patch["number"]: patch["name"] for patch in report["series"]["patches"]}
    return names.get(result["patch"], "series")

# SPDX-License-Identifier: GPL-2.0-only
"""Untrusted text made harmless: a base's file name or a compiler's message may hold control characters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respin.report.model import FindingEntry, Report, ResultEntry

WHOLE = "series"
"""What is spoken of where it is no patch."""
_KEPT = "\n\t"
_MINUTE = 60
"""Seconds, and the minutes of an hour."""


def printable(text: str) -> str:
    """Return a text whose control and direction characters are shown, not obeyed."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in _KEPT else repr(one)[1:-1] for one in text)


def line(text: str) -> str:
    """Return a text as one line: its line breaks are shown, too, so that none begins a line that we did not write."""
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in text)


def sound(value: Any) -> Any:  # noqa: ANN401 - JSON, of whatever shape
    """Return a JSON value that can be written: half a surrogate pair is shown, and no number is infinite (RFC 8259)."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {sound(key): sound(one) for key, one in value.items()}
        case list() | tuple():
            return [sound(one) for one in value]
        case _:
            return value


def place(file: str, line: int) -> str:
    """Return `file:line: `, without the line where it is 0, and nothing where there is no file."""
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""


def told(finding: FindingEntry) -> str:
    """Return a finding as a compiler would say it, made harmless: `file:line: severity: message [rule]`."""
    rule = f" [{finding['rule']}]" if finding["rule"] else ""
    return printable(f"{place(finding['file'], finding['line'])}{finding['severity']}: {finding['message']}{rule}")


def spent(seconds: float) -> str:
    """Return a time in words: `0 s`, `59 s`, `12 min`, `1 h 05 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = round(seconds / _MINUTE)
    return f"{minutes} min" if minutes < _MINUTE else f"{minutes // _MINUTE} h {minutes % _MINUTE:02} min"


def known(commit: str) -> bool:
    """Tell whether an id is one: git's null id stands for what is not known."""
    return bool(commit.strip("0"))


def about(report: Report, result: ResultEntry) -> str:
    """Return what a result speaks of: a patch's name, which stays the same from run to run, or `series`."""
    names = {patch["number"]: patch["name"] for patch in report["series"]["patches"]}
    return names.get(result["patch"], WHOLE)

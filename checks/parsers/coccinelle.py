# SPDX-License-Identifier: GPL-2.0-only
"""Semantic patches of scripts/coccinelle: what their heads ask for, and what spatch reports when it runs them."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

_REPORT = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):\d+-\d+: (?P<text>\S.*)$")
_OPTIONS = re.compile(r"^//\s*Options:(?P<words>.*)$", re.MULTILINE)
_REQUIRES = re.compile(r"^//\s*Requires:\s*(?P<version>\d+(?:\.\d+)*)", re.MULTILINE)
_VERSION = re.compile(r"\bversion (?P<version>\d+(?:\.\d+)*)")
_LINE = re.compile(r"\b(?P<word>lines?) \d+(?:-\d+)?")


class SpatchComplaint(NamedTuple):
    """One complaint: where, and what, without the numbers of other lines."""

    file: str
    line: int
    text: str


def parse(text: str) -> tuple[SpatchComplaint, ...]:
    """Return what a run in report mode said, in its order."""
    found = (_REPORT.match(line) for line in text.splitlines())
    return tuple(
        SpatchComplaint(match["file"], int(match["line"][:9]), _LINE.sub(r"\g<word> N", match["text"].strip()))
        for match in found
        if match
    )


def options(script: str) -> tuple[str, ...]:
    """Return the arguments that a script's head asks for, as coccicheck takes them."""
    try:
        return tuple(word for found in _OPTIONS.finditer(script) for word in shlex.split(found["words"]))
    except ValueError:  # a quote that never ends
        return ()


def too_old(script: str, version: str) -> str:
    """Return the version that a script requires, where spatch's is older; else an empty text."""
    wanted, there = _REQUIRES.search(script), _VERSION.search(version)
    if wanted is None or there is None or _numbers(there["version"]) >= _numbers(wanted["version"]):
        return ""
    return wanted["version"]


def _numbers(version: str) -> list[int]:
    return [int(part[:9]) for part in version.split(".")]

# SPDX-License-Identifier: GPL-2.0-only
"""What `checkpatch.pl --terse --showfile --show-types` wrote, as facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_LINE = re.compile(r"^(?P<file>[^:]*):(?P<line>\d+): (?P<level>ERROR|WARNING|CHECK):(?P<type>\w+): (?P<text>.*)$")
_TOTAL = re.compile(
    r"^total: (?P<errors>\d+) errors?, (?P<warnings>\d+) warnings?, (?:(?P<checks>\d+) checks?, )?"
    r"(?P<lines>\d+) lines checked$"
)


class Level(StrEnum):
    """checkpatch's own three."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class CheckpatchLine:
    """One line of checkpatch.

    Attributes:
        level: how grave checkpatch takes it.
        type: its word for it, e.g. LONG_LINE.
        text: the message.
        file: path in the tree, or empty for the commit message.
        line: of that file, or of the mail where there is none.
    """

    level: Level
    type: str
    text: str
    file: str
    line: int


def parse(text: str) -> tuple[CheckpatchLine, ...]:
    """Return the complaints, in their order."""
    return tuple(
        CheckpatchLine(Level(match["level"]), match["type"], match["text"], match["file"], int(match["line"][:9]))
        for line in text.splitlines()
        if (match := _LINE.match(line))
    )


@dataclass(frozen=True, slots=True)
class Total:
    """What checkpatch counted itself.

    Attributes:
        complaints: of all levels.
        lines: how many it checked: 0 where it says nothing of it.
    """

    complaints: int
    lines: int


def total(text: str) -> Total:
    """Return the sums that it ends with, over all its files."""
    found = [match.groupdict("0") for line in text.splitlines() if (match := _TOTAL.match(line))]
    numbers = [{name: int(value[:9]) for name, value in each.items()} for each in found]
    complaints = sum(each["errors"] + each["warnings"] + each["checks"] for each in numbers)
    return Total(complaints, sum(each["lines"] for each in numbers))

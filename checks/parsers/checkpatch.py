# SPDX-License-Identifier: GPL-2.0-only
"""What `checkpatch.pl --terse --showfile --show-types` wrote, as facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_LINE = re.compile(r"^(?P<file>[^:]*):(?P<line>\d+): (?P<level>ERROR|WARNING|CHECK):(?P<type>\w+): (?P<text>.*)$")
_TOTAL = re.compile(r"^total: .*\b(?P<lines>\d+) lines checked$")


class Level(StrEnum):
    """checkpatch's own three."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class Complaint:
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


def parse(text: str) -> tuple[Complaint, ...]:
    """Return the complaints, in their order."""
    return tuple(
        Complaint(Level(match["level"]), match["type"], match["text"], match["file"], int(match["line"][:9]))
        for line in text.splitlines()
        if (match := _LINE.match(line))
    )


def lines_checked(text: str) -> int:
    """Return how many lines it says it checked: 0 where it says nothing of it."""
    found = [int(match["lines"][:9]) for line in text.splitlines() if (match := _TOTAL.match(line))]
    return sum(found)

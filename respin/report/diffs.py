# SPDX-License-Identifier: GPL-2.0-only
"""A patch's diff, line by line, with findings below the lines that they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.report.model import FindingEntry

LONGEST = 3000
"""How many lines of a patch are shown: a page has to stay small."""
_UNREADABLE = (UnidiffParseError, ValueError, IndexError)
"""What unidiff raises for a text that is no diff."""
_KINDS = {"+": "add", "-": "del", " ": "same"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff.

    Attributes:
        kind: add, del, same, or hunk for the line that says where.
        number: in the file after the patch; 0 for a line that is not there.
        text: with its sign.
        findings: that speak of it.
    """

    kind: str
    number: int
    text: str
    findings: tuple[FindingEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffFile:
    """One file of a patch."""

    path: str
    added: int
    removed: int
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """A whole patch.

    Attributes:
        files: in order.
        elsewhere: findings that speak of no line that is shown.
        left_out: how many lines are not shown.
    """

    files: tuple[DiffFile, ...]
    elsewhere: tuple[FindingEntry, ...]
    left_out: int


def read(text: str, findings: Sequence[FindingEntry]) -> Diff:
    """Read a diff and put each finding to its line.

    A diff that cannot be read has no files, and all findings are elsewhere.
    """
    try:
        patch = PatchSet(text)
    except _UNREADABLE:
        return Diff((), tuple(findings), len(text.splitlines()))
    room = LONGEST
    files = []
    for each in patch:
        lines = _lines(each, [one for one in findings if one["file"] == each.path])
        files.append(DiffFile(each.path, each.added, each.removed, lines[:room]))
        room = max(0, room - len(lines))
        if not room:
            break
    placed = [id(one) for file in files for line in file.lines for one in line.findings]
    total = sum(len(hunk) + 1 for each in patch for hunk in each)
    return Diff(
        tuple(files),
        tuple(one for one in findings if id(one) not in placed),
        total - sum(len(file.lines) for file in files),
    )


def _lines(file: PatchedFile, findings: Sequence[FindingEntry]) -> tuple[DiffLine, ...]:
    found: list[DiffLine] = []
    at: dict[int, list[FindingEntry]] = {}
    for each in findings:
        at.setdefault(each["line"], []).append(each)
    for hunk in file:
        head = f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},{hunk.target_length} @@"
        found.append(DiffLine("hunk", 0, f"{head} {hunk.section_header}".rstrip()))
        for one in hunk:
            number = one.target_line_no or 0
            mine = tuple(at.get(number, ())) if number else ()
            found.append(
                DiffLine(_KINDS.get(one.line_type, "same"), number, f"{one.line_type}{one.value}".rstrip("\n"), mine)
            )
    return tuple(found)


def added(text: str) -> dict[str, list[range]]:
    """Return the lines that a diff adds, as numbers in the file after it, in runs, by path.

    Raises:
        InfrastructureError: it is no diff.
    """
    try:
        patch = PatchSet(text)
    except _UNREADABLE as error:
        raise InfrastructureError(f"git's diff cannot be read: {error}") from None
    found: dict[str, list[range]] = {}
    for file in patch:
        runs = found.setdefault(file.path, [])
        for at in (line.target_line_no or 0 for hunk in file for line in hunk if line.is_added):
            if runs and runs[-1].stop == at:
                runs[-1] = range(runs[-1].start, at + 1)
            else:
                runs.append(range(at, at + 1))
    return found

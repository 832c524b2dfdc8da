# SPDX-License-Identifier: GPL-2.0-only
"""Lists that are kept in order: includes, objects of a makefile, what an entry of Kconfig selects.

Where a line goes in one does not depend on its neighbours, if the list was in order where the edit was made, and is so
here. Whether a number in a table, or an enumerator, may go between two others is more than a matter of order.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.lines import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.lines import Line
    from generator.window import Window

_KINDS = (
    re.compile(rb"\s*(?P<kind>#\s*include\s*(?:<\w+/|<|\"))(?P<key>[^>\"]+)[>\"]\s*$"),
    re.compile(rb"(?P<kind>\w+-)\S+\s*\+=\s*(?P<key>\S+\.o)\s*$"),
    re.compile(rb"(?P<kind>(?:obj|lib)-y)\s*\+=\s*(?P<key>\S+/)\s*$"),
    re.compile(rb"\s*(?P<kind>select )(?P<key>\w+)\s*(?:if .*)?$"),
    re.compile(rb"(?P<kind>source )\"(?P<key>[^\"]+)\"\s*$"),
)
"""The lists that are known, by what their lines are, and the part of a line that they are sorted by."""
_KNOWN = 2
"""How many lines beside the place must be in the list to know it again."""


class _Entry(NamedTuple):
    """A line of a list."""

    line: Line
    kind: bytes
    key: bytes


def spots(window: Window, text: bytes, here: Sequence[Line]) -> Iterator[int]:
    """Yield where an insertion goes in each list of a part of a text that is the one it was made in.

    Args:
        window: the insertion.
        text: the file.
        here: the lines of the part.
    """
    fresh = _runs(window.new, read(window.new))
    around = window.above + window.new + window.below
    first = len(window.above)
    old = [run for run in _runs(around, read(around)) if run[0].line.start <= first < run[-1].line.end]
    if window.old or len(fresh) != 1 or len(old) != 1 or not _ordered(old[0]):
        return
    new, run = fresh[0], old[0]
    if len(new) != len(read(window.new)) or len(run) < len(new) + _KNOWN:
        return
    known = {one.line.tokens for one in run} - {one.line.tokens for one in new}
    for there in _runs(text, here):
        if sum(one.line.tokens in known for one in there) < _KNOWN or not _ordered(there):
            continue
        behind = [one for one in there if one.key > new[-1].key]
        if len([one for one in there if one.key < new[0].key]) + len(behind) == len(there):
            yield behind[0].line.start if behind else there[-1].line.end


def others(one: bytes, other: bytes) -> bool:
    """Tell whether two lines are two entries of a list, and not the same one changed."""
    first, second = _match(one), _match(other)
    return first is not None and second is not None and first["key"] != second["key"]


def _match(row: bytes) -> re.Match[bytes] | None:
    return next(filter(None, (kind.match(row) for kind in _KINDS)), None)


def _runs(text: bytes, lines: Sequence[Line]) -> list[list[_Entry]]:
    """Return the lists in some lines; an empty line ends one."""
    found: list[list[_Entry]] = []
    for line in lines:
        row = text[line.start : line.end].rstrip(b"\n")
        match = _match(row)
        if match is None:
            continue
        entry = _Entry(line, match["kind"], match["key"])
        if found and found[-1][-1].line.end == line.start and found[-1][-1].kind == entry.kind:
            found[-1].append(entry)
        else:
            found.append([entry])
    return found


def _ordered(run: Sequence[_Entry]) -> bool:
    return all(one.key < other.key for one, other in itertools.pairwise(run))

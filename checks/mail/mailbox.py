# SPDX-License-Identifier: GPL-2.0-only
"""An mbox torn into its mails, where git would tear it; pure.

The standard library's mailbox takes every line that begins with `From ` for a new mail, and a commit message may hold
one. git asks for a time in that line too (is_from_line() in its mailsplit), and nothing quotes what it writes.
"""

from __future__ import annotations

import re

_FROM = re.compile(rb"^From [^\n]*\d:\d\d[^\n]*\n", re.MULTILINE)


def split(data: bytes) -> list[tuple[int, bytes]]:
    """Return each mail and the number of its first line, from 1; a text without a `From ` line is one mail."""
    starts = [found.start() for found in _FROM.finditer(data)]
    if not starts or data[: starts[0]].strip():
        starts.insert(0, 0)
    numbers, line, last = [], 1, 0
    for start in starts:
        line += data.count(b"\n", last, start)
        last = start
        numbers.append(line)
    ends = [*starts[1:], len(data)]
    pieces = (data[start:end] for start, end in zip(starts, ends, strict=True))
    return [(number, piece) for number, piece in zip(numbers, pieces, strict=True) if piece.strip()]

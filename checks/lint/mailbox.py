# SPDX-License-Identifier: GPL-2.0-only
"""An mbox torn into its mails, where git would tear it; pure.

What a `From ` line is, and that a file whose first line is none is one mail however many others it holds, is the rule
of `git mailsplit -b`, which git am calls: is_from_line() and split_one() in builtin/mailsplit.c. The standard
library's mailbox takes every line that begins with `From ` for a new mail, and a commit message may hold one.
"""

from __future__ import annotations

import re

BLANKS = b" \t\n\r"
"""What git calls a space."""
_FROM = re.compile(rb"^From [^\n]*\n?", re.MULTILINE)
_SHORTEST = 20
_TIME = re.compile(rb"\d[\s\S]\d\d:\d\d\s*\+?0*(?:9[1-9]|[1-9]\d\d)")


def split(data: bytes) -> list[tuple[int, bytes]]:
    """Return each mail and the number of its first line, from 1."""
    first = len(data) - len(data.lstrip(BLANKS))
    if first == len(data):
        return []
    starts = [found.start() for found in _FROM.finditer(data, first) if _begins_mail(found[0])]
    if not starts or starts[0] != first:
        starts = [first]
    mails, line, last = [], 1, 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        line += data.count(b"\n", last, start)
        last = start
        mails.append((line, data[start:end]))
    return mails


def _begins_mail(row: bytes) -> bool:
    """Tell whether a line `From ...` ends with a time and a year after 1990, which makes a mail begin."""
    colon = row.rfind(b":", 5, len(row) - 2)
    return len(row) >= _SHORTEST and colon > 0 and bool(_TIME.match(row, colon - 4))

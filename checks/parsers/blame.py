# SPDX-License-Identifier: GPL-2.0-only
"""What `git blame --porcelain` prints: which commit each line of a file comes from."""

from __future__ import annotations

import re

_LINE = re.compile(r"^(?P<commit>[0-9a-f]{40,64}) \d{1,9} (?P<number>\d{1,9})(?: \d+)?$", re.MULTILINE)


def owners(text: str) -> dict[int, str]:
    """Return the commit's full id by line, from 1; lines of the file itself begin with a tab."""
    return {int(match["number"]): match["commit"] for match in _LINE.finditer(text)}

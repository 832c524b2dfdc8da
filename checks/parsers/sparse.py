# SPDX-License-Identifier: GPL-2.0-only
"""What `make C=2` writes: which sources were given to the checker, and what sparse says of them."""

from __future__ import annotations

import re

from checks.parsers import compiler

_CHECKED = re.compile(r"^\s*CHECK\s+(?P<file>\S+\.c)\s*$", re.MULTILINE)
_DETAIL = re.compile(r"^[^\s:][^:]*:\d+:\d+:\s{2,}(?P<text>\S.*)$")
"""`file:line:column:    got char *p`: a part of the complaint above it."""


def parse(text: str, *, root: str) -> tuple[compiler.Diagnostic, ...]:
    """Return the complaints of a run, each once; the types that one names in further lines belong to it.

    Args:
        text: everything that make and its children wrote.
        root: the source folder; paths below it are made relative to it.
    """
    lines: list[str] = []
    for line in text.splitlines():
        detail = _DETAIL.match(line)
        if detail and lines:
            lines[-1] += f"; {detail['text'].rstrip()}"
        else:
            lines.append(line)
    return compiler.parse("\n".join(lines), root=root)


def checked(text: str) -> tuple[str, ...]:
    """Return the sources that kbuild says it gave to the checker, in its order."""
    return tuple(match["file"] for match in _CHECKED.finditer(text))

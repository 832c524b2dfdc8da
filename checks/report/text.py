# SPDX-License-Identifier: GPL-2.0-only
"""Untrusted text made harmless: a base's file name or a compiler's message may hold control characters."""

from __future__ import annotations

_KEPT = "\n\t"


def printable(text: str) -> str:
    """Return a text whose control and direction characters are shown, not obeyed."""
    return "".join(one if one.isprintable() or one in _KEPT else repr(one)[1:-1] for one in text)


def place(file: str, line: int) -> str:
    """Return `file:line: `, without the line where it is 0, and nothing where there is no file."""
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""

# SPDX-License-Identifier: GPL-2.0-only
"""A number and what it counts."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number and a noun: `1 mail`, `2 mails`, `2 patches`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if noun.endswith('ch') else 's'}"

# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel may print although it is a complaint: which line, in which kernel of which run, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchset.table import Table

FIRST, CAPTURE = "first", "capture"
"""The kernel that is booted, and the one that starts when it crashes."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An exception from the deny list, and its place.

    Attributes:
        line: what the complaint's line matches.
        where: the runs in which it holds: names of crash scenarios, ids of checks.
        kernel: the kernel that may print it, `first` or `capture`.
        after: what an earlier line of that kernel matches.
        reason: never empty.
    """

    line: re.Pattern[str]
    where: frozenset[str]
    kernel: str
    after: re.Pattern[str]
    reason: str


def read(table: Table) -> Allowed:
    """Read one `[[allowed]]`.

    Raises:
        InputError: it says what an exception cannot say.
    """
    line, after, where = pattern(table, "line"), pattern(table, "after"), frozenset(table.strings("where"))
    kernel, reason = table.take("kernel", str), table.take("reason", str, "").strip()
    if kernel not in {FIRST, CAPTURE}:
        raise table.error(f"the exception's kernel = {kernel!r} is neither {FIRST} nor {CAPTURE}", "kernel")
    if not where:
        raise table.error(f"the exception for {line.pattern!r} holds nowhere", "where")
    if not reason:
        raise table.error(f"the exception for {line.pattern!r} has no reason", "line", hint="write it down")
    table.done()
    return Allowed(line, where, kernel, after, reason)


def pattern(table: Table, key: str) -> re.Pattern[str]:
    """Take a regular expression.

    Raises:
        InputError: it is none, or matches everything.
    """
    text = table.take(key, str)
    try:
        made = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise table.error(f"'{key}' is not a regular expression: {error}", key) from None
    if made.search(""):
        raise table.error(f"'{key}' = {text!r} matches every line", key)
    return made

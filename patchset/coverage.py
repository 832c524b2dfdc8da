# SPDX-License-Identifier: GPL-2.0-only
"""What the coverage check demands of a series: of which patches, how much, and which lines need not run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchset.plan import KUnit
    from patchset.table import Table

_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Exempt:
    """An added line that no suite can run, and why.

    Attributes:
        files: where it may be: one file a base.
        text: the line without its indentation; lines above it, as many as tell it from others, come before.
        reason: never empty.
    """

    files: tuple[str, ...]
    text: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What must be covered.

    Attributes:
        kunit: the suites, and the kernel that counts.
        patches: stems of the patches whose added lines are looked at.
        least: how many percent of a patch's lines must run, exempt or not.
        exempt: in the order of the file.
    """

    kunit: KUnit
    patches: tuple[str, ...]
    least: int
    exempt: tuple[Exempt, ...]


def read(table: Table, kunit: KUnit, exempt: Table) -> Coverage:
    """Read a plan's `[coverage]`.

    Args:
        table: it, its fragment taken.
        kunit: the suites, and the kernel that counts.
        exempt: the file of exempt lines.

    Raises:
        InputError: it says what it cannot say.
    """
    least = table.take("least", int)
    if not 0 <= least <= _PERCENT:
        raise table.error(f"coverage: least = {least} is not a percentage", "least")
    made = Coverage(kunit, table.strings("patches"), least, tuple(map(_exempt, exempt.tables("line"))))
    table.done()
    exempt.done()
    return made


def _exempt(table: Table) -> Exempt:
    text = tuple(each.strip() for each in table.take("text", str).splitlines() if each.strip())
    reason = table.take("reason", str, "").strip()
    if not text:
        raise table.error("an exempt line has no text", "text")
    if not reason:
        raise table.error(f"the exempt line {text[-1]!r} has no reason", "text", hint="write down why it cannot run")
    made = Exempt(table.strings("files"), text, reason)
    table.done()
    return made

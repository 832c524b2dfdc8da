# SPDX-License-Identifier: GPL-2.0-only
"""What the coverage check demands of a series: of which patches, how much, and which lines need not run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field

from patchset.toml import Reason, Table

if TYPE_CHECKING:
    from patchset.plan import KUnit


class WaivedLine(Table, frozen=True):
    """An added line that no suite can run, and why.

    Attributes:
        files: where it may be: one file a base.
        told: the line; lines above it, as many as tell it from others, come before.
        reason: never empty.
    """

    files: tuple[str, ...]
    told: Annotated[str, Meta(pattern=r"\S", title="a line")] = field(name="text")
    reason: Reason

    @property
    def text(self) -> tuple[str, ...]:
        """The lines without their indentation."""
        return tuple(each.strip() for each in self.told.splitlines() if each.strip())


class WaivedForm(Table, frozen=True):
    """The lines that need not run: coverage.toml.

    Attributes:
        lines: in the order of the file.
    """

    lines: tuple[WaivedLine, ...] = field(name="line", default=())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What must be covered.

    Attributes:
        kunit: the suites, and the kernel that counts.
        patches: stems of the patches whose added lines are looked at.
        least: how many percent of a patch's lines must run, waived or not.
        waived: lines that need not run, in the order of the file.
    """

    kunit: KUnit
    patches: tuple[str, ...]
    least: int
    waived: tuple[WaivedLine, ...]

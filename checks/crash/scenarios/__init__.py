# SPDX-License-Identifier: GPL-2.0-only
"""One scenario a file: what it does to a guest, and a pure function from what was seen to what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.contract import Finding
    from checks.crash.lab import Lab


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario; a finding that is no note makes it a failure.

    Attributes:
        summary: one line.
        findings: what is wrong.
        data: what was measured, as plain JSON values (docs/crash.md).
    """

    summary: str
    findings: tuple[Finding, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


FILE, ITEMS = "file", "items"
"""What the interface of a series is: one file with states, or items of configfs."""


class Scenario(Protocol):
    """One scenario.

    Attributes:
        name: how `--only` calls it; what distinguishes variants is part of the class.
        title: what it shows, one line.
        words: what its verdict follows from beside the kernel, e.g. a key slot.
    """

    name: str
    title: str
    words: str

    @property
    def interfaces(self) -> Sequence[str]:
        """With which of them it can be run."""

    @property
    def rules(self) -> Sequence[str]:
        """What it shows: checklist lines (B08) and rules (R15)."""

    def run(self, lab: Lab) -> Outcome:
        """Run it.

        Raises:
            LostGuestError: the guest went silent.
        """

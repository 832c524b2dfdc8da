# SPDX-License-Identifier: GPL-2.0-only
"""What a run of checks tells while it goes: first what will be done, then each step, then each check's results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Result


@dataclass(frozen=True, slots=True)
class Planned:
    """All checks of the run, in the order of its results; it comes first, and once.

    Attributes:
        checks: their ids.
        known: those of them whose results come at once: from the cache, or as a tool is missing.
    """

    checks: tuple[str, ...]
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class Started:
    """A check begins."""

    check: str


@dataclass(frozen=True, slots=True)
class CheckStep:
    """What a check that runs is at now."""

    check: str
    text: str


@dataclass(frozen=True, slots=True)
class EarlyResult:
    """A check that is not at its end knows one of its results."""

    check: str
    result: Result


@dataclass(frozen=True, slots=True)
class Ended:
    """A check has ended; it comes once for each that was planned."""

    check: str
    results: Sequence[Result]


Event = Planned | Started | CheckStep | EarlyResult | Ended

# SPDX-License-Identifier: GPL-2.0-only
"""What a definition names of the checks: lines of the checklist, checks, scenarios of the crash test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.registry import CHECKS
from patchset import history, lint, plan, rules
from patchset.toml import Toml, nearest
from patchset.types import HISTORY

if TYPE_CHECKING:
    from collections.abc import Collection

    from checks.known import Known
    from patchset.lint import Lint
    from patchset.types import Series


def whole(series: Series, known: Known | None = None) -> Series:
    """Read all of a definition, and return it: a mistake in any file of it is told before anything is done with it.

    Args:
        series: the definition.
        known: what is kept of the program: that it has read the same before and found no mistake.

    Raises:
        InputError: with file, line, key and what is allowed.
    """
    if known is None:
        return _read(series)
    if known.read("whole", series.every_byte) is not True:
        _read(series)
        known.write("whole", True, series.every_byte)
    return series


def _read(series: Series) -> Series:
    judged(series)
    if series.has(plan.FILE):
        _allowed(series)
    for rule in series.rules:
        for at, check in enumerate(rule.checks):
            _demand(series, rules.FILE, "check", check, (*CHECKS, rules.RENDER), rule.id, "checks", at)
    if series.has(HISTORY):
        history.load(series)
    return series


def judged(series: Series) -> Lint:
    """Return how the mails of a series are judged: it waives no lines but those that there are.

    Raises:
        InputError: it names another one.
    """
    read = series.lint
    if read.waivers:
        from checks.lint.lines import IDS  # noqa: PLC0415 - every line's code comes with them

        for at, waiver in enumerate(read.waivers):
            _demand(series, lint.FILE, "line of the checklist", waiver.line, IDS, "waiver", at, "line")
    return read


def _allowed(series: Series) -> None:
    """Refuse a complaint that is allowed where nothing runs."""
    if allowed := series.plan.allowed:
        from checks.proofs.crash import SCENARIOS  # noqa: PLC0415 - slow to import

        for at, each in enumerate(allowed):
            for name in sorted(each.where):
                _demand(series, plan.FILE, "check or scenario", name, (*CHECKS, *SCENARIOS), "allowed", at, "where")


def _demand(series: Series, file: str, what: str, name: str, known: Collection[str], *path: str | int) -> None:
    if name not in known:
        raise Toml.of(series.folder, file).error(
            f"there is no {what} '{name}'", *path, hint=nearest(name, known, "ones")
        )

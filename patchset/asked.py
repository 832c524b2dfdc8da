# SPDX-License-Identifier: GPL-2.0-only
"""What of a plan concerns the whole series: with which tables it asks for checks, and which patches it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchset.plan import FILE
from patchset.toml import Toml, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchset.plan import Plan
    from patchset.snapshot import Folder


def tables(plan: Plan) -> frozenset[str]:
    """Return the tables that a plan has, of those with which a series asks for a check."""
    there = {
        "[[configuration]]": plan.configurations or plan.find,
        "[kunit]": plan.kunit,
        "[debug]": plan.debug,
        "[coverage]": plan.coverage,
        "[crash]": plan.crash,
        "[member]": plan.member,
        "[documented]": plan.documented,
    }
    return frozenset(table for table, value in there.items() if value)


def demand(plan: Plan, folder: Folder, stems: Sequence[str]) -> Plan:
    """Return the plan of a folder, which speaks of no other patches than those of the series.

    Raises:
        InputError: it names one that is none of them.
    """
    named: list[tuple[str, tuple[str | int, ...]]] = [
        (each.patch, ("waiver", at, "patch")) for at, each in enumerate(plan.waivers) if each.patch
    ]
    if plan.coverage:
        named += [(stem, ("coverage", "patches", at)) for at, stem in enumerate(plan.coverage.patches)]
    for stem, path in named:
        if stem not in stems:
            toml = Toml.of(folder, FILE)
            raise toml.error(f"there is no patch '{stem}'", *path, hint=nearest(stem, stems, "patches"))
    return plan

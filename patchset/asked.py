# SPDX-License-Identifier: GPL-2.0-only
"""What of a plan concerns the whole series: with which tables it asks for checks, and which patches it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchset.errors import InputError
from patchset.plan import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchset.plan import Plan


def tables(plan: Plan) -> frozenset[str]:
    """Return the tables that a plan has, of those with which a series asks for a check."""
    there = {
        "[[configuration]]": plan.configurations,
        "[kunit]": plan.kunit,
        "[debug]": plan.debug,
        "[coverage]": plan.coverage,
        "[crash]": plan.crash,
        "[member]": plan.member,
        "[documented]": plan.documented,
    }
    return frozenset(table for table, value in there.items() if value)


def demand(plan: Plan, stems: Sequence[str]) -> Plan:
    """Return a plan that speaks of no other patches than those of the series.

    Raises:
        InputError: it names one that is none of them.
    """
    named = (*(each.patch for each in plan.waivers if each.patch), *(plan.coverage.patches if plan.coverage else ()))
    for stem in named:
        if stem not in stems:
            raise InputError(f"{FILE}: there is no patch '{stem}'", hint=f"series.toml has {', '.join(stems)}")
    return plan

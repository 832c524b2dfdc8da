# SPDX-License-Identifier: GPL-2.0-only
"""Is a choice uniform? Pearson's chi-squared test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def histogram(places: Sequence[float], bins: int) -> tuple[int, ...]:
    """Count numbers from 0 to 1, the 1 left out, in bins of equal width."""
    counts = [0] * bins
    for place in places:
        counts[int(place * bins)] += 1
    return tuple(counts)


def p_value(counts: Sequence[float]) -> float:
    """Return how likely a uniform choice would fill equal bins at least as unevenly.

    Args:
        counts: an odd number of bins, so that the degrees of freedom are even and the tail has a closed form:
            exp(-x/2) times the first n/2 terms of the series of exp(x/2).
    """
    if len(counts) % 2 == 0 or not sum(counts):
        raise ValueError("an odd number of bins that are not all empty")
    expected = sum(counts) / len(counts)
    half = sum((count - expected) ** 2 for count in counts) / expected / 2
    terms = (math.exp(i * math.log(half) - math.lgamma(i + 1) - half) for i in range(len(counts) // 2))
    return math.fsum(terms) if half else 1.0

# SPDX-License-Identifier: GPL-2.0-only
"""How many examples a law is tried on: a quarter of them where somebody waits, all of them in `make test`.

`pytest --hypothesis-profile=thorough` chooses all of them. Which ones they are does not change from run to run.
"""

from __future__ import annotations

from hypothesis import settings

QUICK, THOROUGH = "quick", "thorough"
USUAL = 50
"""Of a law that says no number."""
SHARE = 4
FEWEST = 6


def register() -> None:
    """Make both profiles known to hypothesis, and let the quick one count unless another is chosen."""
    for name, most in ((QUICK, USUAL // SHARE), (THOROUGH, USUAL)):
        settings.register_profile(name, derandomize=True, deadline=None, max_examples=most)
    settings.load_profile(QUICK)


def examples(most: int) -> int:
    """Return how many examples there are of a law that wants so many in `make test`."""
    thorough = settings.default is not None and settings.default.max_examples == USUAL
    return most if thorough else max(most // SHARE, min(most, FEWEST))

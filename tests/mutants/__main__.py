# SPDX-License-Identifier: GPL-2.0-only
"""`make mutants`: break each rule of the series, and show what says so; exit with 1 where nothing does.

Words on the command line choose: rules (R07), checks (kunit), or `fast`; the name of a series, `crash-dm-crypt`, chooses
among those of that one.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from generator.bases import find
from patchset.loader import known, load
from respin.options import default_cache
from tests.mutants.mutant import SERIES, catch, mutants

if TYPE_CHECKING:
    from tests.mutants.mutant import Mutant

BASE = "debian:6.1"


def main() -> int:
    """Run them one after another, a line each."""
    cache = default_cache()
    base = find(BASE, cache, print)
    jobs = len(os.sched_getaffinity(0))
    escaped = 0
    words = sys.argv[1:]
    series = next((word for word in words if word in known()), SERIES)
    for mutant in chosen([word for word in words if word != series], series):
        began = time.monotonic()
        caught = catch(mutant, base, cache, jobs, load(series))
        escaped += not caught.how
        result = f"caught: {caught.how}" if caught.how else f"ESCAPED: {caught.told}"
        took = time.monotonic() - began
        print(f"{mutant.rule} {mutant.file}: {mutant.check}, {took:.0f} s, {result}", flush=True)
    return int(bool(escaped))


def chosen(words: list[str], series: str) -> list[Mutant]:
    """Return those of a series that the words name; all of them where there is no word."""
    named = [
        each
        for each in mutants(series)
        if not words or {each.rule, each.check} & {*words} or (each.fast and "fast" in words)
    ]
    if not named:
        sys.exit(f"there is no mutant of {' '.join(words)}")
    return named


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-only
"""`make mutants`: break each rule of the series, and show what says so; exit with 1 where nothing does.

Words on the command line choose: rules (R07), checks (kunit), or `fast`.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from generator.bases import find
from respin.options import default_cache
from tests.mutants.mutant import catch, mutants

if TYPE_CHECKING:
    from tests.mutants.mutant import Mutant

BASE = "debian:6.1"


def main() -> int:
    """Run them one after another, a line each."""
    cache = default_cache()
    base = find(BASE, cache, print)
    jobs = len(os.sched_getaffinity(0))
    escaped = 0
    for mutant in chosen(sys.argv[1:]):
        began = time.monotonic()
        caught = catch(mutant, base, cache, jobs)
        escaped += not caught.how
        result = f"caught: {caught.how}" if caught.how else f"ESCAPED: {caught.told}"
        took = time.monotonic() - began
        print(f"{mutant.rule} {mutant.file}: {mutant.check}, {took:.0f} s, {result}", flush=True)
    return int(bool(escaped))


def chosen(words: list[str]) -> list[Mutant]:
    """Return those that the words name; all of them where there is no word."""
    named = [
        each for each in mutants() if not words or {each.rule, each.check} & {*words} or (each.fast and "fast" in words)
    ]
    if not named:
        sys.exit(f"there is no mutant of {' '.join(words)}")
    return named


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-only
"""How well tools carry patches from kernel to kernel, measured against what Debian's maintainers did: `make bench-import`.

1. Debian's two kernels and their patches become one repository (`tests.importbench.corpus`).
2. Each of the 65 patches that both have is carried by each tool, forth and back, and its tree compared with Debian's.
   So are those that two versions of u-boot have: respin was not made with these at hand.
3. respin imports each whole series and renders it where it comes from: every tree is the same.
4. The CPU time of import and rendering is compared with that of `git am -3`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from generator.temporary import temporary
from respin.options import default_cache
from tests.importbench import corpus, ours, speed
from tests.importbench.difference import GROUPS
from tests.importbench.judge import EXCUSES, REFUSED, RIGHT, VERDICTS, WRONG, Verdict, judge
from tests.importbench.rivals import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.importbench.corpus import Case, Corpus

OURS = "respin"


def main() -> int:
    """Measure what is asked for; exit with 1 where respin is wrong, or a promise not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--at", type=Path, default=default_cache() / "bench-import", help="where the corpus lies, or is made"
    )
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--ours", action="store_true", help="leave the other tools out")
    parser.add_argument("--cases", action="store_true", help="leave round trips and times out")
    parser.add_argument("--refusals", type=Path, help="a file that takes the table of what respin refused, and why")
    chosen = parser.parse_args()
    made = corpus.opened(chosen.at.absolute(), default_cache(), lambda text: print(text, file=sys.stderr))
    bad = 0
    refusals: list[str] = []
    for number, (pair, cases) in enumerate(made.pairs.items()):
        some = [one for one in cases if chosen.only in one.name]
        old, new = pair.split(" -> ")
        ways = {pair: some, f"{new} -> {old}": [one.turned() for one in some]}
        broken = [_table(made, way, each, refusals, rivals=not chosen.ours) for way, each in ways.items()]
        bad += broken[0] if number == 0 else 0
    if chosen.refusals:
        chosen.refusals.write_text("".join(refusals), "utf-8")
    if not chosen.cases:
        bad += _trips(made)
        bad += speed.told(made)
    return int(bad > 0)


def _table(made: Corpus, way: str, cases: list[Case], refusals: list[str], *, rivals: bool) -> int:
    """Print a row a tool, and keep what respin refuses; return how many promises respin broke."""
    sizes = Counter(one.group for one in cases)
    print(
        f"\n{way}: right/refused/wrong{'':21}"
        + "  ".join(f"{words}: {sizes[group]}" for group, words in GROUPS.items())
    )
    for name, tool in TOOLS.items() if rivals else ():
        _row(name, cases, [judge(made.repository, one, tool(made.repository, one)) for one in cases])
    found = [_ours(made, one) for one in cases]
    _row(OURS, cases, found)
    for case, verdict in zip(cases, found, strict=True):
        if verdict.word != RIGHT:
            print(f"  {verdict.word} {case.name} ({case.group}) {verdict.note}")
            print("".join(f"      {row}\n" for row in verdict.said.rstrip().splitlines()), end="")
    refused = [(one, verdict) for one, verdict in zip(cases, found, strict=True) if verdict.word == REFUSED]
    refusals += [f"{way}: {one.name} ({one.group})\n{verdict.said.rstrip()}\n\n" for one, verdict in refused]
    return sum(_broken(case, verdict) for case, verdict in zip(cases, found, strict=True))


def _broken(case: Case, verdict: Verdict) -> bool:
    """Return whether a promise is broken: nothing wrong that is no matter of taste, and the same change always right."""
    return (verdict.word == WRONG and verdict.note not in EXCUSES) or (
        case.group != "other change" and verdict.word != RIGHT
    )


def _ours(made: Corpus, case: Case) -> Verdict:
    work = ours.clone(made.repository, made.folder / "work")
    with temporary(made.folder) as room:
        tree, said = ours.carried(work, case, room)
    return judge(work / ".git", case, tree, said)


def _row(name: str, cases: list[Case], found: Iterable[Verdict]) -> None:
    counted = Counter((case.group, verdict.word) for case, verdict in zip(cases, found, strict=True))
    cells = ("/".join(str(counted[group, word]) for word in VERDICTS) for group in GROUPS)
    print(f"{name:45}" + "  ".join(f"{cell:12}" for cell in cells), flush=True)


def _trips(made: Corpus) -> int:
    """Print the round trips; return how many are not exact."""
    work = ours.clone(made.repository, made.folder / "work")
    bad = 0
    for kernel, series in made.series.items():
        with temporary(made.folder) as room:
            equal, cpu, said = ours.round_trip(work, series, room)
        print(f"round trip of {kernel}: {equal} of {len(series)} trees are the same; import {cpu:.1f} CPU-s")
        if equal != len(series):
            print(said)
            bad += 1
    return bad


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-only
"""What a whole proof costs, beside what it cost at an earlier commit, in turns: `make bench-hour`.

Each commit is cloned, installed and run with a cache of its own that holds the imported base and nothing else. Figures are
medians over the turns. An hour and more a turn on two cores; nothing else should run.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from respin.options import default_cache
from tests.bench import BASE, FRAGMENT

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = "2b5a239"
OLD_FRAGMENT = ("4-protect/hotplug.c.j2", "It cannot be read", "It can not be read")
"""What FRAGMENT is there."""
KEPT = ("apt", "bases")
"""What of the cache is there before: the imported sources."""
LIMITS = {"cold": 0.35, "changed": 0.35, "crash": 0.35, "test": 0.6, "memory": 1.0}
"""The row, and how much of the earlier commit's cost is allowed."""
TITLES = {
    "cold": "respin run, nothing built, CPU-s",
    "changed": "the same after a changed text in a fragment of patch 4, CPU-s",
    "crash": "respin crash, kernels built, seconds",
    "test": "make test, nothing built, seconds",
    "memory": "peak memory of respin run without guests, MiB",
}
GUESTS = "kunit,coverage,debug-config,crash"


class Cost(NamedTuple):
    """What a command took: seconds, CPU seconds of all its processes, and MiB of the largest of them."""

    wall: float
    cpu: float
    memory: float


class Checkout(NamedTuple):
    """A commit of respin that is installed, with a cache of its own.

    Attributes:
        folder: its clone.
        room: for caches.
        fragment: a file of the series, a text in it, and what takes its place.
    """

    folder: Path
    room: Path
    fragment: tuple[str, str, str]

    def cache(self, name: str) -> Path:
        """Return a new cache with the imported sources in it."""
        cache = self.room / name
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        for each in KEPT:
            if (default_cache() / each).exists():
                shutil.copytree(default_cache() / each, cache / each, symlinks=True)
        return cache

    def respin(self, cache: Path, *arguments: str) -> Cost:
        """Run respin; an exit code beyond 1 is an error, as then the work was not done."""
        return spent([str(self.folder / ".venv/bin/respin"), "--cache", str(cache), *arguments], self.folder, most=1)


def spent(argv: list[str], folder: Path, *, most: int = 0) -> Cost:
    """Run a command and return what it took.

    Raises:
        subprocess.CalledProcessError: its exit code is greater than `most`.
    """
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=2);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    cpu, memory, status = done.stdout.split()
    if int(status) > most:
        raise subprocess.CalledProcessError(int(status), argv)
    return Cost(time.monotonic() - began, float(cpu), float(memory) / 1024)


def measured(one: Checkout, rows: set[str]) -> dict[str, float]:
    """Return a figure for each row that is asked for."""
    found = {}
    if rows & {"cold", "changed", "crash"}:
        cache = one.cache("run")
        found["cold"] = one.respin(cache, "run", BASE).cpu
        if "crash" in rows:
            one.respin(cache, "crash", BASE)
            found["crash"] = one.respin(cache, "crash", BASE).wall
        if "changed" in rows:
            name, old, new = one.fragment
            (file,) = one.folder.glob(f"templates/c/**/{name}")
            text = file.read_text("utf-8")
            file.write_text(text.replace(old, new, 1), "utf-8")
            found["changed"] = one.respin(cache, "run", BASE).cpu
            file.write_text(text, "utf-8")
    if "memory" in rows:
        found["memory"] = one.respin(one.cache("memory"), "run", BASE, "--skip", GUESTS).memory
    if "test" in rows:
        cache = one.cache("test/.cache/respin")
        home = cache.parents[1]
        found["test"] = spent(["env", f"HOME={home}", f"XDG_CACHE_HOME={home}/.cache", "make", "test"], one.folder).wall
    return {name: value for name, value in found.items() if name in rows}


def installed(commit: str, room: Path, fragment: tuple[str, str, str]) -> Checkout:
    """Clone a commit and install it."""
    folder = room / commit / "clone"
    subprocess.run(["git", "clone", "--quiet", str(Path(__file__).parents[1]), str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "checkout", "--quiet", "--detach", commit], check=True)
    subprocess.run(["make", "setup"], cwd=folder, check=True, stdout=sys.stderr)
    return Checkout(folder, room / commit, fragment)


def compared(
    sides: tuple[Checkout, Checkout],
    rows: set[str],
    turns: int,
    measure: Callable[[Checkout, set[str]], dict[str, float]],
) -> dict[str, tuple[float, float]]:
    """Return the median of each row for both sides, which take turns."""
    taken: dict[str, tuple[list[float], list[float]]] = {row: ([], []) for row in rows}
    for _ in range(turns):
        for number, side in enumerate(sides):
            for row, value in measure(side, rows).items():
                taken[row][number].append(value)
    return {row: (statistics.median(old), statistics.median(new)) for row, (old, new) in taken.items()}


def main() -> int:
    """Measure; exit with 1 where a row costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(LIMITS))
    parser.add_argument("--old", default=OLD, help="the commit to compare with")
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    rows = set(asked.rows or LIMITS)
    if unknown := rows - LIMITS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as room:
        sides = installed(asked.old, Path(room), OLD_FRAGMENT), installed("HEAD", Path(room), FRAGMENT)
        told = compared(sides, rows, asked.turns, measured)
    bad = False
    for row in (row for row in LIMITS if row in told):
        old, new = told[row]
        bad |= new > LIMITS[row] * old
        print(f"{TITLES[row]:64} {old:8.0f} {new:8.0f}  {new / old:5.2f}  limit {LIMITS[row]:.2f}")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-only
"""The CPU time of carrying a whole series to another kernel: respin's import and rendering, and `git am -3`."""

from __future__ import annotations

import resource
import shutil
import subprocess
from typing import TYPE_CHECKING

from generator.temporary import temporary
from tests.importbench import ours

if TYPE_CHECKING:
    from pathlib import Path

    from tests.importbench.corpus import Corpus

PERSON = ("-c", "user.name=B", "-c", "user.email=b@example.org", "-c", "commit.gpgsign=false", "-c", "gc.auto=0")
SHARE, ONE = 0.5, 0.1
"""Import and rendering of a whole series, of `git am -3`; CPU seconds a patch."""


def told(made: Corpus) -> int:
    """Print the times; return how many promises are broken."""
    series, target = made.series["6.1"], made.series["6.12"][0].base
    work = ours.clone(made.repository, made.folder / "work")
    with temporary(made.folder) as room:
        theirs, took = _git_am(work, f"{series[0].base}..{series[-1].commit}", target, room)
        folder = room / "series"
        spec = f"{series[0].base}..{series[-1].commit}"
        first = ours.respin("import", spec, "--on", f"{work}@{series[0].base}", "--as", str(folder), cwd=work)
        second = ours.respin("render", f"{work}@{target}", "--series", str(folder), cwd=work)
    mine = first.cpu + second.cpu
    each = mine / len(series)
    print(f"git am -3 of {len(series)} patches on 6.12: {theirs:.1f} CPU-s, took {took}")
    print(f"respin import {first.cpu:.1f} CPU-s, render {second.cpu:.1f}: {mine / theirs:.2f} of git's, limit {SHARE}")
    print(f"a patch {each:.3f} CPU-s, limit {ONE}")
    return (mine / theirs > SHARE) + (each > ONE)


def _git_am(work: Path, spec: str, target: str, room: Path) -> tuple[float, int]:
    """Apply the mails of a range to another commit, leaving out what fails; return the CPU seconds and how many it took."""
    tree = room / "tree"
    _run("git", "-C", str(work), "worktree", "add", "--quiet", "--detach", str(tree), target)
    try:
        mails = room / "mails"
        _run("git", "-C", str(work), "format-patch", "--quiet", "--full-index", "--binary", "-o", str(mails), spec)
        files = [str(file) for file in sorted(mails.iterdir())]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        git = ("git", "-C", str(tree), *PERSON)
        code = _run(*git, "am", "--quiet", "-3", *files, check=False)
        while code:
            code = _run(*git, "am", "--quiet", "--skip", check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        count = ("git", "-C", str(tree), "rev-list", "--count", f"{target}..HEAD")
        took = int(subprocess.run(count, check=True, capture_output=True, text=True).stdout)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        _run("git", "-C", str(work), "worktree", "prune")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def _run(*argv: str, check: bool = True) -> int:
    quiet = subprocess.DEVNULL
    return subprocess.run(argv, check=check, stdin=quiet, stdout=quiet, stderr=quiet if not check else None).returncode

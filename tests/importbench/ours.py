# SPDX-License-Identifier: GPL-2.0-only
"""respin, started as its users start it: a range imported on its base, and rendered on another."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.git import git, line
from tests.importbench.history import tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.importbench.corpus import Case
    from tests.importbench.history import Applied

RESPIN = (sys.executable, "-m", "respin")
FOUND, USAGE = 1, 2
SECONDS = 1800.0


@dataclass(frozen=True)
class Done:
    """A command of respin, ended.

    Attributes:
        code: its exit code.
        said: what it wrote to standard error, or to standard output where that is empty.
        cpu: seconds, user and system, of it and of all that it waited for.
    """

    code: int
    said: str
    cpu: float

    @property
    def broken(self) -> bool:
        """True where it neither did it nor refused."""
        return self.code not in {0, FOUND, USAGE} or "Traceback" in self.said


class BrokenError(Exception):
    """respin ended as no command may."""


def respin(*argv: str, cwd: Path) -> Done:
    """Run a command of respin.

    Raises:
        BrokenError: it ended with a traceback, or as if the machine was at fault.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*RESPIN, *argv], check=False, stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd, timeout=SECONDS
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ended = Done(done.returncode, (done.stderr or done.stdout).decode("utf-8", "replace"), cpu)
    if ended.broken:
        raise BrokenError(f"respin {' '.join(argv)} ended with {ended.code}:\n{ended.said}")
    return ended


def clone(repository: Path, folder: Path) -> Path:
    """Return a repository with the same objects that refs can be made in."""
    if not folder.is_dir():
        git(
            repository,
            "clone",
            "--quiet",
            "--shared",
            "--no-checkout",
            str(repository.absolute()),
            str(folder.absolute()),
        )
    return folder


def carried(work: Path, case: Case, room: Path) -> tuple[str | None, str]:
    """Import a patch and render it on the new base; return the tree, or None and what respin said.

    Args:
        work: a clone with the commits.
        case: the patch and its bases.
        room: an empty folder for the definition.
    """
    folder = room / "series"
    made = respin(
        "import", f"{case.old_base}..{case.patch}", "--on", f"{work}@{case.old_base}", "--as", str(folder), cwd=work
    )
    if made.code:
        return None, made.said
    ref = "bench/carried"
    done = respin("render", f"{work}@{case.new_base}", "--series", str(folder), "--ref", ref, "--force", cwd=work)
    return (None, done.said) if done.code else (tree_of(work / ".git", ref), "")


def round_trip(work: Path, series: list[Applied], room: Path) -> tuple[int, float, str]:
    """Import a whole series and render it where it comes from.

    Returns:
        How many of its commits have the same tree, the CPU seconds of the import, and what respin said.
    """
    folder, base, last = room / "series", series[0].base, series[-1].commit
    made = respin("import", f"{base}..{last}", "--on", f"{work}@{base}", "--as", str(folder), cwd=work)
    if made.code:
        return 0, made.cpu, made.said
    done = respin("render", f"{work}@{base}", "--series", str(folder), "--ref", "bench/round", "--force", cwd=work)
    if done.code:
        return 0, made.cpu, done.said
    trees = git(work / ".git", "log", "--reverse", "--format=%T", f"{base}..bench/round").text.split()
    wanted = [line(work / ".git", "rev-parse", f"{one.commit}^{{tree}}") for one in series]
    equal = sum(one == other for one, other in zip(trees, wanted, strict=False))
    return (equal if len(trees) == len(wanted) else 0), made.cpu, done.said

# SPDX-License-Identifier: GPL-2.0-only
"""The tools that people have: git apply, GNU patch and git cherry-pick, each without a work tree of a whole kernel.

A tool gives the tree that it leaves, or None where it says that it cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.git import as_respin, git
from generator.process import run
from generator.temporary import temporary
from tests.importbench.history import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.importbench.corpus import Case

    Tool = Callable[[Path, Case], str | None]

SECONDS = 120.0
DATE = "2026-01-01T00:00:00+0000"


def git_apply(repository: Path, case: Case) -> str | None:
    """Apply the patch with git apply, which takes no fuzz."""
    with temporary(repository.parent) as room:
        index = {"GIT_INDEX_FILE": str(room / "index")}
        git(repository, "read-tree", case.new_base, env=index)
        argv = ("apply", "--cached", "--whitespace=nowarn", "-")
        if git(repository, *argv, stdin=_patch(repository, case), env=index, check=False).returncode:
            return None
        return git(repository, "write-tree", env=index).text.strip()


def strict_patch(repository: Path, case: Case) -> str | None:
    """Apply the patch with GNU patch as dpkg-source does: all of its context has to be there."""
    return _gnu_patch(repository, case, fuzz=0)


def fuzzy_patch(repository: Path, case: Case) -> str | None:
    """Apply the patch with GNU patch as quilt does."""
    return _gnu_patch(repository, case, fuzz=2)


def cherry_pick(repository: Path, case: Case) -> str | None:
    """Merge as git cherry-pick does: what the patch changes into the new base, with the old base as the ancestor."""
    tree = tree_of(repository, case.new_base)
    ours = git(repository, "commit-tree", tree, "-p", case.old_base, "-m", "new", env=as_respin(DATE)).text.strip()
    done = git(repository, "merge-tree", "--write-tree", "--no-messages", ours, case.patch, check=False)
    return done.text.split()[0] if done.returncode == 0 else None


TOOLS: dict[str, Tool] = {
    "git apply": git_apply,
    "patch -F0": strict_patch,
    "patch -F2, quilt's default": fuzzy_patch,
    "git cherry-pick (ort)": cherry_pick,
}


def _gnu_patch(repository: Path, case: Case, *, fuzz: int) -> str | None:
    """Run patch on the files that it touches, and put what it leaves into an index."""
    paths = git(repository, "diff", "--no-renames", "--name-only", "-z", case.old_base, case.patch).text.split("\0")[
        :-1
    ]
    with temporary(repository.parent) as room:
        work, index = room / "work", {"GIT_INDEX_FILE": str(room / "index"), "GIT_WORK_TREE": str(room / "work")}
        work.mkdir()
        git(repository, "read-tree", case.new_base, env=index)
        there = git(repository, "ls-files", "-z", "--", *(f":(top,literal){one}" for one in paths), env=index).text
        git(repository, "checkout-index", "-z", "--stdin", f"--prefix={work}/", stdin=there.encode(), env=index)
        argv = ["patch", "-p1", f"-F{fuzz}", "-t", "-N", "-E", "-s", "-u", "-V", "never", "--reject-file=-"]
        done = run(argv, seconds=SECONDS, cwd=work, stdin=_patch(repository, case), check=False)
        if done.returncode:
            return None
        git(
            repository, "update-index", "--add", "--remove", "-z", "--stdin", stdin="\0".join(paths).encode(), env=index
        )
        return git(repository, "write-tree", env=index).text.strip()


def _patch(repository: Path, case: Case) -> bytes:
    return git(repository, "diff", "--no-renames", "--binary", "--full-index", case.old_base, case.patch).stdout

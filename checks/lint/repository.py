# SPDX-License-Identifier: GPL-2.0-only
"""The repository that mails or a range are judged by: the user's own, which is only read, and one that borrows from it.

Commits, files and patches are looked at in the borrowing one, which lies in the temporary folder and knows none of the
user's settings, hooks and attributes; what they would change of git's answers, they cannot. Names are the user's: what
`main` is, and what a tag contains, is asked where the names are.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from generator import theirs
from generator.git import git
from generator.store import borrowed
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Repository(NamedTuple):
    """One repository, as it is judged by.

    Attributes:
        names: the user's: its branches, tags and remote branches count.
        objects: a bare one that has all objects of it; what git writes, it writes there.
    """

    names: Path
    objects: Path

    @property
    def ends(self) -> frozenset[str]:
        """The commits behind which a shallow clone has nothing, so that what is not here may be elsewhere."""
        file = self.objects / "shallow"
        return frozenset(file.read_text("ascii").split()) if file.is_file() else frozenset()

    def contained(self, commit: str, revisions: Iterable[str]) -> bool:
        """Whether one of some revisions contains a commit.

        Raises:
            InputError: there is no such revision.
        """
        tips = [theirs.resolve_commit(self.names, one) for one in revisions]
        return any(self.descends(one, commit) for one in tips)

    def descends(self, commit: str, ancestor: str) -> bool:
        """Whether a commit contains another, or is it."""
        done = git(self.objects, "merge-base", "--is-ancestor", ancestor, commit, check=False)
        return done.returncode == 0


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Repository]:
    """Open the repository that a folder is, or is in.

    Raises:
        InputError: it is in none, or in one of somebody whom the user has not told git to trust.
        InfrastructureError: git cannot use it, or the temporary folder takes nothing.
    """
    names = theirs.above(folder)
    if names is None:
        raise InputError(f"{folder} is not a git repository", hint="--repository DIR names another one")
    with found(names) as repository:
        yield repository


@contextlib.contextmanager
def found(names: Path) -> Iterator[Repository]:
    """Open a repository that `theirs.above` has found.

    Raises:
        InfrastructureError: the temporary folder takes nothing.
    """
    with borrowed(names) as objects:
        yield Repository(names, objects)

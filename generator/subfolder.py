# SPDX-License-Identifier: GPL-2.0-only
"""A kernel in a folder of a repository: REV:FOLDER, as git writes it.

Its files become the whole of a commit in a repository of ours, which borrows the objects of the other one. So the rest
of respin sees a kernel tree like any other; its patches have paths from that folder on.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from generator import theirs
from generator.git import as_respin, git, init, kind_of
from generator.lock import locked
from generator.objects import date_of
from generator.store import borrow
from patchset.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Say

_REVISION = re.compile(r"(?P<revision>(?:[^:{\s]|\{[^}]*\})+):(?P<folder>.*)", re.DOTALL)
"""A revision has colons within braces, `HEAD^{/x86: fix}`, and as its first letter, `:/x86`."""


class Split(NamedTuple):
    """REV:FOLDER in its parts.

    Attributes:
        revision: what stands before the colon.
        folder: what stands behind it, without slashes at its ends; empty for the whole of the revision.
    """

    revision: str
    folder: str


def split(words: str) -> Split:
    """Tell a revision from a folder of it."""
    found = _REVISION.fullmatch(words)
    if found is None:
        return Split(words, "")
    return Split(found["revision"], "/".join(part for part in found["folder"].split("/") if part not in {"", "."}))


def committed(origin: Path, commit: str, folder: str, cache: Path, say: Say) -> tuple[Path, str]:
    """Return a repository in the cache, and the id of a commit in it whose files are those of a folder.

    Args:
        origin: the repository that has the folder.
        commit: the full id of the commit there.
        folder: from the top of the commit.
        cache: respin's cache folder.
        say: takes lines that tell what is being waited for.

    Raises:
        InputError: the commit has no such folder.
        InfrastructureError: the repository cannot be made.
    """
    tree = theirs.line(origin, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:{folder}")
    if not tree or theirs.line(origin, "cat-file", "-t", tree) != "tree":
        raise InputError(f"{origin} has no folder '{folder}' in {commit[:12]}", hint=_near(origin, commit, folder))
    kind = kind_of(commit)
    name = hashlib.sha256(os.fsencode(origin.resolve()) + kind.encode()).hexdigest()[:24]
    repository = cache / "bases" / "folders" / f"{name}.git"
    with locked(cache, f"folders of {origin.resolve()}", say):
        repository.parent.mkdir(parents=True, exist_ok=True)
        if not (repository / "HEAD").is_file():
            init(repository, kind)
        borrow(repository, origin)
        when = f"@{date_of(theirs.git(origin, 'cat-file', 'commit', commit).stdout)} +0000"
        message = f"{folder} of {commit}\n".encode("utf-8", "surrogateescape")
        return repository, git(repository, "commit-tree", tree, stdin=message, env=as_respin(when)).text.strip()


def _near(origin: Path, commit: str, folder: str) -> str:
    """Return a hint that names the folders with the most similar names beside one that is not there."""
    import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

    above, _, name = folder.rpartition("/")
    inside = f"{above}/" if above else ""
    done = theirs.git(origin, "ls-tree", "-d", "-z", "--name-only", commit, "--", inside or ".", check=False)
    there = [one.removeprefix(inside) for one in os.fsdecode(done.stdout).split("\0") if one]
    near = difflib.get_close_matches(name, there, n=1)
    return f"did you mean {inside}{near[0]}?" if near else ""

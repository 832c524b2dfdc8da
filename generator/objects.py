# SPDX-License-Identifier: GPL-2.0-only
"""The files of a commit, through one `git cat-file --batch` that lives as long as they are read.

1. A file is asked for as COMMIT:PATH; git looks it up, and follows links inside the commit.
2. Where git answers anything but a file, the trees on the way are read here, one after another: `missing` is what git
   says of a path that the commit does not have, and of an object that the repository does not have.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.links import PathKind, follow
from generator.process import died
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess

READER = ("cat-file", "--batch", "--follow-symlinks")
"""What answers a GitTree."""

_FOLDER, _LINK, _FILE = b"40000", b"120000", b"100"
"""Modes in a tree object; a file's are 100644 and 100755, and 100664 in old commits."""

_DAMAGED = "`git fsck` in it tells what else is; a clone made anew has everything"
_PARTIAL = "it is a partial clone: `git fetch --refetch --no-filter` in it brings what it lacks; respin fetches nothing"


class Entry(NamedTuple):
    """One entry of a tree object.

    Attributes:
        mode: as it stands there, e.g. 100644.
        sha: the full id of the object.
    """

    mode: bytes
    sha: str


class GitTree:
    """The files of one commit."""

    def __init__(self, process: subprocess.Popen[bytes], commit: str) -> None:
        self._process = process
        self._commit = commit
        self._folders: dict[str, dict[bytes, Entry]] = {}

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, through links inside the commit, or None where the commit has no such file.

        Raises:
            InputError: a link leads out of the commit, to nothing, or in circles.
            InfrastructureError: the repository lacks an object of the commit, or it is damaged.
        """
        found = None if "\n" in path else self._ask(f"{self._commit}:{path}", b"blob", path)
        return self._walk(path) if found is None else found

    def date(self) -> int:
        """Return the commit's date in seconds since the epoch."""
        return date_of(self._object(self._commit, b"commit", "the commit"))

    def _walk(self, path: str) -> bytes | None:
        """Look a path up in the commit's trees, one after another."""
        there = follow(path, self._look)
        entry = self._entry(there) if there else None
        return self._object(entry.sha, b"blob", path) if entry else None

    def _look(self, path: str) -> PathKind | str | None:
        """Tell what stands at a path without links."""
        entry = self._entry(path)
        if entry is None:
            return None
        if entry.mode == _LINK:
            return os.fsdecode(self._object(entry.sha, b"blob", path))
        if entry.mode == _FOLDER:
            return PathKind.FOLDER
        return PathKind.FILE if entry.mode.startswith(_FILE) else PathKind.OTHER

    def _entry(self, path: str) -> Entry | None:
        """Return the entry of a path whose folder is there."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = self._listed(folder)
        return self._folders[folder].get(os.fsencode(name))

    def _listed(self, folder: str) -> dict[bytes, Entry]:
        """Return the entries of a folder, which is there, by name; none of one that is something else."""
        if folder:
            above = self._entry(folder)
            sha = above.sha if above and above.mode == _FOLDER else ""
        else:
            sha = _tree_of(self._object(self._commit, b"commit", "the commit"))
        return _entries(self._object(sha, b"tree", f"{folder}/"), len(sha) // 2) if sha else {}

    def _object(self, sha: str, kind: bytes, what: str) -> bytes:
        """Return an object that must be there."""
        body = self._ask(sha, kind, what)
        if body is None:
            raise InfrastructureError(f"{what} cannot be read: the repository has no object {sha}", hint=_DAMAGED)
        return body

    def _ask(self, name: str, kind: bytes, what: str) -> bytes | None:
        """Return an object; None where git says anything else of its name."""
        if self._process.stdin is None or self._process.stdout is None:
            raise InfrastructureError("cannot open the pipes of git cat-file")
        try:
            self._process.stdin.write(os.fsencode(name) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died(what) from None
        header = self._process.stdout.readline().split()
        if not header:
            raise self._died(what)
        if not header[-1].isdigit():  # `missing`; else it is id, type and size, or what is wrong with a link and a size
            return None
        body = self._process.stdout.read(int(header[-1]))
        if self._process.stdout.read(1) != b"\n":
            raise self._died(what)
        return body if header[1:2] == [kind] else None

    def _died(self, what: str) -> InfrastructureError:
        """Say what git could not read, with its last words, in which the object's id stands."""
        error = died(self._process)
        hint = _PARTIAL if "promisor remote" in error.message else _DAMAGED
        return InfrastructureError(f"{what} cannot be read: {error.message}", hint=hint)


def date_of(commit: bytes) -> int:
    """Return the date of a commit object in seconds since the epoch; `git show` would read its whole tree for that."""
    found = re.search(rb"^committer .* (\d+) [+-]\d+$", commit.partition(b"\n\n")[0], re.MULTILINE)
    return int(found.group(1)) if found else 0


def _tree_of(commit: bytes) -> str:
    """Return the id of a commit's tree, which its first line names."""
    return commit.partition(b"\n")[0].removeprefix(b"tree ").decode("ascii", "replace")


def _entries(tree: bytes, width: int) -> dict[bytes, Entry]:
    """Return a tree object's entries by name: each is `MODE NAME`, a NUL, and an id of so many bytes."""
    found = re.findall(rb"(\d+) ([^\0]+)\0(.{%d})" % width, tree, re.DOTALL)
    return {name: Entry(mode, sha.hex()) for mode, name, sha in found}

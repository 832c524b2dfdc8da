# SPDX-License-Identifier: GPL-2.0-only
"""Mails applied to a base in order, with zero fuzz, in an index of their own: no work tree and no ref is touched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.git import git
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.process import Completed
    from generator.store import Store

BODY, PATCH, PROBE = "body", "patch", "probe"
"""What git mailinfo and we write, in a folder that nothing else is in but mails and an index."""
_DIFF = re.compile(rb"^(?:diff --git |--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE)
_UNREAD = re.compile(rb"^error: failed to read (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Index:
    """The files of a commit, on which mails are applied one by one.

    Attributes:
        store: has the commit, and takes what git writes.
        room: a folder for the index and for what is in a mail.
    """

    store: Store
    room: Path

    def git(
        self, *arguments: str, stdin: bytes = b"", check: bool = True, env: dict[str, str] | None = None
    ) -> Completed:
        """Run git on the store, with this index."""
        env = {"GIT_INDEX_FILE": str(self.room / "index"), **(env or {})}
        return git(self.store.repository, *arguments, stdin=stdin, check=check, env=env)

    def read(self, commit: str) -> None:
        """Begin with the files of a commit."""
        self.git("read-tree", commit)

    def write(self) -> str:
        """Return the id of the tree that the files make."""
        return self.git("write-tree").text.strip()

    def take(self, mail: bytes) -> dict[str, str] | None:
        """Apply one mail's patch, and return what git reads in its header; None where there is no patch.

        Raises:
            InputError: it does not apply.
            InfrastructureError: git could not tell: an object is not there, or the folder is full.
        """
        body, patch = self.room / BODY, self.room / PATCH
        told = self.git("mailinfo", "--encoding=UTF-8", str(body), str(patch), stdin=mail).text
        if not patch.is_file() or not _DIFF.search(patch.read_bytes()):
            self._probe(mail)
            return None
        facts = dict(row.partition(": ")[::2] for row in told.splitlines())
        applied = self.git("apply", "--cached", "--whitespace=nowarn", str(patch), check=False)
        if applied.returncode != 0:
            self._probe(mail)
            if unread := _UNREAD.search(applied.stderr):
                what = unread[1].decode("utf-8", "replace")
                why = f"{what} of the base cannot be read: the repository lacks the object"
                raise InfrastructureError(why, hint="a partial clone has it after `git fetch --refetch --no-filter`")
            if applied.died:
                raise InfrastructureError(applied.why())
            raise InputError(f"{facts.get('Subject', 'a patch')}: {applied.why()}")
        return facts

    def _probe(self, mail: bytes) -> None:
        """Tell a full disk from a bad patch: mailinfo ends with 0 on one, and leaves an empty patch (git 2.39.5)."""
        try:
            (self.room / PROBE).write_bytes(mail)
        except OSError as error:
            raise InfrastructureError(f"{self.room}: {error.strerror}") from None


def apply(mails: Sequence[bytes], store: Store) -> tuple[list[str], str]:
    """Apply mails to the store's base.

    Returns:
        The id of the tree behind each mail that applies, and why the next one does not; empty where all of them do.

    Raises:
        InfrastructureError: it is not the mail's fault: an object is not there, a disk is full.
    """
    trees: list[str] = []
    with temporary() as room:
        index = Index(store, room)
        index.read(store.base)
        for mail in mails:
            try:
                told = index.take(mail)
            except InputError as error:
                return trees, error.message
            if told is None:
                return trees, "it holds no patch"
            trees.append(index.write())
    return trees, ""

# SPDX-License-Identifier: GPL-2.0-only
"""The previous version of a series, as a ref or as an mbox, and the range-diff against it (S08)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING

from generator.git import git, line
from generator.temporary import temporary
from generator.theirs import resolve_commit
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.base import Base
    from generator.process import Completed
    from generator.store import Store

MOST = 100
"""No series is longer; a range that is, is another base's history."""
BODY, PATCH, PROBE = "body", "patch", "probe"
"""What git mailinfo and we write, in a folder that nothing else is in but mails and an index."""
_DIFF = re.compile(rb"^(?:diff --git |--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE)
_UNREAD = re.compile(rb"^error: failed to read (.+)$", re.MULTILINE)
_PAIR = re.compile(r"^ *\d+: +[0-9a-f]+ [=!] +\d+: +[0-9a-f]+ ", re.MULTILINE)
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{40,64})\s*$", re.MULTILINE)
_FIXED = {
    "GIT_COMMITTER_NAME": "respin",
    "GIT_COMMITTER_EMAIL": "respin@localhost",
    "GIT_COMMITTER_DATE": "@0 +0000",
    "GIT_AUTHOR_DATE": "@0 +0000",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Commits: those that `tip` has and `base` has not.

    Attributes:
        base: a full id.
        tip: a full id.
    """

    base: str
    tip: str

    def __str__(self) -> str:
        """Write it as git takes it."""
        return f"{self.base}..{self.tip}"


def find(given: str, base: Base, store: Store) -> Range:
    """Find a previous version: an mbox file, `REF` or `A..B` of the base's repository.

    Raises:
        InputError: it is none of them, or its mails do not apply.
    """
    if Path(given).is_file():
        return _from_mails(Path(given), store)
    if base.repository is None:
        raise InputError(f"there is no file {given}, and {base.spec} is a plain directory and has no refs")
    start, dots, end = given.partition("..")
    tip = resolve_commit(base.repository, end if dots else given)
    first = resolve_commit(base.repository, start) if dots else line(store.repository, "merge-base", store.base, tip)
    if not first:
        raise InputError(f"{given} has no commit in common with the base", hint="--previous takes A..B too")
    count = int(git(store.repository, "rev-list", "--count", f"{first}..{tip}").text)
    if not 0 < count <= MOST:
        hint = "give the range itself: --previous BASE-OF-IT..TIP"
        raise InputError(f"{given} is {count} commits behind {first[:12]}, which is not a patch series", hint=hint)
    return Range(first, tip)


def range_diff(store: Store, before: Range, now: Range) -> str:
    """Return what git range-diff says.

    Raises:
        InputError: no patch of the one is like any of the other.
    """
    said = git(store.repository, "range-diff", "--no-color", "--no-dual-color", str(before), str(now)).text
    if not _PAIR.search(said):
        raise InputError(
            "the previous version has no patch in common with this one",
            hint="is --previous the series that was posted before?",
        )
    return said


def apply(mails: Sequence[bytes], store: Store) -> tuple[list[str], str]:
    """Apply mails to the store's base in order and with zero fuzz, in an index of their own.

    Returns:
        The id of the tree behind each mail that applies, and why the next one does not; empty where all of them do.

    Raises:
        InfrastructureError: it is not the mail's fault: an object is not there, a disk is full.
    """
    trees: list[str] = []
    with temporary() as room:
        _git(store, room, "read-tree", store.base)
        for mail in mails:
            try:
                told = _patched(store, room, mail)
            except InputError as error:
                return trees, error.message
            if told is None:
                return trees, "it holds no patch"
            trees.append(_git(store, room, "write-tree").text.strip())
    return trees, ""


def patch_ids(store: Store, commits: Range) -> list[str]:
    """Return the patch id of each commit, in order (S07)."""
    log = git(store.repository, "log", "--reverse", "-p", "--full-index", str(commits)).stdout
    return [row.split()[0] for row in git(store.repository, "patch-id", "--stable", stdin=log).text.splitlines()]


def _from_mails(mbox: Path, store: Store) -> Range:
    """Commit the patches of an mbox on the base that they name, or on this one: in an index of their own."""
    with temporary() as room:
        split = _git(store, room, "mailsplit", f"-o{room}", "--", str(mbox.resolve()), check=False)
        mails = sorted(one for one in room.iterdir() if one.name.isdigit())
        if split.returncode != 0 or not mails:
            raise InputError(f"{mbox} is not a mailbox: {split.why()}")
        start = _named_base([one.read_bytes() for one in mails], store) or store.base
        _git(store, room, "read-tree", start)
        tip = start
        for mail in mails:
            tip = _commit(store, room, mail.read_bytes(), tip)
        if tip == start:
            raise InputError(f"{mbox} holds no patch")
    return Range(start, tip)


def _named_base(mails: Sequence[bytes], store: Store) -> str:
    named = [found.group(1).decode() for mail in mails if (found := _BASE.search(mail))]
    known = (line(store.repository, "rev-parse", "--verify", "--quiet", f"{one}^{{commit}}") for one in named)
    return next((one for one in known if one), "")


def _patched(store: Store, room: Path, mail: bytes) -> dict[str, str] | None:
    """Apply one mail's patch to the index, and return what git reads in its header; None where there is no patch.

    Raises:
        InputError: it does not apply.
        InfrastructureError: git could not tell: an object is not there, or the folder is full.
    """
    told = _git(store, room, "mailinfo", "--encoding=UTF-8", str(room / BODY), str(room / PATCH), stdin=mail).text
    if not (room / PATCH).is_file() or not _DIFF.search((room / PATCH).read_bytes()):
        _probe(room, mail)
        return None
    facts = dict(row.partition(": ")[::2] for row in told.splitlines())
    applied = _git(store, room, "apply", "--cached", "--whitespace=nowarn", str(room / PATCH), check=False)
    if applied.returncode != 0:
        _probe(room, mail)
        if unread := _UNREAD.search(applied.stderr):
            why = f"{unread[1].decode('utf-8', 'replace')} of the base cannot be read: the repository lacks the object"
            raise InfrastructureError(why, hint="a partial clone has it after `git fetch --refetch --no-filter`")
        if applied.died:
            raise InfrastructureError(applied.why())
        raise InputError(f"{facts.get('Subject', 'a patch')}: {applied.why()}")
    return facts


def _probe(room: Path, mail: bytes) -> None:
    """Tell a full disk from a bad patch: mailinfo ends with 0 on one, and leaves an empty patch (git 2.39.5)."""
    try:
        (room / PROBE).write_bytes(mail)
    except OSError as error:
        raise InfrastructureError(f"{room}: {error.strerror}") from None


def _commit(store: Store, room: Path, mail: bytes, parent: str) -> str:
    """Commit one mail's patch; a mail without one, as the cover is, is passed over."""
    try:
        facts = _patched(store, room, mail)
    except InputError as error:
        hint = "--previous takes a ref too, and an mbox that names its base-commit"
        raise InputError(f"the previous version does not apply: {error.message}", hint=hint) from None
    if facts is None:
        return parent
    tree = _git(store, room, "write-tree").text.strip()
    author = parseaddr(f"{facts.get('Author', '')} <{facts.get('Email', '')}>")
    who: dict[str, str | None] = {
        "GIT_AUTHOR_NAME": author[0] or "nobody",
        "GIT_AUTHOR_EMAIL": author[1] or "nobody@localhost",
    }
    message = f"{facts.get('Subject', '')}\n\n".encode() + (room / BODY).read_bytes()
    return _git(store, room, "commit-tree", tree, "-p", parent, stdin=message, env=who).text.strip()


def _git(
    store: Store,
    room: Path,
    *arguments: str,
    stdin: bytes = b"",
    check: bool = True,
    env: dict[str, str | None] | None = None,
) -> Completed:
    """Run git on the store with an index in the room."""
    index = {"GIT_INDEX_FILE": str(room / "index")}
    try:
        return git(store.repository, *arguments, stdin=stdin, check=check, env=_FIXED | index | (env or {}))
    except ValueError:  # a NUL in a name
        raise InfrastructureError("the previous version holds a name that no process takes") from None

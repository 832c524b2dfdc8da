# SPDX-License-Identifier: GPL-2.0-only
"""The previous version of a series, as a ref or as an mbox, and the range-diff against it (S08)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.applied import BODY, Index
from generator.git import as_respin, git, line
from generator.temporary import temporary
from generator.theirs import resolve_commit
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.base import Base
    from generator.store import Store

MOST = 100
"""No series is longer; a range that is, is another base's history."""
_PAIR = re.compile(r"^ *\d+: +[0-9a-f]+ [=!] +\d+: +[0-9a-f]+ ", re.MULTILINE)
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{40,64})\s*$", re.MULTILINE)

_CRUD = " .,:;<>\"\\'"
"""What git itself takes away at the ends of a name; one of nothing else it refuses."""


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


def patch_ids(store: Store, commits: Range) -> list[str]:
    """Return the patch id of each commit, in order (S07)."""
    log = git(store.repository, "log", "--reverse", "-p", "--full-index", str(commits)).stdout
    return [row.split()[0] for row in git(store.repository, "patch-id", "--stable", stdin=log).text.splitlines()]


def _from_mails(mbox: Path, store: Store) -> Range:
    """Commit the patches of an mbox on the base that they name, or on this one: in an index of their own."""
    with temporary() as room:
        split = git(store.repository, "mailsplit", f"-o{room}", "--", str(mbox.resolve()), check=False)
        mails = [one.read_bytes() for one in sorted(room.iterdir()) if one.name.isdigit()]
        if split.returncode != 0 or not mails:
            raise InputError(f"{mbox} is not a mailbox: {split.why()}")
        start = _named_base(mails, store) or store.base
        index = Index(store, room)
        index.read(start)
        tip = start
        for mail in mails:
            tip = _commit(index, mail, tip)
        if tip == start:
            raise InputError(f"{mbox} holds no patch")
    return Range(start, tip)


def _named_base(mails: Sequence[bytes], store: Store) -> str:
    named = [found.group(1).decode() for mail in mails if (found := _BASE.search(mail))]
    known = (line(store.repository, "rev-parse", "--verify", "--quiet", f"{one}^{{commit}}") for one in named)
    return next((one for one in known if one), "")


def _commit(index: Index, mail: bytes, parent: str) -> str:
    """Commit one mail's patch; a mail without one, as the cover is, is passed over."""
    try:
        facts = index.take(mail)
    except InputError as error:
        hint = "--previous takes a ref too, and an mbox that names its base-commit"
        raise InputError(f"the previous version does not apply: {error.message}", hint=hint) from None
    if facts is None:
        return parent
    name, address = (facts.get(key, "").strip(_CRUD) for key in ("Author", "Email"))
    who = {"GIT_AUTHOR_NAME": name or "nobody", "GIT_AUTHOR_EMAIL": address or "nobody@localhost"}
    message = f"{facts.get('Subject', '')}\n\n".encode() + (index.room / BODY).read_bytes()
    try:
        return index.git(
            "commit-tree", index.write(), "-p", parent, stdin=message, env=as_respin("@0 +0000") | who
        ).text.strip()
    except ValueError:  # a NUL in a name
        raise InfrastructureError("the previous version holds a name that no process takes") from None

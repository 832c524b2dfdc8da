# SPDX-License-Identifier: GPL-2.0-only
"""Where patches come from: a range of commits, mails, a quilt series, or one file."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import theirs
from generator.git import git
from generator.importing.incoming import MOST_BYTES, Incoming, checked, of_text
from generator.importing.quilt import rows
from generator.store import borrowed
from generator.temporary import temporary
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = "a range of commits (v6.1..topic), an mbox, a quilt series (debian/patches/series), or a patch"
_SHOW = (
    *("-c", "core.quotePath=false"),
    *("log", "--reverse", "-p", "--binary", "--full-index", "-M", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%H%x00%T%x00%an <%ae>%x00%aI%x00%B%x00"),
)
_FACTS = 6
_GZIP = b"\x1f\x8b"
_MBOXRD = b"From mboxrd@z "
"""How lore's mboxes begin: in them a line of a message that begins with From has a `>` before it."""
_ORDER = re.compile(rb"^Subject:[^\n]*(?:\n[ \t][^\n]*)*?\bPATCH\b[^\]\n]*?(\d+)/(\d+)", re.MULTILINE | re.IGNORECASE)
_REPLY = re.compile(rb"^Subject:[ \t]*(?:re|aw|fwd):", re.MULTILINE | re.IGNORECASE)


class Read(NamedTuple):
    """What a source holds.

    Attributes:
        patches: in order.
        notes: what was left out, and why.
    """

    patches: tuple[Incoming, ...]
    notes: tuple[str, ...] = ()


def read(spec: str, repository: Path, here: Path | None) -> Read:
    """Read patches.

    Args:
        spec: a path, or a range.
        repository: a repository of ours, for git to run in.
        here: the repository that a range is of; None where there is none.

    Raises:
        InputError: there is nothing of that name, or what it holds cannot be imported.
    """
    path = Path(spec)
    if path.is_dir():
        found = _folder(path, repository)
    elif path.is_file():
        found = _file(path, repository)
    elif ".." in spec:
        found = _range(spec, here)
    else:
        raise InputError(f"'{spec}' is neither a file nor a range", hint=f"import takes {KINDS}")
    if not found.patches:
        raise InputError(f"{spec} holds no patch", hint=f"import takes {KINDS}")
    for one in found.patches:
        checked(one)
    return found


def _folder(path: Path, repository: Path) -> Read:
    if (path / "series").is_file():
        return _quilt(path / "series", repository)
    files = sorted((*path.glob("*.patch"), *path.glob("*.diff"), *path.glob("*.eml")))
    if not files:
        raise InputError(f"{path} has neither a series file nor patches", hint=f"import takes {KINDS}")
    with temporary() as room:
        mails = [(file.name, _bytes(file)) for file in files]
        return _mails(mails, repository, room)


def _file(path: Path, repository: Path) -> Read:
    text = _bytes(path)
    if text.startswith(_GZIP):
        try:
            text = gzip.decompress(text)
        except (OSError, EOFError, zlib.error):
            raise InputError(f"{path} is not a whole gzip file") from None
    if path.name.startswith("series") and not text.startswith(b"From "):
        return _quilt(path, repository)
    with temporary() as room:
        if text.startswith(b"From "):
            split = room / "mails"
            split.mkdir()
            kind = ("--mboxrd",) if text.startswith(_MBOXRD) else ()
            git(repository, "mailsplit", "--keep-cr", *kind, f"-o{split}", stdin=text)
            mails = [(f"mail {one.name.lstrip('0')}", one.read_bytes()) for one in sorted(split.iterdir())]
            return _mails(mails, repository, room)
        found = of_text(text, path.name, repository, room)
    return Read((found,) if found else ())


def _mails(mails: list[tuple[str, bytes]], repository: Path, room: Path) -> Read:
    """Return the patches of some mails, in the order of their numbers; letters and answers are left out."""
    found: list[tuple[int, Incoming]] = []
    notes = []
    totals: dict[int, str] = {}
    for name, text in mails:
        order = _ORDER.search(text.partition(b"\n\n")[0])
        one = None if _REPLY.search(text.partition(b"\n\n")[0]) else of_text(text, name, repository, room)
        if one is None:
            notes.append(f"{name} holds no patch")
            continue
        number = int(order[1]) if order else 0
        if number and number in totals:
            hint = "leave one version in it: `b4 am` picks the newest of a thread"
            raise InputError(f"{name} and {totals[number]} both are patch {number}", hint=hint)
        totals[number] = name
        found.append((number, one))
    known = {int(each[2]) for _, text in mails if (each := _ORDER.search(text.partition(b"\n\n")[0]))}
    numbers = {number for number, _ in found if number}
    if numbers and (lost := sorted(set(range(1, max(known, default=0) + 1)) - numbers)):
        notes.append(f"of {max(known)} patches these are not here: {', '.join(map(str, lost))}")
    return Read(tuple(one for _, one in sorted(found, key=lambda pair: pair[0])), tuple(notes))


def _quilt(series: Path, repository: Path) -> Read:
    found, notes = [], []
    with temporary() as room:
        for row in rows(_bytes(series).decode("utf-8", "replace"), str(series)):
            if row.guard:
                notes.append(f"{row.name} is guarded by {row.guard}")
                continue
            file = series.parent / row.name
            if ".." in Path(row.name).parts or not file.is_file():
                hint = "a series file stands in the folder of its patches"
                raise InputError(f"{series}:{row.line}: there is no {file}", hint=hint)
            one = of_text(_bytes(file), row.name, repository, room)
            if one is None:
                notes.append(f"{row.name} holds no patch")
            else:
                found.append(replace(one, strip=row.strip, reverse=row.reverse))
    return Read(tuple(found), tuple(notes))


def _range(spec: str, here: Path | None) -> Read:
    if here is None:
        raise InputError(f"'{spec}' is a range, and there is no repository here", hint="call it in the repository")
    first, _, last = spec.partition("..")
    if last.startswith("."):
        hint = f"a range is {first}..{last[1:]}"
        raise InputError(f"'{spec}' has the commits of both sides, and a series has those of one", hint=hint)
    ends = [theirs.resolve_commit(here, one or "HEAD") for one in (first, last)]
    with borrowed(here) as repository:
        span = f"{ends[0]}..{ends[1]}"
        if merge := git(repository, "rev-list", "--merges", "-1", span).text.strip():
            hint = f"a copy without merges can be imported: git rebase {first} {last}"
            raise InputError(f"{spec} has a merge, {merge[:12]}, and a series of patches has none", hint=hint)
        parts = git(repository, *_SHOW, span).stdout.split(b"\0")[1:]
    if not parts:
        raise InputError(f"{spec} is empty: {last or 'HEAD'} has no commit that {first} lacks")
    commits = list(_commits(parts))
    notes = tuple(f"{one.name} changes nothing" for one in commits if not one.diff)
    return Read(tuple(one for one in commits if one.diff), notes)


def _commits(parts: list[bytes]) -> Iterator[Incoming]:
    for at in range(0, len(parts), _FACTS):
        sha, tree, author, date, message = (one.decode("utf-8", "replace") for one in parts[at : at + 5])
        subject, _, body = message.strip("\n").partition("\n")
        diff = parts[at + 5].lstrip(b"\n")
        yield Incoming(sha[:12], author, date, subject.strip(), body.strip("\n"), diff, tree=tree)


def _bytes(path: Path) -> bytes:
    """Return a file's bytes."""
    try:
        if path.stat().st_size > 64 * MOST_BYTES:
            raise InputError(f"{path} is too large for patches")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None

# SPDX-License-Identifier: GPL-2.0-only
"""Where mails come from: mailboxes, single mails, folders of them, standard input, or commits of a repository."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from checks.lint import message
from checks.lint.posting import versions
from generator.git import git, line
from generator.process import command_line
from generator.theirs import identity, resolve_commit
from patchset.counted import counted
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from checks.lint.message import Mail
    from checks.lint.posting import Posting
    from checks.lint.repository import Repository

MOST = 256 << 20
"""Bytes of mails that are read."""
MOST_COMMITS = 500
STDIN = "-"
_MAILDIR = ("cur", "new")
_PATH = re.compile(r"(?:^|/)\.\.?(?:/|$)|^/")
"""A path, not a range: no name of a commit begins with a slash, and no part of one is `.` or `..`."""
_PACKED = {
    b"\x1f\x8b": ("gzip", "-dc"),
    b"BZh": ("bzip2", "-dc"),
    b"\xfd7zXZ\0": ("xz", "-dc"),
    b"\x28\xb5\x2f\xfd": ("zstd", "-dc"),
    b"PK\x03\x04": ("unzip", "-p"),
}
"""The first bytes of packed files, and what writes on standard output what is in them."""


class Given(NamedTuple):
    """Mails from one place.

    Attributes:
        name: what the user calls it.
        data: the mails, as a mailbox or a single one.
        file: where findings are to point, or empty.
    """

    name: str
    data: bytes
    file: str = ""


def is_range(name: str) -> bool:
    """Tell whether an argument can only be a range: nothing of that name is there, and a path it is not."""
    return name != STDIN and ".." in name and not os.path.lexists(name) and not _PATH.search(name)


def read(names: Iterable[str]) -> list[Given]:
    """Read files, all patches of folders, and standard input where a name is `-`.

    Raises:
        InputError: one cannot be read, or they are larger than any mailbox.
    """
    found: list[Given] = []
    left = MOST
    for name in (file for each in names for file in _files(each)):
        data = _read(name, left)
        left -= len(data)
        found.append(Given("standard input", data) if name == STDIN else Given(name, data, name))
    return found


def thread(given: Sequence[Given]) -> list[Posting]:
    """Return the postings in some mails, the newest version last.

    Raises:
        InputError: there is no patch and no cover letter in them.
    """
    mails = [replace(mail, file=one.file) for one in given for mail in message.read(one.data)]
    found = versions(mails)
    if not found:
        raise _nothing(given, mails)
    return found


def posting(data: bytes, name: str) -> Posting:
    """Return the posting in an mbox or a mail that is in no file.

    Raises:
        InputError: there is no patch and no cover letter in it.
    """
    return thread([Given(name, data)])[-1]


def commits(given: str, repository: Repository) -> Posting:
    """Return the commits of a range as mails, from the one where its two ends parted.

    Who sends them is the user, where they signed off last, or else who committed.

    Raises:
        InputError: there is no such range, or it is none of a series.
    """
    start, _, end = given.partition("..")
    first = _commit(given, repository, start or "HEAD")
    tip = _commit(given, repository, end.lstrip(".") or "HEAD")
    # main may have moved on, and format-patch takes no base that the patches do not stand on
    base = line(repository.objects, "merge-base", first, tip)
    if not base:
        why = "this clone is shallow: `git fetch --unshallow`" if repository.ends else "is it main..topic?"
        raise InputError(f"the two ends of {given} have no commit in common", hint=why)
    wanted = f"{first}..{tip}"
    count = int(git(repository.objects, "rev-list", "--no-merges", "--count", wanted).text)
    if not 0 < count <= MOST_COMMITS:
        raise InputError(f"{given} holds {counted(count, 'commit')}: 1 to {MOST_COMMITS} are judged as a series")
    options = ("--stdout", "--no-color", "--numbered", f"--base={base}")
    done = git(repository.objects, "format-patch", *options, wanted, check=False)
    if done.returncode != 0:
        raise InputError(f"{given} cannot be written as mails: {done.why()}")
    log = git(repository.objects, "log", "--no-merges", "--format=%H%x09%cn <%ce>", wanted).text
    committers = dict(row.partition("\t")[::2] for row in log.splitlines())
    made = posting(done.stdout, given)
    user = message.people([identity(repository.names)])[0]
    return replace(made, patches=tuple(_sent(mail, user, committers) for mail in made.patches))


def _sent(mail: Mail, user: tuple[str, str], committers: Mapping[str, str]) -> Mail:
    """Fill in who sends a commit, whose author format-patch takes for the sender."""
    signers = [one.person[1] for one in mail.trailers if one.key == "Signed-off-by"]
    committer = message.people([committers.get(mail.commit, "")])[0]
    sender = user if signers and user[1] and signers[-1].lower() == user[1].lower() else committer
    differs = sender[1].lower() != mail.sender[1].lower()
    return replace(mail, sender=sender, named=mail.named or mail.sender) if sender[1] and differs else mail


def _commit(given: str, repository: Repository, revision: str) -> str:
    try:
        return resolve_commit(repository.names, revision)
    except InputError as error:
        raise InputError(f"there is no file {given}, and {error.message}", hint=error.hint) from None


def _files(name: str) -> list[str]:
    """Return what a name stands for: of a folder its patches, as git send-email takes them, or the mails of a Maildir.

    Raises:
        InputError: there is nothing of that name.
    """
    if name == STDIN:
        return [name]
    if not os.path.lexists(name):
        hint = f"for the commits since {name}: {name}.." if name and not _PATH.search(name) else ""
        raise InputError(f"there is no file {name}", hint=hint)
    folder = Path(name)
    if not folder.is_dir():
        return [name]
    try:
        places = [folder / one for one in _MAILDIR if (folder / one).is_dir()]
        found = sorted(str(one) for place in places for one in place.iterdir() if one.is_file())
        found = found or sorted(str(one) for one in folder.glob("*.patch") if one.is_file())
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None
    if not found:
        raise InputError(f"{name} is a folder without a .patch file", hint="name the files themselves, or an mbox")
    return found


def _read(name: str, most: int) -> bytes:
    try:
        if name == STDIN:
            return _bounded(sys.stdin.buffer, "standard input", most)
        with Path(name).open("rb") as file:
            return _bounded(file, name, most)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None


def _bounded(file: BinaryIO, name: str, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise InputError(f"{name} is too large: mails of {MOST >> 20} MiB in all are read")
    return data


def _nothing(given: Sequence[Given], mails: Sequence[Mail]) -> InputError:
    """Say what is there in place of a patch, and what to do."""
    names = ", ".join(one.name for one in given[:3]) + (", ..." if len(given) > 3 else "")  # noqa: PLR2004 - enough
    for one in given:
        for start, unpack in _PACKED.items():
            if one.data.startswith(start):
                words = [*unpack, one.file] if one.file else unpack
                return InputError(f"{one.name} is compressed", hint=f"{command_line(words)} | respin lint -")
    if not mails:
        return InputError(f"{names} is empty")
    if any(mail.subject.reply and mail.diff for mail in mails):
        why = f"{names}: the patch is in a reply, and replies are not judged"
        return InputError(why, hint="give it a subject of its own: [PATCH v2] subsystem: Summary")
    if all(mail.subject.reply for mail in mails):
        return InputError(f"{names} holds replies only, and no patch", hint="`b4 am MESSAGE-ID` fetches the patches")
    return InputError(f"{names} holds no patch", hint="git format-patch writes what is judged here, as do lore and b4")

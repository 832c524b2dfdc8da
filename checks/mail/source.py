# SPDX-License-Identifier: GPL-2.0-only
"""Where mails come from: an mbox, a single mail, standard input, or commits of a repository."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from checks.mail import mailbox, message
from checks.mail.posting import gather
from generator.theirs import git, line, resolve_commit
from patchset.errors import InputError

if TYPE_CHECKING:
    from checks.mail.posting import Posting

MOST = 256 << 20
"""Bytes of a mailbox that are read."""
MOST_COMMITS = 500


def posting(data: bytes, name: str) -> Posting:
    """Return the posting in an mbox or a mail.

    Raises:
        InputError: there is no patch and no cover letter in it.
    """
    mails = [message.parse(raw, number) for number, raw in mailbox.split(data)]
    found = gather(mails)
    if found is None:
        what = f"{len(mails)} mails, and none is a patch" if mails else "no mail"
        raise InputError(f"{name} holds {what}", hint="an mbox, a patch of git format-patch, or a range: main..topic")
    return found


def read(name: str) -> bytes:
    """Read a file, or standard input where the name is `-`.

    Raises:
        InputError: it cannot be read, or is larger than any mailbox.
    """
    try:
        if name == "-":
            return _bounded(sys.stdin.buffer, "standard input")
        with Path(name).open("rb") as file:
            return _bounded(file, name)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None


def commits(given: str, repository: Path) -> bytes:
    """Return the commits of a range as mails.

    Raises:
        InputError: it is no range, or none of a series.
    """
    start, dots, end = given.partition("..")
    if not dots or not start:
        raise InputError(f"there is no file {given}, and it is no range", hint="main..topic, or an mbox")
    if not line(repository, "rev-parse", "--git-dir"):
        raise InputError(f"{repository} is no git repository, and {given} no file")
    base, tip = resolve_commit(repository, start), resolve_commit(repository, end.lstrip(".") or "HEAD")
    count = int(git(repository, "rev-list", "--no-merges", "--count", f"{base}..{tip}").text)
    if not 0 < count <= MOST_COMMITS:
        raise InputError(f"{given} holds {count} commits, which is no patch series")
    options = ("--stdout", "--no-color", "--numbered", f"--base={base}")
    done = git(repository, "format-patch", *options, f"{base}..{tip}", check=False)
    if done.returncode != 0:
        raise InputError(f"{given}: {done.why()}")
    return done.stdout


def _bounded(file: BinaryIO, name: str) -> bytes:
    data = file.read(MOST + 1)
    if len(data) > MOST:
        raise InputError(f"{name} is larger than {MOST >> 20} MiB, which no mailbox of a series is")
    return data

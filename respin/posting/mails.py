# SPDX-License-Identifier: GPL-2.0-only
"""Mails of a series: git's own patch files with recipients and threading put in; pure.

git format-patch numbers, encodes, and names the author in the body where the sender is somebody else (M02). What it
cannot know is added here: who gets which mail, and Message-IDs that are the same from run to run.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchset.errors import InputError
from respin.posting.recipients import header, union

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.maintainers import Recipients

_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Thread:
    """How the mails' ids are built.

    Attributes:
        stem: `DATE-NAME-vN`.
        domain: the sender's.
    """

    stem: str
    domain: str


def address(mails: Sequence[bytes], recipients: Sequence[Recipients], thread: Thread) -> list[bytes]:
    """Give every mail its recipients and its place in the thread.

    Args:
        mails: the cover and the patches.
        recipients: of the patches; the cover goes to all of them.
        thread: how to build ids; they change with every byte of any mail, and with nothing else.
    """
    whole = hashlib.sha256(b"".join(b"%d:%s" % (len(mail), mail) for mail in mails)).hexdigest()[:12]
    ids = [f"<{thread.stem}-{number}-{whole}@{thread.domain}>".encode() for number in range(len(mails))]
    answer = b"In-Reply-To: " + ids[0] + b"\nReferences: " + ids[0] + b"\n"
    everybody = [union(recipients), *recipients]
    return [
        _headed(
            mail,
            header("To", who.to or who.cc)
            + (header("Cc", who.cc) if who.to else b"")
            + b"Message-ID: "
            + ids[number]
            + b"\n"
            + (answer if number else b""),
        )
        for number, (mail, who) in enumerate(zip(mails, everybody, strict=True))
    ]


def mailbox(mails: Mapping[str, bytes]) -> bytes:
    """Return all mails as one mbox, in the order of their file names: each begins with git's `From ` line.

    Raises:
        InputError: a mail holds a line at which it would be torn in two: by git, where a time stands in it, by
            b4 0.16 whatever follows. Quoted as `>From ` it would stay so in the commit.
    """
    for name, mail in mails.items():
        if len(_FROM.findall(mail)) != 1:
            hint = "reword it: b4 takes it for the next mail, and quoted with > it would stay so in the commit"
            raise InputError(f"{name}: a line of the text begins with `From `", hint=hint)
    return b"".join(mail for _, mail in sorted(mails.items()))


def _headed(mail: bytes, rows: bytes) -> bytes:
    """Put rows at the end of a mail's header."""
    head, empty, body = mail.partition(b"\n\n")
    return head + b"\n" + rows + empty[1:] + body

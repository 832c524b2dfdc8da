# SPDX-License-Identifier: GPL-2.0-only
"""Mails of a series: git's own patch files with their letter, recipients and threading put in; pure.

git format-patch numbers, encodes, and names the author in the body where the sender is somebody else (M02). What it
cannot know is added here: the letter's words, who gets which mail, and Message-IDs that are the same from run to run.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.header import Header
from typing import TYPE_CHECKING

from generator.recipients import address_of, header, union
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.maintainers import Recipients

SUBJECT, BLURB = b"*** SUBJECT HERE ***", b"*** BLURB HERE ***"
"""What git format-patch leaves in a cover letter for somebody to replace."""
_FOOT = re.compile(rb"^(?:base-commit: [0-9a-f]+\n)?-- \n[^\n]*\n+\Z", re.MULTILINE)
_ENCODED = (b"MIME-Version: 1.0\n", b"Content-Type: text/plain; charset=UTF-8\n", b"Content-Transfer-Encoding: 8bit\n")
_SENDER = re.compile(rb"^From: .*(?:\n[ \t].*)*", re.MULTILINE)
_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the cover says, beside what git writes of the patches.

    Attributes:
        title: its subject, without the prefix.
        body: the text above shortlog and diffstat.
        range_diff: against the version before; or empty.
        change_id: see `patchset.history`.
        sender: name and address; git would write a name that is not ASCII as it is, in the cover alone.
    """

    title: str
    body: str
    range_diff: str
    change_id: str
    sender: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Thread:
    """How the mails' ids are built.

    Attributes:
        stem: `DATE-NAME-vN`.
        domain: the sender's.
    """

    stem: str
    domain: str


def cover(template: bytes, letter: Letter) -> bytes:
    """Fill in the cover letter that git format-patch wrote.

    Raises:
        InputError: the title is no header.
        InfrastructureError: git's cover letter is not laid out as known.
    """
    head, _, body = template.partition(b"\n\n")
    foot = _FOOT.search(body)
    if head.count(SUBJECT) != 1 or body.count(BLURB) != 1 or foot is None:
        raise InfrastructureError("git format-patch wrote a cover letter that is not laid out as known")
    if not letter.title.isprintable() or not letter.title.strip():
        raise InputError(f"the title {letter.title!r} cannot stand in a mail's header")
    title = letter.title if letter.title.isascii() else Header(letter.title, "utf-8", maxlinelen=60).encode()
    parts = [body[: foot.start()].replace(BLURB, letter.body.strip("\n").encode()).rstrip(b"\n")]
    parts += [letter.range_diff.strip("\n").encode()] if letter.range_diff else []
    base, sign, signature = foot.group().rpartition(b"-- \n")
    parts.append(base.rstrip(b"\n") + b"\nchange-id: " + letter.change_id.encode() + b"\n" + sign + signature)
    whole = b"\n\n".join(part.lstrip(b"\n") for part in parts)
    sender = b"From: " + address_of(*letter.sender).encode("ascii")
    rows = _SENDER.sub(lambda _: sender, head, count=1).replace(SUBJECT, title.encode()) + b"\n"
    if not whole.isascii():
        rows += b"".join(row for row in _ENCODED if row.partition(b":")[0] not in head)
    return rows + b"\n" + whole


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

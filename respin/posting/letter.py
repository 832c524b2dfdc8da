# SPDX-License-Identifier: GPL-2.0-only
"""The cover letter: its words from the definition and from facts, put into the one that git leaves empty; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.fragment import wrap
from patchset.errors import InfrastructureError, InputError
from respin.posting.recipients import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from patchset.history import History, Version

SUBJECT, BLURB = b"*** SUBJECT HERE ***", b"*** BLURB HERE ***"
"""What git format-patch leaves in a cover letter for somebody to replace."""
_FOOT = re.compile(rb"^(?:base-commit: [0-9a-f]+\n)?-- \n[^\n]*\n+\Z", re.MULTILINE)
_ENCODED = (b"MIME-Version: 1.0\n", b"Content-Type: text/plain; charset=UTF-8\n", b"Content-Transfer-Encoding: 8bit\n")
_SENDER = re.compile(rb"^From: .*(?:\n[ \t].*)*", re.MULTILINE)


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


class Measured(NamedTuple):
    """What one check measured.

    Attributes:
        base: the base's name.
        date: the day, ISO 8601.
        data: as the check's page in docs/ describes it.
    """

    base: str
    date: str
    data: Mapping[str, Any]


def changes(history: History, version: Version) -> str:
    """Tell what changed, the latest first, with a link to each earlier version (S05)."""
    blocks = []
    for one in reversed(history.versions[1 : version.number]):
        before = history.version(one.number - 1)
        rows = [wrap(change, " - ") for change in one.changes]
        blocks.append("\n".join([f"Changes in {one}:", *rows, f" - Link to {before}:", f"   {before.link}"]))
    return "\n\n".join(blocks) or "This is the first version."


def provenance(tool: str, series: str, digest: str, base: str, subjects: Sequence[str]) -> str:
    """Tell what made the mails, from what, and which of them (S12).

    Args:
        tool: with its version.
        series: the definition's name.
        digest: of the definition.
        base: with its version.
        subjects: of the patches that were generated.
    """
    which = f"All {len(subjects)} patches are" if len(subjects) > 1 else "The patch is"
    return wrap(
        f"{which} generated: code, messages and this letter were rendered by {tool} from templates, the definition "
        f"{series} (SHA-256 {digest[:16]}), on {base}. No patch was changed by hand afterwards."
    )


def filled(template: bytes, letter: Letter) -> bytes:
    """Fill in the cover letter that git format-patch wrote.

    Raises:
        InputError: the title is no header.
        InfrastructureError: git's cover letter is not laid out as known.
    """
    head, _, body = template.partition(b"\n\n")
    foot = _FOOT.search(body)
    if head.count(SUBJECT) != 1 or body.count(BLURB) != 1 or foot is None:
        raise InfrastructureError("git format-patch wrote a cover letter that respin cannot read")
    if not letter.title.isprintable() or not letter.title.strip():
        raise InputError(f"the title {letter.title!r} cannot be used in a mail header")
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

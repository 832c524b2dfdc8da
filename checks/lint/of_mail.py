# SPDX-License-Identifier: GPL-2.0-only
"""M01 to M07: how the mails are packed and addressed; each function is one line of the checklist."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from checks.lint.facts import attested_by
from checks.lint.persons import LIST, called, same, senders
from checks.lint.posting import LineFinding
from checks.lint.taken import beyond, severed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.lint.persons import Person
    from checks.lint.posting import Case

_ABI = re.compile(r"(?:arch/[^/]+/)?include/uapi/|Documentation/ABI/")
API = "linux-api@vger.kernel.org"
_PROFILES = {
    "tip": {"x86@kernel.org": re.compile(r"arch/x86/")},
    "akpm": {
        "linux-kernel@vger.kernel.org": re.compile(r""),
        "kexec@lists.infradead.org": re.compile(r"kernel/(?:kexec|crash)|include/linux/(?:kexec|crash)|fs/proc/vmcore"),
    },
}
_OVERRIDES = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_LAYOUT = frozenset("\n\t\f")
_HOLLOW = {
    "a binary file without its content: git diff --binary": re.compile(r"^Binary files .+ differ$", re.MULTILINE),
    "a removed file without its content: git format-patch without -D": re.compile(
        r"^deleted file mode .*\nindex (?!e69de29|473a0f4)[0-9a-f]+\.\.0+\n(?!--- |GIT binary|Binary files )",
        re.MULTILINE,
    ),
}
"""What git writes of a file where nobody asked for all of it; the two ids are those of no content."""


def packed(case: Case) -> Iterator[LineFinding]:
    """M01: plain text, as it is, in one mail."""
    for mail in case.posting.mails:
        for defect in mail.defects:
            yield LineFinding(mail, defect)
        if not mail.headed:
            yield LineFinding(mail, "there is no mail header: git format-patch writes one, and git am wants it")
        for line in mail.torn:
            yield LineFinding(mail, "git takes this line for the beginning of another mail: indent it", mail.row(line))


def whole(case: Case) -> Iterator[LineFinding]:
    """M01: a diff that git can read, and all of it."""
    for mail in case.posting.mails:
        if mail.damage:
            yield LineFinding(mail, f"the diff is damaged or cut off: {mail.damage}")
        elif not mail.diff and mail is not case.posting.cover:
            yield LineFinding(mail, "there is no diff in it")
        end = mail.message.count("\n")
        if why := severed(mail.notes):
            yield LineFinding(mail, f"git ends the message here: {why}", end)
        for what, pattern in _HOLLOW.items():
            if found := pattern.search(mail.diff):
                place = end + mail.notes.count("\n") + mail.diff.count("\n", 0, found.start())
                yield LineFinding(mail, f"git am refuses {what}", place)
        if (row := beyond(mail.diff)) is not None:
            text = "git am drops this line of the diff: it stands behind the lines that its hunk counts"
            yield LineFinding(mail, text, end + mail.notes.count("\n") + row)


def quoted_by_mailboxes(case: Case) -> Iterator[LineFinding]:
    """M01: no line of a message begins as an mbox's mails do."""
    for mail in case.posting.mails:
        torn = frozenset(mail.torn)  # told by `packed`
        for row, text in enumerate(mail.message.split("\n")):
            if text.startswith("From ") and mail.place(row) not in torn:
                yield LineFinding(mail, "a line that begins with `From `: b4 0.16 takes it for the next mail", row)


def named(case: Case) -> Iterator[LineFinding]:
    """M02: no in-body From where the sender is the author."""
    for mail in case.posting.patches:
        if mail.named and mail.named[1].lower() == mail.sender[1].lower():
            yield LineFinding(mail, "an in-body From, though the sender is the author")


def one_sender(case: Case) -> Iterator[LineFinding]:
    """M02: the cover letter's sender sends the patches too, whoever wrote them."""
    cover = senders(case.posting.cover) if case.posting.cover else ()
    for mail in case.posting.patches if cover else ():
        own = senders(mail)
        if not any(same(one, other) for one in own for other in cover):
            yield LineFinding(
                mail, f"the mail says that {_address(own[0])} sends it, and {_address(cover[0])} sends the cover letter"
            )


def recipients(case: Case) -> Iterator[LineFinding]:
    """M03: whom get_maintainer.pl names, on each patch, and all of them on the cover letter."""
    for mail, asked in zip(case.posting.patches, case.asked, strict=False):
        missing = sorted(asked - mail.addressed)
        if not asked:
            yield LineFinding(mail, "get_maintainer.pl names nobody", note=True)
        elif missing:
            yield LineFinding(mail, f"get_maintainer.pl names {', '.join(missing)}, who do not get it")
    cover = case.posting.cover
    missing = sorted(frozenset().union(*case.asked) - cover.addressed) if cover else []
    if missing:
        yield LineFinding(cover, f"get_maintainer.pl names {', '.join(missing)}, who do not get it")


def lists(case: Case) -> Iterator[LineFinding]:
    """M04: a list is there."""
    for mail in case.posting.mails:
        if mail.headed and not any(LIST.search(address) for address in mail.addressed):
            yield LineFinding(mail, "no mailing list gets it")


def api_list(case: Case) -> Iterator[LineFinding]:
    """M04: linux-api, when an ABI changes."""
    for mail in case.posting.patches:
        touched = [one.path for one in mail.files if _ABI.match(one.path)]
        if touched and API not in mail.addressed:
            yield LineFinding(mail, f"{touched[0]} is an ABI, and {API} does not get it")


def tip_list(case: Case) -> Iterator[LineFinding]:
    """M04, tip: x86@kernel.org."""
    yield from _wanted(case, "tip")


def akpm_lists(case: Case) -> Iterator[LineFinding]:
    """M04, akpm: linux-kernel and, for what kexec loads and a crash leaves, kexec."""
    yield from _wanted(case, "akpm")


def attested(case: Case) -> Iterator[LineFinding]:
    """M05: patatt's signature verifies."""
    for mail in case.posting.mails:
        why = attested_by(mail) if mail.get("x-developer-signature") else ""
        if why:
            yield LineFinding(mail, f"patatt: {why}")


def identified(case: Case) -> Iterator[LineFinding]:
    """M06: Message-IDs are unique, and References holds what is answered."""
    ids = [(mail, mail.ids("message-id")) for mail in case.posting.mails]
    counted = Counter(one[0] for _, one in ids if one)
    for mail, own in ids:
        if len(own) != 1:
            yield LineFinding(mail, f"{len(own)} Message-IDs instead of one")
        elif counted[own[0]] > 1:
            yield LineFinding(mail, f"another mail has the same Message-ID {own[0]}")
        answered = mail.ids("in-reply-to")
        if answered and answered[-1] not in mail.ids("references"):
            yield LineFinding(mail, "References does not hold what In-Reply-To answers")


def threaded(case: Case) -> Iterator[LineFinding]:
    """M06: what is answered is there."""
    known = {one for mail in case.posting.mails for one in mail.ids("message-id")[:1]}
    for mail in case.posting.mails[1:]:
        answered = mail.ids("in-reply-to")
        if answered and answered[0] not in known:
            yield LineFinding(mail, f"answers {answered[0]}, which is not among these mails")


def harmless(case: Case) -> Iterator[LineFinding]:
    """M07: no control and no bidirectional-override characters; of a diff, the added lines count."""
    for mail in case.posting.mails:
        for name, value in mail.headers:
            if bad := _bad(value, frozenset("\t")):
                yield LineFinding(mail, f"the header {name} holds {bad}")
        for row, text in enumerate(mail.message.split("\n")):
            if bad := _bad(text, _LAYOUT):
                yield LineFinding(mail, f"the text holds {bad}", row)
        if bad := _bad(mail.notes, _LAYOUT):
            yield LineFinding(mail, f"the notes below --- hold {bad}")
        for one in mail.files:
            if bad := _bad(one.path, frozenset()) or next(
                filter(None, (_bad(text, _LAYOUT) for text in one.added)), ""
            ):
                yield LineFinding(mail, f"the diff of {one.path} adds {bad}")


def _bad(text: str, allowed: frozenset[str]) -> str:
    """Name the first character of a text that shows other than it is."""
    if text.isascii() and text.isprintable():
        return ""
    for one in text:
        if one in _OVERRIDES or (unicodedata.category(one) == "Cc" and one not in allowed):
            return f"U+{ord(one):04X} {unicodedata.name(one, 'a control character')}"
    return ""


def _address(person: Person) -> str:
    return person[1] or called(person)


def _wanted(case: Case, profile: str) -> Iterator[LineFinding]:
    for mail in case.posting.patches:
        for address, pattern in _PROFILES[profile].items():
            if address not in mail.addressed and any(pattern.match(one.path) for one in mail.files):
                yield LineFinding(mail, f"{address} does not get it")

# SPDX-License-Identifier: GPL-2.0-only
"""The mails of one posting, sorted into cover letter and patches, and what a line of the checklist may know of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from checks.lint.facts import Facts
    from checks.lint.message import Mail

_KINDS = ("RFC", "RESEND")
"""What makes one version two postings."""
_BASE = re.compile(r"^base-commit: *(\S*)[ \t]*$", re.MULTILINE)


class Need(StrEnum):
    """What a line needs to be judged, beside the mails themselves; the value says what it is called for a user."""

    SERIES = "the whole series"
    LETTER = "the cover letter, which the patches answer"
    POSTED = "mails as they are sent: commits have no letter and no recipients"
    BASE = "a repository that has the base-commit"
    HISTORY = "the base's history"
    PREVIOUS = "the version before (--previous)"
    PATATT = "patatt, and mails that it signed"
    ADDRESSED = "recipients, whom nobody has named yet"
    IDENTIFIED = "Message-IDs, which mails get when they are sent"
    SENDER = "the sender: a file of git format-patch names the author"
    ASKED = "get_maintainer.pl of a base that HEAD contains, or what --trust names"


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting.

    Attributes:
        cover: the cover letter, or None.
        patches: in the order of their numbers, as far as they have some.
        others: answers and whatever else is in the mailbox; nothing is asked of it.
    """

    cover: Mail | None
    patches: tuple[Mail, ...]
    others: tuple[Mail, ...]

    @property
    def mails(self) -> tuple[Mail, ...]:
        """The cover letter, where there is one, and the patches."""
        return ((self.cover,) if self.cover else ()) + self.patches

    @property
    def first(self) -> Mail:
        """The mail that speaks for the whole: the cover letter, or the first patch."""
        return self.mails[0]

    @property
    def whole(self) -> bool:
        """Whether it can be a series: one mail n/m, or a cover letter alone, is a part of one."""
        return len(self.mails) > 1 or (self.cover is None and self.first.subject.total in {None, 1})

    @property
    def headless(self) -> bool:
        """Whether there is a cover letter that is not among the mails: all patches, the first too, answer one mail."""
        answered = {tuple(mail.ids("in-reply-to")[:1]) for mail in self.patches}
        return self.cover is None and len(self.patches) > 1 and len(answered) == 1 and answered != {()}

    @property
    def version(self) -> int:
        """The version that the first mail states."""
        return self.first.subject.version

    @property
    def before(self) -> int:
        """The version that this one comes behind, 0 for none: v2, and v1.1 too, behind v1."""
        return self.version if self.first.subject.minor else self.version - 1

    @property
    def called(self) -> str:
        """What to call it beside others: v2, v1.1, RESEND v2."""
        kinds = [one for one in _KINDS if one in _kinds(self.first)]
        return " ".join([*kinds, self.first.subject.called])

    @property
    def letter(self) -> str:
        """What the first mail says of the whole series."""
        return self.first.body if self.cover else f"{self.first.message}\n{self.first.notes}"

    @property
    def base(self) -> str:
        """What stands behind `base-commit:`, or an empty text."""
        found = [one for mail in self.mails for one in _BASE.findall(mail.body)]
        return found[0] if found else ""


class LineFinding(NamedTuple):
    """What a line finds.

    Attributes:
        mail: the mail, or None where it is about the whole series.
        text: for a person, one line.
        row: the index of a line, counted from the first of that mail's message, or None.
        note: True where it cannot be told whether that is wrong.
    """

    mail: Mail | None
    text: str
    row: int | None = None
    note: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged, and what is known beside it.

    Attributes:
        posting: the mails.
        generated: True where a program is known to have made the patches (S12).
        facts: of the repository that has the base-commit, or None.
        previous: the version before, or None.
        trees: ids of the trees that the mails must give on the base, one a patch; empty where they are not known.
        asked: who is to be written to, addresses in lower case, one set a patch; empty where nobody was asked.
        has: what there is to judge by.
    """

    posting: Posting
    generated: bool = False
    facts: Facts | None = None
    previous: Posting | None = None
    trees: Sequence[str] = ()
    asked: Sequence[frozenset[str]] = ()
    has: frozenset[Need] = frozenset()


def gather(mails: Iterable[Mail]) -> Posting | None:
    """Sort mails into a posting, the newest where there are several; None where none is a patch or a cover letter."""
    return next(reversed(versions(mails)), None)


def versions(mails: Iterable[Mail]) -> list[Posting]:
    """Sort mails into postings, the newest last: a thread may hold several versions of a series.

    Mails of two versions are two postings where both have a patch of the same number; else somebody mixed up the
    prefixes of one, which S03 tells. An RFC comes before the same version without it, a RESEND behind it. A mail that
    came by two lists is there twice, and counts once.
    """
    answers: list[Mail] = []
    told: dict[tuple[int, int, bool, bool], list[Mail]] = {}
    seen: set[tuple[str, str]] = set()
    for mail in mails:
        if copy := {(one, mail.get("subject")) for one in mail.ids("message-id")}:
            if copy & seen:
                continue
            seen |= copy
        subject = mail.subject
        counted = subject.number is not None  # a cover letter need not say PATCH: [RFC v2 0/5]
        if subject.reply or not (subject.patch or mail.diff or counted):
            answers.append(mail)
        else:
            kinds = _kinds(mail)
            order = (subject.version, subject.minor, "RFC" not in kinds, "RESEND" in kinds)
            told.setdefault(order, []).append(mail)
    found: list[list[Mail]] = []
    for _, each in sorted(told.items()):
        if found and _numbers(found[-1]).isdisjoint(_numbers(each)):
            found[-1] += each
        else:
            found.append(each)
    return [_posting(each, answers) for each in found]


def _kinds(mail: Mail) -> set[str]:
    return {one.upper() for one in mail.subject.prefixes}


def _numbers(mails: Iterable[Mail]) -> set[int]:
    """Return the numbers of some patches; a patch alone has none, and is the first."""
    return {1 if mail.subject.number is None else mail.subject.number for mail in mails}


def _posting(mails: Iterable[Mail], answers: Iterable[Mail]) -> Posting:
    cover: Mail | None = None
    patches = []
    for mail in mails:
        if mail.subject.number == 0 and cover is None:
            cover = mail
        else:
            patches.append(mail)
    patches.sort(key=lambda mail: mail.subject.number or 0)
    return Posting(cover, tuple(patches), tuple(answers))


def by_title(posting: Posting) -> Mapping[str, Mail]:
    """Return the patches by their subject's title."""
    return {mail.subject.title: mail for mail in posting.patches}

# SPDX-License-Identifier: GPL-2.0-only
"""T01 to T11: the trailers of each patch; each function is one line of the checklist."""

from __future__ import annotations

import re
import sys
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from checks.lint.facts import same_patch
from checks.lint.persons import authors, called, program, same, senders
from checks.lint.posting import LineFinding, by_title
from checks.lint.prose import by_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checks.lint.message import Trailer
    from checks.lint.posting import Case

SIGNED, TOGETHER = "Signed-off-by", "Co-developed-by"
_FIXES = re.compile(r"([0-9a-f]{12,64}) \(\"(.+)\"\)")
_LOOSE_FIXES = re.compile(r"^Fixes:[ \t]*(.*)", re.MULTILINE | re.IGNORECASE)
_ORDER = (
    "Fixes", "Reported-by", "Closes", "Originally-by", "Suggested-by", TOGETHER, SIGNED,
    "Tested-by", "Reviewed-by", "Acked-by", "Cc", "Link",
)  # fmt: skip
_KEY = re.compile(r"^(\w[\w&,/+ -]{1,60}-by):", re.MULTILINE | re.IGNORECASE)
_COMBINED = re.compile(r"-and-|[&,/+]| and ", re.IGNORECASE)
_ASSISTED = re.compile(r"[\w.-]+:[\w.-]+(?: [\w.\[\]-]+)*")
_UPSTREAM = re.compile(r"^(?:commit [0-9a-f]{40} upstream\.|\[ Upstream commit [0-9a-f]{40} \])$", re.MULTILINE)
NOBODY_SIGNED = "nobody signed off"
"""What T01 says of a patch without any sign-off."""


def signed(case: Case) -> Iterator[LineFinding]:
    """T01: by the author."""
    for mail in case.posting.patches:
        signers = [one.person for one in mail.trailers if one.key == SIGNED]
        if not signers:
            yield LineFinding(mail, NOBODY_SIGNED)
        elif mail.headed and not any(same(author, one) for author in authors(mail) for one in signers):
            yield LineFinding(mail, f"the author {called(authors(mail)[0])} did not sign off")


def signed_last(case: Case) -> Iterator[LineFinding]:
    """T01: the last time by the sender."""
    for mail in case.posting.patches:
        signers = [one.person for one in mail.trailers if one.key == SIGNED]
        if mail.headed and signers and not any(same(one, signers[-1]) for one in senders(mail)):
            yield LineFinding(
                mail, f"the last sign-off is {called(signers[-1])}'s, and {called(senders(mail)[0])} sends it"
            )


def together(case: Case) -> Iterator[LineFinding]:
    """T02: Co-developed-by is followed at once by that person's sign-off."""
    for mail in case.posting.patches:
        for one, after in pairwise((*mail.trailers, None)):
            if one is None or one.key != TOGETHER:
                continue
            if after is None or after.key != SIGNED or after.row != one.row + 1 or not same(one.person, after.person):
                yield LineFinding(
                    mail, f"{TOGETHER}: {called(one.person)} is not followed by that person's sign-off", one.row
                )
            if any(same(one.person, author) for author in authors(mail)):
                yield LineFinding(mail, f"{TOGETHER} names the author", one.row)


def fixes(case: Case) -> Iterator[LineFinding]:
    """T03: one line, 12 digits or more, the subject; no blank lines round it."""
    for mail in case.posting.patches:
        rows = mail.message.split("\n")
        tagged = {one.row for one in mail.trailers}
        for row, one in by_row(mail.message, _LOOSE_FIXES):
            if not _FIXES.fullmatch(one[1].strip()):
                yield LineFinding(mail, f'`Fixes: {one[1].strip()}` is not `Fixes: <12 digits> ("its subject")`', row)
            if row + 2 in tagged and not rows[row + 1].strip():
                yield LineFinding(mail, "a blank line between Fixes and the next tag", row)
            if row - 2 in tagged and not rows[row - 1].strip():
                yield LineFinding(mail, "a blank line between Fixes and the tag before", row)


def fixes_exist(case: Case) -> Iterator[LineFinding]:
    """T03: an ancestor of the base, with that subject."""
    for mail in case.posting.patches:
        for one in mail.trailers:
            found = _FIXES.fullmatch(one.value) if one.key == "Fixes" else None
            if not found or not case.facts:
                continue
            subject = case.facts.subject(found[1])
            if subject and subject != found[2]:
                yield LineFinding(mail, f"Fixes: {found[1][:12]} has another subject: {subject}", one.row)
            elif not subject or not case.facts.ancestor(found[1]):
                said = "is not here: the clone is shallow" if case.facts.shallow else "is not a commit of the base"
                yield LineFinding(mail, f"Fixes: {found[1][:12]} {said}", one.row, note=case.facts.shallow)


def reported(case: Case) -> Iterator[LineFinding]:
    """T04: Reported-by is followed by Closes or Link."""
    for mail in case.posting.patches:
        for one, after in pairwise((*mail.trailers, None)):
            if (
                one
                and one.key == "Reported-by"
                and (after is None or after.key not in {"Closes", "Link", "Reported-by"})
            ):
                yield LineFinding(mail, "Reported-by is not followed by Closes or Link", one.row)


def ordered(case: Case) -> Iterator[LineFinding]:
    """T05: the order that tip wants; a sign-off may stand behind each Co-developed-by, and last."""
    for mail in case.posting.patches:
        known = [one for one in mail.trailers if one.key in _ORDER]
        for before, one in pairwise(known):
            swapped = _ORDER.index(one.key) < _ORDER.index(before.key)
            if swapped and not (before.key == SIGNED and one.key == TOGETHER) and one.row < _handed_on(mail.trailers):
                yield LineFinding(
                    mail, f"{one.key} stands behind {before.key}: tip's order is {', '.join(_ORDER)}", one.row
                )
                break


def combined(case: Case) -> Iterator[LineFinding]:
    """T06: no tags of two, no Gerrit Change-Id."""
    for mail in case.posting.patches:
        for row, one in by_row(mail.message, _KEY):
            if _COMBINED.search(one[1]):
                yield LineFinding(mail, f"{one[1]} is two tags in one: write a line each", row)
        for tag in mail.trailers:
            if tag.key.lower() == "change-id":
                yield LineFinding(mail, "Gerrit's Change-Id is not a kernel tag", tag.row)


def outlived(case: Case) -> Iterator[LineFinding]:
    """T08: a review belongs to the patch that was reviewed."""
    before = by_title(case.previous) if case.previous else {}
    for mail in case.posting.patches:
        old = before.get(mail.subject.title)
        reviews = [one for one in mail.trailers if one.key in {"Reviewed-by", "Tested-by"}]
        if not old or not reviews or same_patch(mail, old):
            continue
        then = {(one.key, one.value) for one in old.trailers}
        for one in reviews:
            if (one.key, one.value) in then:
                yield LineFinding(
                    mail, f"the patch changed since {one.key} {called(one.person)}: is it still true?", one.row
                )


def programs(case: Case) -> Iterator[LineFinding]:
    """T09: a program signs nothing; Assisted-by has its form."""
    for mail in case.posting.patches:
        for one in mail.trailers:
            if one.key in {SIGNED, TOGETHER} and program(one.person if any(one.person) else (one.value, "")):
                yield LineFinding(mail, f"{one.key}: {one.value} is a program, and cannot vouch for anything", one.row)
            if one.key == "Assisted-by" and not _ASSISTED.fullmatch(one.value):
                yield LineFinding(
                    mail, f"`Assisted-by: {one.value}` is not `Assisted-by: AGENT:MODEL [TOOL...]`", one.row
                )


def backport(case: Case) -> Iterator[LineFinding]:
    """T11: a backport names the commit that it is of."""
    for mail in case.posting.patches:
        if not _UPSTREAM.search(mail.message):
            yield LineFinding(mail, "neither `commit <40 digits> upstream.` nor `[ Upstream commit <40 digits> ]`")


def _handed_on(trailers: Sequence[Trailer]) -> int:
    """Return the row from which on there are only sign-offs: of those who passed on what others had tagged."""
    last = [*takewhile(lambda one: one.key == SIGNED, reversed(trailers))]
    return last[-1].row if last else sys.maxsize

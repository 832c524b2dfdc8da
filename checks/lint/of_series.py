# SPDX-License-Identifier: GPL-2.0-only
"""S01 to S12: what is asked of a series as a whole; each function is one line of the checklist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.lint.facts import same_patch
from checks.lint.posting import LineFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.lint.posting import Case

MOST = 15
"""Patches in a series: maintainer-netdev."""
WITHOUT_COVER = 2
"""Patches that need no cover letter."""
_ARCHIVES = (
    r"https?://(?:[^\s/]*(?:lore\.kernel|msgid\.link|lkml|patchwork|patchew|marc\.info|spinics|mail-archive|lists\.|lwn"
    r"|inbox|groups\.google)|[^\s>\])]{1,200}(?:@|%40|/pipermail/|/lore/))[^\s>\])]*"
)
"""Links to mails: of archives, or with a Message-ID in them."""
_VERSION = r"(?:rfc *)?(?:v|version |revision |rev\. ?)\d"
_CHANGED = re.compile(
    rf"^[^\w\n]*(?:(?:changes|changed|change ?log|history)\b"
    rf"|(?:change|differences?|updates?|modifications?|new)\b[^.\n]{{1,30}}\b{_VERSION}"
    rf"|{_VERSION}+(?!\w|\.\d|[^\w\n]{{0,9}}https?://))"
    rf"|\b(?:since|compared (?:to|with)|different from) (?:the )?{_VERSION}",
    re.IGNORECASE | re.MULTILINE,
)
"""How people begin to tell what changed: `v2:`, `- v2: text`, `v1 -> v2`, `Changes since v1`; `v1: URL` is a link."""
_RANGE_DIFF = re.compile(r"^ *(?:\d+|-): +(?:[0-9a-f]{7,}|-+) [=!<>] +(?:\d+|-): ", re.MULTILINE)
_INTERDIFF = re.compile(r"^(?:diff --git |@@ -\d+)", re.MULTILINE)
_CHANGE_ID = re.compile(r"^change-id: *(\S*)", re.MULTILINE)
_PREREQUISITE = re.compile(r"^prerequisite-(patch-id|change-id|message-id): *(.*)", re.MULTILINE)
_PREREQUISITES = {
    "patch-id": r"[0-9a-f]{40,64}",
    "change-id": r"\S+(?::v\d+)?",
    "message-id": r"<?[^\s@<>]+@[^\s@<>]+>?",
}
_LEFT = ("EDITME", "*** SUBJECT HERE ***", "*** BLURB HERE ***")
_GENERATED = re.compile(
    r"\b(?:this|these|the|all|each|every) (?:of (?:the|these) )?(?:\d+ )?"
    r"(?:patch(?:es)?|(?:patch )?series|commits?|texts?) (?:\w+ ){0,2}"
    r"(?:is|are|was|were|been) (?:\w+ )?(?:generated|rendered)\b"
    r"|(?<!\S)(?:assisted|generated)-by: ?\S",
    re.IGNORECASE,
)
"""What says that a program made the patches; interrupts and code are generated, too."""
_TOLD = {
    "which tool and version": r"(?<![\w.-])[A-Za-z][\w.-]* (?:version )?v?\d+\.\d|-by: ?[^\s:]+:\S",
    "from which input": r"\b(?:from|template|definition|prompt|script|input)",
    "which patches": r"\b(?:all(?: \d+)?|the|this|every) (?:of the )?(?:patch|series)|\bpatch(?:es)? \d",
    "how it was tested": r"\b(?:test|boot|kunit|check)",
}


def base_commit(case: Case) -> Iterator[LineFinding]:
    """S01: it is there, a full hash."""
    base = case.posting.base
    if not base:
        yield LineFinding(
            None, "no base-commit: at the foot of the cover letter or of patch 1 (git format-patch --base)"
        )
    elif not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", base):
        yield LineFinding(None, f"base-commit: {base} is not a full hash")


def base_is_public(case: Case) -> Iterator[LineFinding]:
    """S01: others have it."""
    if case.facts and not case.facts.public():
        yield LineFinding(None, f"no tag and no remote branch contains the base-commit {case.posting.base[:12]}")


def applies(case: Case) -> Iterator[LineFinding]:
    """S02: in order, with zero fuzz, and to the tree that was rendered."""
    if not case.facts or not case.posting.patches:
        return
    trees, why = case.facts.apply([mail.raw for mail in case.posting.patches])
    for mail, tree, wanted in zip(case.posting.patches, trees, case.trees, strict=False):
        if tree != wanted:
            yield LineFinding(mail, f"the mail gives the tree {tree[:12]}, and the rendered one is {wanted[:12]}")
    if why:
        yield LineFinding(case.posting.patches[len(trees)], f"does not apply on the base-commit: {why}")


def numbered(case: Case) -> Iterator[LineFinding]:
    """S03: n/m without gaps, padded alike, one version, one prefix."""
    subjects = [mail.subject for mail in case.posting.mails]
    numbers = [one.number for one in subjects if one.number != 0]
    if len(subjects) == 1 and numbers == [None]:
        return
    total = len(case.posting.patches)
    if numbers != list(range(1, total + 1)):
        told = ", ".join("-" if one is None else str(one) for one in numbers[:20])
        yield LineFinding(None, f"the patches are numbered {told}: not 1 to {total} without gaps")
    if {one.total for one in subjects} - {total}:
        told = ", ".join(sorted({str(one.total) for one in subjects}))
        yield LineFinding(None, f"there are {total} patches, but the subjects say {told}")
    if len({one.width for one in subjects}) > 1:
        yield LineFinding(None, "the numbers are not padded alike: 01/12, as git writes them")
    if len({one.called for one in subjects}) > 1:
        yield LineFinding(None, f"several versions: {', '.join(sorted({one.called for one in subjects}))}")
    if len({one.prefixes for one in subjects}) > 1:
        prefixes = sorted({" ".join(one.prefixes) or "none" for one in subjects})
        yield LineFinding(None, f"several prefixes: {', '.join(prefixes)}")


def sized(case: Case) -> Iterator[LineFinding]:
    """S04: at most 15 patches."""
    total = len(case.posting.patches)
    if total > MOST:
        yield LineFinding(None, f"{total} patches: at most {MOST} are looked at in one go")


def introduced(case: Case) -> Iterator[LineFinding]:
    """S04: a cover letter above two patches."""
    total = len(case.posting.patches)
    if total > WITHOUT_COVER and case.posting.cover is None:
        yield LineFinding(None, f"{total} patches and no cover letter")


def changed(case: Case) -> Iterator[LineFinding]:
    """S05: from v2 on, what changed, with a link to each earlier posting."""
    before = case.posting.before
    if before < 1:
        return
    texts = [case.posting.letter, *(mail.notes for mail in case.posting.patches)]
    if not any(_CHANGED.search(text) for text in texts):
        told = f"{case.posting.first.subject.called} does not tell what changed since v{before}"
        yield LineFinding(None, f"{told}: in the cover, or below ---")
    links = {link for text in texts for link in re.findall(_ARCHIVES, text)}
    if len(links) < before:
        yield LineFinding(None, f"{before} earlier postings, and {len(links)} links to them")


def threaded_anew(case: Case) -> Iterator[LineFinding]:
    """S06: from v2 on a new thread; the patches answer their own cover letter."""
    first = case.posting.first
    if case.posting.version > 1 and first.ids("in-reply-to"):
        yield LineFinding(first, f"{first.subject.called} answers another thread: start a new one")
    own = first.ids("message-id")
    for mail in case.posting.mails[1:]:
        if own and mail.ids("in-reply-to") != own:
            yield LineFinding(
                mail, f"does not answer {'its cover letter' if case.posting.cover else 'patch 1'} {own[0]}"
            )


def resent(case: Case) -> Iterator[LineFinding]:
    """S07: RESEND only with unchanged patches."""
    if "RESEND" not in case.posting.first.subject.prefixes or case.previous is None:
        return
    now, then = case.posting.patches, case.previous.patches
    if len(now) != len(then) or not all(map(same_patch, now, then)):
        yield LineFinding(None, "RESEND, and the patches are not those of the version before: start a new version")


def compared(case: Case) -> Iterator[LineFinding]:
    """S08: a range-diff in the cover letter, no interdiff."""
    cover = case.posting.cover
    if cover is None:
        return
    if _INTERDIFF.search(cover.body):
        yield LineFinding(cover, "a diff in the cover letter is taken for a patch by Patchwork: use git range-diff")
    if case.posting.before and not _RANGE_DIFF.search(cover.body):
        yield LineFinding(cover, "no range-diff against the version before")


def change_id(case: Case) -> Iterator[LineFinding]:
    """S09: a change-id, and prerequisites that can be read."""
    if not _CHANGE_ID.search(case.posting.letter):
        yield LineFinding(None, "no change-id, by which b4 knows the versions of a series")
    for kind, value in _PREREQUISITE.findall(case.posting.first.body):
        if not re.fullmatch(_PREREQUISITES[kind], value.strip()):
            yield LineFinding(case.posting.first, f"prerequisite-{kind}: {value.strip()} cannot be read")


def change_id_is_stable(case: Case) -> Iterator[LineFinding]:
    """S09: the same as that of the version before."""
    if case.previous:
        now, then = (_CHANGE_ID.search(each.letter) for each in (case.posting, case.previous))
        if now and then and now[1] != then[1]:
            yield LineFinding(None, f"the change-id is {now[1]}, and was {then[1]}")


def finished(case: Case) -> Iterator[LineFinding]:
    """S10: no place holder is left."""
    for mail in case.posting.mails:
        for word in _LEFT:
            if word in mail.subject.title or word in mail.message or word in mail.notes:
                yield LineFinding(mail, f"{word} is left")


def provenance(case: Case) -> Iterator[LineFinding]:
    """S12: of generated text the cover letter says tool, input, patches and tests."""
    if not case.generated and not any(_says_so(mail.message) for mail in case.posting.mails):
        return
    letter = case.posting.letter
    missing = [what for what, pattern in _TOLD.items() if not re.search(pattern, letter, re.IGNORECASE)]
    if missing or not _says_so(letter):
        told = ", ".join(missing) or "that it is"
        yield LineFinding(case.posting.first, f"text was generated, and the cover letter does not tell {told}")


def _says_so(text: str) -> bool:
    """Tell whether a text says of itself, or of its patches, that a program made them."""
    return bool(_GENERATED.search(" ".join(text.split())))

# SPDX-License-Identifier: GPL-2.0-only
"""What git am takes of a mail's text: who wrote the patch, its subject, the commit's message, and the patch; pure.

The rules are those of git's mailinfo.c: check_inbody_header() and patchbreak(). Scissors are a line like any other, as
they are where mailinfo.scissors is not set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELD = re.compile(r"(From|Subject|Date):[ \t\r]*(.*)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[PATCH\][ \t\r\n]")
_SEPARATOR = re.compile(r">From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n")
_BREAK = re.compile(r"^(?:diff -|Index: |--- (?![ \t\r\n])|---[ \t\r]*\n)", re.MULTILINE)
_DIFF = re.compile(r"^(?:diff --git |--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE)
_OF_A_DIFF = re.compile(r"diff -|Index: |[-=]{3}|RCS file: |retrieving revision |Only in |Binary files |\s*$")
_SIGNED = re.compile(r"^Signed-off-by: ", re.MULTILINE)
_HUNK = re.compile(r"@@ -\d+(?:,(\d{1,9}))? \+\d+(?:,(\d{1,9}))? @@")
_SIGNATURE = re.compile(r"--[ \t]*$|---[ \t]*$")


class Taken(NamedTuple):
    """A text, taken apart.

    Attributes:
        fields: the in-body headers, by name in lower case.
        skipped: how many lines stand above the message: blank ones, and the in-body headers.
        message: up to where git ends it.
        notes: from there to the diff.
        diff: from its first header on.
    """

    fields: dict[str, str]
    skipped: int
    message: str
    notes: str
    diff: str


def take(body: str) -> Taken:
    """Take a text apart."""
    rows = re.findall(r"[^\n]*\n|[^\n]+", body)
    fields, skipped = _in_body(rows)
    text = "".join(rows[skipped:])
    found = _BREAK.search(text)
    cut = found.start() if found else len(text)
    found = _DIFF.search(text, cut)
    begin = found.start() if found else len(text)
    return Taken(fields if cut < len(text) else {}, skipped, text[:cut], text[cut:begin], text[begin:])


def severed(notes: str) -> str:
    """Tell why git ends a message too early, by what stands between its end and the diff; empty where it does not."""
    first, _, rest = notes.partition("\n")
    if first.startswith("---") and not first[3:].strip():
        return f"a Signed-off-by stands below the line {first.rstrip()!r}" if _SIGNED.search(rest) else ""
    if any(not _OF_A_DIFF.match(row) for row in notes.split("\n")):
        return f"the line {first[:40]!r} looks like a diff's"
    return ""


def beyond(diff: str) -> int | None:
    """Return the index of the first added or removed line that stands behind the count of its hunk, or None.

    git apply takes such a line for garbage between hunks and drops it without a word.
    """
    old = new = 0
    behind = False
    for index, row in enumerate(diff.split("\n")):
        if old > 0 or new > 0:
            old -= row[:1] in {" ", "-", ""}
            new -= row[:1] in {" ", "+", ""}
            behind = True
        elif found := _HUNK.match(row):
            old, new = (1 if count is None else int(count) for count in found.groups())
        elif behind and row[:1] in {"+", "-"} and not _SIGNATURE.match(row) and not row.startswith("--- "):
            return index
        else:
            behind = behind and row[:1] in {" ", "\\"}
    return None


def _in_body(rows: Sequence[str]) -> tuple[dict[str, str], int]:
    """Read the in-body headers, which need no blank line behind them and may be folded, and count their lines."""
    fields: dict[str, str] = {}
    folded: list[str] = []
    name = ""
    at = 0
    while at < len(rows):
        row = rows[at]
        found = _FIELD.match(row)
        if name and row[:1] in {" ", "\t"}:
            folded.append(row.strip())
        elif name and row == "\n":
            at += 1
            break
        elif row != "\n" and not _SEPARATOR.fullmatch(row):
            if name:
                fields[name] = " ".join(folded)
                name = ""
            if _BRACKETED.match(row):
                fields["subject"] = row.strip()
            elif found and found[1].lower() not in fields:
                name, folded = found[1].lower(), [found[2]]
            else:
                break
        at += 1
    if name:
        fields[name] = " ".join(folded)
    return fields, at

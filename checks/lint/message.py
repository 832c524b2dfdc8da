# SPDX-License-Identifier: GPL-2.0-only
"""One mail, as facts; pure, and never raises: what is wrong with a mail is a finding, whatever bytes it is made of."""

from __future__ import annotations

import contextlib
import io
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from email.utils import getaddresses
from typing import TYPE_CHECKING

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from checks.lint import mailbox, mime
from checks.lint.taken import Taken, take

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 1 << 20
"""Bytes of a mail that is still read; lists take a fraction of that."""
_LEADING = re.compile(r"[ :]+|(?P<reply>(?:re|aw|fwd?|sv) ?:)|\[(?P<words>[^\]]*)\]", re.IGNORECASE)
_QUOTED = re.compile(r'\\(.)|"')
_SHA = re.compile(rb"From ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b")
_COUNT = re.compile(r"(\d{1,6})/(\d{1,6})")
_VERSION = re.compile(r"(?:PATCH)?v(\d{1,4})(?:\.(\d{1,4}))?", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- $[\s\S]*\Z", re.MULTILINE)
_TRAILER = re.compile(r"(?P<key>[A-Z][A-Za-z]*(?:-[A-Za-z]+)*): +(?P<value>\S.*)")
_KEYS = frozenset({"Fixes", "Closes", "Link", "Cc", "Change-Id", "Message-Id", "Message-ID", "Bug", "Depends-on"})


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject, taken apart.

    Attributes:
        title: what stands behind the brackets.
        prefixes: words of the brackets that are no PATCH, no version and no count: RFC, RESEND, net-next.
        version: 1 where it is not said.
        minor: of v1.1, which mends v1 in part; 0 where none is said.
        number: of the patch, 0 for a cover letter, None where there is no n/m.
        total: of the series, None where there is no n/m.
        width: digits of n as it is written, 0 where there is no n/m.
        patch: True where the brackets say PATCH.
        reply: True for an answer.
    """

    title: str
    prefixes: tuple[str, ...]
    version: int
    minor: int
    number: int | None
    total: int | None
    width: int
    patch: bool
    reply: bool

    @property
    def called(self) -> str:
        """The version as people write it: v2, v1.1."""
        return f"v{self.version}.{self.minor}" if self.minor else f"v{self.version}"


@dataclass(frozen=True, slots=True)
class Trailer:
    """A line `Key: value` of a message.

    Attributes:
        key: as it is written.
        value: what follows.
        row: the index of its line in the message.
    """

    key: str
    value: str
    row: int

    @property
    def person(self) -> tuple[str, str]:
        """Name and address, both may be empty; what stands behind `<...>` is a remark."""
        end = self.value.find(">") + 1
        return person(self.value[:end] if end else self.value)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a diff.

    Attributes:
        path: in the tree, behind the patch; of a removed file, before it.
        new: True where the patch makes it.
        added: the lines that the patch adds.
        removed: those that it takes out.
    """

    path: str
    new: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail.

    Attributes:
        raw: its bytes, the mbox's `From ` line too.
        line: the number of its first line in the mailbox, from 1.
        lines: the number in the mailbox of each line of its body, however it is encoded.
        subject: taken apart; the title is that of an in-body Subject, where there is one.
        headers: name in lower case and decoded value, in order.
        sender: name and address of the From header.
        named: name and address of an in-body From, or None.
        body: all of it, decoded.
        message: what git commits, in-body headers left out; all of a cover letter's, the signature left out.
        skipped: how many lines of the body stand above the message.
        notes: from the end of the message, mostly `---`, to the diff.
        diff: from its first header on.
        files: of the diff.
        damage: why the diff cannot be read, or empty.
        trailers: of the message, in order.
        defects: what is wrong with its MIME, one line each.
        file: the mailbox's path where findings are to name a line of it, else empty.
        torn: numbers in the mailbox of the lines at which git would begin another mail.
    """

    raw: bytes
    line: int
    lines: tuple[int, ...]
    subject: SubjectLine
    headers: tuple[tuple[str, str], ...]
    sender: tuple[str, str]
    named: tuple[str, str] | None
    body: str
    message: str
    skipped: int
    notes: str
    diff: str
    files: tuple[File, ...]
    damage: str
    trailers: tuple[Trailer, ...]
    defects: tuple[str, ...]
    file: str = ""
    torn: tuple[int, ...] = ()

    def all(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        """Return a header's first value, or an empty text."""
        return next(iter(self.all(name)), "")

    def ids(self, name: str) -> list[str]:
        """Return the Message-IDs in a header."""
        return re.findall(r"<[^<>\s]+>", " ".join(self.all(name)))

    def place(self, row: int) -> int:
        """Return the number in the mailbox of a line.

        Args:
            row: its index, counted from the message's first line on; those of notes and diff follow on.
        """
        return self.lines[min(self.skipped + row, len(self.lines) - 1)]

    def row(self, line: int) -> int:
        """Return the index of a line of the mailbox, as `place` takes it."""
        return bisect_left(self.lines, line) - self.skipped

    @property
    def headed(self) -> bool:
        """Whether it has a mail's header at all."""
        return bool(self.get("from") or self.get("subject"))

    @property
    def commit(self) -> str:
        """The full id that git format-patch writes into the mbox's `From ` line, or an empty text."""
        found = _SHA.match(self.raw)
        return found[1].decode() if found else ""

    @property
    def author(self) -> tuple[str, str]:
        """Who wrote the patch: the in-body From, or else the sender."""
        return self.named or self.sender

    @property
    def addressed(self) -> frozenset[str]:
        """The addresses of To and Cc, in lower case."""
        return frozenset(address.lower() for _, address in people([*self.all("to"), *self.all("cc")]) if address)


def read(data: bytes) -> list[Mail]:
    """Return the mails of a mailbox; what a line `From ` of a text tore off is put back, as its writer meant it.

    Such a rest has no header. That git would take it for a mail is what is wrong, and nothing of either half is.
    """
    found: list[tuple[Mail, list[Mail]]] = []
    for line, raw in mailbox.split(data):
        mail = parse(raw, line)
        if found and not mail.headed and raw.startswith(b"From "):
            found[-1][1].append(mail)
        else:
            found.append((mail, []))
    return [_mended(mail, rests) if rests else mail for mail, rests in found]


def parse(raw: bytes, line: int = 1) -> Mail:
    """Read a mail.

    Args:
        raw: its bytes.
        line: the number of its first line in the mailbox.
    """
    defects = []
    if len(raw) > MOST:
        defects.append(f"the mail has {len(raw) >> 20} MiB, and only its first {MOST >> 20} were read")
    headers, body, lines, wrong = mime.unpack(raw[:MOST], line)
    known = dict(headers)
    subject = subject_of(known.get("subject", ""))
    taken = _letter(body) if subject.number == 0 else take(body)
    own = {name: mime.decoded(value) for name, value in taken.fields.items()}
    if "subject" in own:
        subject = replace(subject, title=subject_of(own["subject"]).title)
    files, damage = _files(taken.diff)
    return Mail(
        raw,
        line,
        lines,
        subject,
        headers,
        person(known.get("from", "")),
        person(own["from"]) if "from" in own else None,
        body,
        taken.message,
        taken.skipped,
        taken.notes,
        taken.diff,
        files,
        damage,
        trailers_of(taken.message),
        (*defects, *wrong),
    )


def subject_of(text: str) -> SubjectLine:
    """Take a subject apart."""
    rest = " ".join(text.split())
    words: list[str] = []
    reply, start = False, 0
    while found := _LEADING.match(rest, start):
        start = found.end()
        reply |= bool(found["reply"])
        words += (found["words"] or "").replace(",", " ").split()
    version, minor, count, others = 1, 0, None, []
    patch = False
    for word in words:
        if found := _COUNT.fullmatch(word):
            count = found
        elif found := _VERSION.fullmatch(word):
            version, minor = int(found[1]), int(found[2] or 0)
            patch |= word.upper().startswith("PATCH")
        elif word.upper() == "PATCH":
            patch = True
        else:
            others.append(word)
    number, total = (int(count[1]), int(count[2])) if count else (None, None)
    width = len(count[1]) if count else 0
    return SubjectLine(rest[start:].strip(), tuple(others), version, minor, number, total, width, patch, reply)


def trailers_of(message: str) -> tuple[Trailer, ...]:
    """Return the lines of a message that are trailers: a key that is known to be one, or ends with -by."""
    found = ((row, _TRAILER.fullmatch(text.rstrip())) for row, text in enumerate(message.split("\n")))
    return tuple(
        Trailer(one["key"], one["value"], row)
        for row, one in found
        if one and (one["key"] in _KEYS or one["key"].lower().endswith("-by"))
    )


def person(value: str) -> tuple[str, str]:
    """Return name and address of one person, both may be empty: handle_from() in git's mailinfo.c.

    The address is the word with an `@`; all else is the name, commas too, which would part two people elsewhere.
    """
    text = _QUOTED.sub(r"\1", " ".join(value.split()))
    at = text.find("@")
    if at < 0:
        return "", ""
    start = max(text.rfind(" ", 0, at), text.rfind("<", 0, at)) + 1
    end = min(found for found in (text.find(" ", at), text.find(">", at), len(text)) if found >= 0)
    name = " ".join(f"{text[:start].removesuffix('<')} {text[end:].removeprefix('>')}".split())
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return "" if set(name) & set("@<>") else name, text[start:end]


def people(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and address of everybody in some headers; at least one pair, empty where there is nobody."""
    found: list[tuple[str, str]] = []
    with contextlib.suppress(Exception):  # the library's parser breaks in many ways
        found = getaddresses([" ".join(value.split()) for value in values])
    return found or [("", "")]


def _mended(mail: Mail, rests: Sequence[Mail]) -> Mail:
    """Put a mail together again."""
    whole = parse(b"".join(one.raw for one in (mail, *rests)), mail.line)
    return replace(whole, torn=tuple(one.line for one in rests))


def _letter(text: str) -> Taken:
    """Take a cover letter, which git am never sees: it is all message, the signature left out."""
    return Taken({}, 0, _SIGNATURE.sub("", text), "", "")


def _files(diff: str) -> tuple[tuple[File, ...], str]:
    """Return the files of a diff, and why it cannot be read."""
    try:
        patches = PatchSet(io.StringIO(diff))
        return tuple(_file(one) for one in patches), ""
    except UnidiffParseError as error:  # its words are for a reader of diffs: Hunk is shorter than expected
        said = f"{error}".splitlines()[0]
        return (), said[0].lower() + said[1:]
    except Exception:  # noqa: BLE001 - whatever else the library stumbles over is damage too
        return (), "it cannot be parsed"


def _file(patched: PatchedFile) -> File:
    rows = [row for hunk in patched for row in hunk]
    added = tuple(row.value.rstrip("\n") for row in rows if row.is_added)
    removed = tuple(row.value.rstrip("\n") for row in rows if row.is_removed)
    return File(patched.path, patched.is_added_file, added, removed)

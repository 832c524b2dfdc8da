# SPDX-License-Identifier: GPL-2.0-only
"""One mail, as facts; pure, and never raises: what is wrong with a mail is a finding, whatever bytes it is made of."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import re
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import TYPE_CHECKING

from unidiff.patch import PatchedFile, PatchSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message

MOST = 1 << 20
"""Bytes of a mail that is still read; lists take a fraction of that."""
_HEADERS = 64 << 10
_FROM_LINE = re.compile(rb"\AFrom [^\n]*\n")
_BRACKETS = re.compile(r"\s*\[([^\]]*)\]")
_REPLY = re.compile(r"\s*(re|aw|fwd?|sv)\s*:", re.IGNORECASE)
_COUNT = re.compile(r"(\d{1,6})/(\d{1,6})")
_VERSION = re.compile(r"(?:PATCH)?v(\d{1,4})", re.IGNORECASE)
_IN_BODY = re.compile(r"(From|Subject|Date): \S.*")
_CUT = re.compile(r"^(?:---\s*$|diff --git |Index: )", re.MULTILINE)
_DIFF = re.compile(r"^(?:diff --git |--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- $[\s\S]*\Z", re.MULTILINE)
_TRAILER = re.compile(r"(?P<key>[A-Z][A-Za-z]*(?:-[A-Za-z]+)*): +(?P<value>\S.*)")
_KEYS = frozenset({"Fixes", "Closes", "Link", "Cc", "Change-Id", "Message-Id", "Message-ID", "Bug", "Depends-on"})


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject, taken apart.

    Attributes:
        title: what stands behind the brackets.
        prefixes: words of the brackets that are no PATCH, no version and no count: RFC, RESEND, net-next.
        version: 1 where it is not said.
        number: of the patch, 0 for a cover letter, None where there is no n/m.
        total: of the series, None where there is no n/m.
        width: digits of n as it is written, 0 where there is no n/m.
        patch: True where the brackets say PATCH.
        reply: True for an answer.
    """

    title: str
    prefixes: tuple[str, ...]
    version: int
    number: int | None
    total: int | None
    width: int
    patch: bool
    reply: bool


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
        """Name and address, both may be empty."""
        return people([self.value])[0]


@dataclass(frozen=True, slots=True)
class File:
    """One file of a diff.

    Attributes:
        path: in the tree, behind the patch; of a removed file, before it.
        new: True where the patch makes it.
        added: the lines that the patch adds.
    """

    path: str
    new: bool
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail.

    Attributes:
        raw: its bytes, the mbox's `From ` line too.
        line: the number of its first line in the mailbox, from 1.
        body_line: the number of its body's first line in the mailbox.
        subject: taken apart.
        headers: name in lower case and decoded value, in order.
        sender: name and address of the From header.
        named: name and address of an in-body From, or None.
        body: all of it, decoded.
        message: the text above `---`, in-body headers left out; all of a cover letter's, the signature left out.
        skipped: how many lines of the body stand above the message.
        notes: between `---` and the diff.
        diff: from its first header on.
        files: of the diff.
        damage: why the diff cannot be read, or empty.
        trailers: of the message, in order.
        defects: what is wrong with its MIME, one line each.
    """

    raw: bytes
    line: int
    body_line: int
    subject: Subject
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

    def all(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        """Return a header's first value, or an empty text."""
        return next(iter(self.all(name)), "")

    def ids(self, name: str) -> list[str]:
        """Return the Message-IDs in a header."""
        return re.findall(r"<[^<>\s]+>", " ".join(self.all(name)))

    @property
    def author(self) -> tuple[str, str]:
        """Who wrote the patch: the in-body From, or else the sender."""
        return self.named or self.sender

    @property
    def addressed(self) -> frozenset[str]:
        """The addresses of To and Cc, in lower case."""
        return frozenset(address.lower() for _, address in people([*self.all("to"), *self.all("cc")]) if address)


def parse(raw: bytes, line: int = 1) -> Mail:
    """Read a mail.

    Args:
        raw: its bytes.
        line: the number of its first line in the mailbox.
    """
    started = _FROM_LINE.match(raw)
    text = raw[started.end() if started else 0 :]
    defects = []
    if len(raw) > MOST:
        defects.append(f"the mail has {len(raw) >> 20} MiB, and only its first {MOST >> 20} were read")
        text = text[:MOST]
    message = email.message_from_bytes(text, policy=email.policy.compat32)
    headers = _headers(message)
    known = dict(reversed(headers))
    body, wrong = _body(message)
    subject = subject_of(known.get("subject", ""))
    head = re.search(rb"\r?\n\r?\n", text)
    above = raw[: len(raw) - len(raw[started.end() if started else 0 :])].count(b"\n")
    body_line = line + above + text[: head.end() if head else 0].count(b"\n")
    named, skipped, rest = _in_body(body)
    said, notes, diff = _cut(rest, cover=subject.number == 0)
    files, damage = _files(diff)
    return Mail(
        raw,
        line,
        body_line,
        subject,
        tuple(headers),
        people([known.get("from", "")])[0],
        named,
        body,
        said,
        skipped,
        notes,
        diff,
        files,
        damage,
        trailers_of(said),
        (*defects, *wrong),
    )


def subject_of(text: str) -> Subject:
    """Take a subject apart."""
    rest = " ".join(text.split())
    reply = bool(_REPLY.match(rest))
    rest = _REPLY.sub("", rest, count=1) if reply else rest
    words: list[str] = []
    while found := _BRACKETS.match(rest):
        words += found[1].replace(",", " ").split()
        rest = rest[found.end() :]
    version, count, others = 1, None, []
    patch = False
    for word in words:
        if found := _COUNT.fullmatch(word):
            count = found
        elif found := _VERSION.fullmatch(word):
            version = int(found[1])
            patch |= word.upper().startswith("PATCH")
        elif word.upper() == "PATCH":
            patch = True
        else:
            others.append(word)
    number, total = (int(count[1]), int(count[2])) if count else (None, None)
    width = len(count[1]) if count else 0
    return Subject(rest.strip(), tuple(others), version, number, total, width, patch, reply)


def trailers_of(message: str) -> tuple[Trailer, ...]:
    """Return the lines of a message that are trailers: a key that is known to be one, or ends with -by."""
    found = ((row, _TRAILER.fullmatch(text.rstrip())) for row, text in enumerate(message.split("\n")))
    return tuple(
        Trailer(one["key"], one["value"], row)
        for row, one in found
        if one and (one["key"] in _KEYS or one["key"].lower().endswith("-by"))
    )


def people(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and address of everybody in some headers; at least one pair, empty where there is nobody."""
    found: list[tuple[str, str]] = []
    with contextlib.suppress(Exception):  # the library's parser breaks in many ways
        found = getaddresses([" ".join(value.split()) for value in values])
    return found or [("", "")]


def _headers(message: Message) -> list[tuple[str, str]]:
    return [(str(key).lower(), _decoded(value)) for key, value in message.items()]


def _decoded(value: object) -> str:
    """Return a header's text; what cannot be decoded stays as it is."""
    raw = str(value)[:_HEADERS].replace("\r\n", "\n")
    raw = re.sub(r"\n[ \t]+", " ", raw)
    with contextlib.suppress(Exception):  # no such charset, wrong base64, a surrogate
        raw = str(make_header(decode_header(raw)))
    return raw.encode("utf-8", "replace").decode("utf-8", "replace")


def _body(message: Message) -> tuple[str, list[str]]:
    """Return the text of a mail, and what is wrong with how it is packed."""
    wrong = []
    part = message
    if message.is_multipart():
        wrong.append("it has several parts: an attachment, or HTML beside the text")
        texts = [one for one in message.walk() if not one.is_multipart()]
        plain = [one for one in texts if one.get_content_type() == "text/plain"]
        part = next(iter(plain or texts), message)
    if part.get_content_type() != "text/plain":
        wrong.append(f"it is {part.get_content_type()}, not text/plain")
    with contextlib.suppress(Exception):
        if str(part.get_param("format", "")).lower() == "flowed":
            wrong.append("it is format=flowed, which breaks lines")
    encoding = str(part.get("content-transfer-encoding", "7bit")).strip().lower()
    if encoding not in {"7bit", "8bit", ""}:
        wrong.append(f"it is encoded as {encoding}, not 7bit or 8bit")
    data = b""
    with contextlib.suppress(Exception):
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    charset = "utf-8"
    with contextlib.suppress(Exception):
        charset = part.get_content_charset() or "utf-8"
    try:
        text = data.decode(charset)
    except (UnicodeDecodeError, LookupError, ValueError):
        wrong.append(f"it is no {charset}")
        text = data.decode("utf-8", "replace")
    if "\r" in text:
        wrong.append("its lines end with CR LF, or hold a CR")
    return text.replace("\r\n", "\n"), wrong


def _in_body(body: str) -> tuple[tuple[str, str] | None, int, str]:
    """Return who an in-body From names, how many lines the in-body headers take, and the rest."""
    rows = body.split("\n")
    start = next((row for row, text in enumerate(rows) if text.strip()), 0)
    end = start
    while end < len(rows) and _IN_BODY.fullmatch(rows[end].rstrip()):
        end += 1
    if end == start or (end < len(rows) and rows[end].strip()):
        return None, 0, body
    named = [row.partition(":")[2] for row in rows[start:end] if row.startswith("From:")]
    return (people(named)[0] if named else None), end, "\n".join(rows[end:])


def _cut(text: str, *, cover: bool) -> tuple[str, str, str]:
    """Return message, notes and diff; a cover letter is all message."""
    if cover:
        return _SIGNATURE.sub("", text), "", ""
    cut = _CUT.search(text)
    said = text[: cut.start()] if cut else _SIGNATURE.sub("", text)
    rest = text[cut.start() :] if cut else ""
    found = _DIFF.search(rest)
    return said, rest[: found.start() if found else len(rest)], rest[found.start() :] if found else ""


def _files(diff: str) -> tuple[tuple[File, ...], str]:
    """Return the files of a diff, and why it cannot be read."""
    try:
        patches = PatchSet(io.StringIO(diff))
        return tuple(_file(one) for one in patches), ""
    except Exception as error:  # noqa: BLE001 - whatever the library stumbles over is damage
        return (), f"{type(error).__name__}: {error}".splitlines()[0]


def _file(patched: PatchedFile) -> File:
    added = tuple(row.value.rstrip("\n") for hunk in patched for row in hunk if row.is_added)
    return File(patched.path, patched.is_added_file, added)

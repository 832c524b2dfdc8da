# SPDX-License-Identifier: GPL-2.0-only
"""A mail unpacked line by line as git mailinfo does it: header, then the text of all parts, one behind the other; pure.

The standard library's parser does not tell on which line of the file a line of the text stands, takes a lone CR for the
end of a line, and goes down into nested parts by recursion. So the lines are read here, by the rules of git's
mailinfo.c, and the library is asked what a header means. Linear in the size of the mail.
"""

from __future__ import annotations

import base64
import contextlib
import io
import re
from email.header import decode_header, make_header
from email.message import Message
from typing import TYPE_CHECKING, NamedTuple

from checks.lint.mailbox import BLANKS

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PARTS = 5
"""How deep parts may be nested for git: MAX_BOUNDARIES in mailinfo.c."""
_FIELD = re.compile(rb">?From |[!-9;-~]*:")
_ENCODED_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_LONGEST_VALUE = 64 << 10


class Unpacked(NamedTuple):
    """What a mail holds.

    Attributes:
        headers: name in lower case and decoded value, in order.
        body: the text of all its parts.
        lines: the number, in the file, of each line of the body.
        defects: what is wrong with how it is packed, one line each.
    """

    headers: tuple[tuple[str, str], ...]
    body: str
    lines: tuple[int, ...]
    defects: tuple[str, ...]


class _Part(NamedTuple):
    """One part: its header, and index and bytes of each of its lines."""

    header: Message
    rows: list[tuple[int, bytes]]


def unpack(mail: bytes, line: int) -> Unpacked:
    """Read a mail.

    Args:
        mail: its bytes, the mbox's `From ` line too.
        line: the number of its first line in the file.
    """
    rows = io.BytesIO(mail).readlines()
    at = next((index for index, row in enumerate(rows) if row.strip(BLANKS)), len(rows))
    rows[at : at + 1] = [row.lstrip(BLANKS) for row in rows[at : at + 1]]
    fields, at = _header(rows, at)
    parts, defects = _parts(rows, at, _message(fields))
    texts, lines = [], []
    for part in parts:
        data, numbers = _decoded(part)
        text, wrong = _text(part, data)
        texts.append(text)
        lines += numbers
        defects += wrong
    body = "".join(texts)
    if "\r" in body:
        defects.append("its lines end with CR LF, or hold a CR")
    headers = tuple((name, decoded(value)) for name, value in fields)
    numbered = tuple(line + index for index in lines) or (line + at,)
    return Unpacked(headers, body.replace("\r\n", "\n"), numbered, tuple(dict.fromkeys(defects)))


def decoded(value: str) -> str:
    """Return a header's text; what cannot be decoded stays as it is."""
    if "=?" in value:
        with contextlib.suppress(Exception):  # no such charset, wrong base64, a surrogate
            value = str(make_header(decode_header(value)))
    return value.encode("utf-8", "replace").decode("utf-8")


def _header(rows: Sequence[bytes], at: int) -> tuple[list[tuple[str, str]], int]:
    """Read a header: its fields, and the index of the line that ends it; a line that is no field does, too."""
    fields = []
    while at < len(rows) and (found := _FIELD.match(rows[at])):
        folded = [rows[at].rstrip(BLANKS)]
        at += 1
        while at < len(rows) and rows[at][:1] in {b" ", b"\t"}:
            folded.append(rows[at][1:].rstrip(BLANKS))
            at += 1
        if found[0].endswith(b":"):
            name, _, value = b" ".join(folded)[:_LONGEST_VALUE].partition(b":")
            fields.append((name.decode("ascii").lower(), _guessed(value.strip(BLANKS))))
    return fields, at


def _message(fields: Sequence[tuple[str, str]]) -> Message:
    """Return a header as the library's, which knows how to read Content-Type."""
    message = Message()
    for name, value in fields:
        if name.startswith("content-"):
            message[name] = value
    return message


def _parts(rows: Sequence[bytes], at: int, header: Message) -> tuple[list[_Part], list[str]]:
    """Tear a body into its parts, as handle_body() and handle_boundary() in mailinfo.c do."""
    boundaries = _boundary(header)
    parts = [_Part(header, [])]
    defects = ["it has several parts: an attachment, or HTML beside the text"] if boundaries else []
    if boundaries:
        at = _next(rows, at, boundaries)
    elif at < len(rows) and not rows[at].strip(BLANKS):
        at += 1
    while at < len(rows):
        if boundaries and rows[at].startswith(boundaries[-1]):
            while boundaries and rows[at].startswith(boundaries[-1] + b"--"):
                boundaries.pop()
                parts[-1].rows.append((at, b"\n"))
                at = _next(rows, at + 1, boundaries)
                if at == len(rows):
                    return parts, defects
            fields, at = _header(rows, at + 1)
            parts.append(_Part(_message(fields), []))
            boundaries += _boundary(parts[-1].header)
            if len(boundaries) > MOST_PARTS:
                return parts, [*defects, f"its parts are nested more than {MOST_PARTS} deep, which git refuses"]
            at += 1  # git takes what follows the header's end, a boundary too, for text
        if at < len(rows):
            parts[-1].rows.append((at, rows[at]))
        at += 1
    return parts, defects


def _boundary(header: Message) -> list[bytes]:
    """Return the line that a header says its parts are torn apart by, or nothing."""
    boundary = ""
    with contextlib.suppress(Exception):  # the library's parser breaks in many ways
        boundary = str(header.get_param("boundary", ""))
    return [b"--" + boundary.encode("utf-8", "replace")] if boundary else []


def _next(rows: Sequence[bytes], at: int, boundaries: Sequence[bytes]) -> int:
    """Return the index of the next boundary, or of the end."""
    while at < len(rows) and not (boundaries and rows[at].startswith(boundaries[-1])):
        at += 1
    return at


def _decoded(part: _Part) -> tuple[bytes, list[int]]:
    """Undo the transfer encoding: the text's bytes, and on which line of the file each of its lines begins."""
    decode = {"base64": _base64, "quoted-printable": _quoted}.get(_encoding(part.header), bytes)
    pieces, numbers, begins = [], [], True
    for index, row in part.rows:
        if piece := decode(row):
            ended = piece.endswith(b"\n")
            numbers += [index] * (piece.count(b"\n") - ended + begins)
            begins = ended
            pieces.append(piece)
    return b"".join(pieces), numbers


def _encoding(header: Message) -> str:
    return str(header.get("content-transfer-encoding", "7bit")).strip().lower()


def _base64(row: bytes) -> bytes:
    """Decode a line by itself; characters that do not belong there are left out, as git leaves them out."""
    kept = row.translate(None, _NO_BASE64)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(kept + b"=" * (-len(kept) % 4))


def _quoted(row: bytes) -> bytes:
    row = row.replace(b"\r\n", b"\n")
    return _ENCODED_BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), row.removesuffix(b"=\n"))


def _text(part: _Part, data: bytes) -> tuple[str, list[str]]:
    """Return the text of a part, and what is wrong with how it is packed."""
    wrong = []
    header = part.header
    if header.get_content_maintype() != "multipart" and header.get_content_type() != "text/plain":
        wrong.append(f"it is {header.get_content_type()}, not text/plain")
    with contextlib.suppress(Exception):
        if str(header.get_param("format", "")).lower() == "flowed":
            wrong.append("it is format=flowed, which breaks lines")
    if (encoding := _encoding(header)) not in {"7bit", "8bit", ""}:
        wrong.append(f"it is encoded as {encoding}, not 7bit or 8bit")
    charset = ""
    with contextlib.suppress(Exception):
        charset = header.get_content_charset() or ""
    with contextlib.suppress(UnicodeDecodeError, LookupError, ValueError):
        return data.decode(charset or "utf-8"), wrong
    wrong.append(f"its text is not valid {charset or 'utf-8'}")
    return data.decode("utf-8", "replace") if charset else _guessed(data), wrong


def _guessed(data: bytes) -> str:
    """Decode what does not say how: git takes a line that is not UTF-8 for Latin 1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(map(_guessed_line, data.split(b"\n")))


def _guessed_line(row: bytes) -> str:
    try:
        return row.decode("utf-8")
    except UnicodeDecodeError:
        return row.decode("latin-1")

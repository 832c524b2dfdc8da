# SPDX-License-Identifier: GPL-2.0-only
"""A patch as it comes, whatever it comes in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from generator.git import git
from patchset.errors import InputError
from patchset.snapshot import safe_path

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 8 << 20
"""No patch is larger; what is was made by a program, and nobody maintains it as edits."""
_DIFF = re.compile(rb"^(?:diff --git |Index: |--- \S[^\n]*\n\+\+\+ \S)", re.MULTILINE)
_HEADER = re.compile(rb"\A\s*(?:From |[A-Za-z][A-Za-z0-9-]*: )")
_NAMED = re.compile(rb"^(?:--- |\+\+\+ |(?:rename|copy) (?:from|to) )([^\t\n]+)", re.MULTILINE)
_PATH = rb"(\"(?:[^\"\\\n]|\\.)*\"|\S+)"
_GIT = re.compile(rb"^diff --git " + _PATH + b" " + _PATH + b"$", re.MULTILINE)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_MODULE = re.compile(rb"^(?:index \S+ 160000|(?:new file|deleted file|old|new) mode 160000)$", re.MULTILINE)
_NUMBER = re.compile(r"^[0-9]+[-_.]")
_PREFIX = re.compile(r"^(?:\[(?:[^\]]*\bPATCH\b[^\]]*|[^\]]*?\d+/\d+)\]\s*)+")
"""What a posting puts before a subject: that it is a patch, and which of how many."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A patch.

    Attributes:
        name: what it is called where it comes from: a file's name, a commit's id.
        author: `Name <mail>`; empty where nobody says.
        date: when it was written, as ISO 8601 has it; empty where nobody says.
        subject: its first line, without `[PATCH]`.
        body: the rest of its message.
        diff: what it changes.
        strip: how many folders its paths have before those of the tree.
        reverse: True for one that is taken out.
        tree: the id of the tree that must come of it, where that is known.
    """

    name: str
    author: str
    date: str
    subject: str
    body: str
    diff: bytes
    strip: int = 1
    reverse: bool = False
    tree: str = ""

    @property
    def paths(self) -> list[str]:
        """The files that it may touch."""
        texts = [*_NAMED.findall(self.diff), *(one for pair in _GIT.findall(self.diff) for one in pair)]
        renames = {
            found.group(1)
            for found in re.finditer(rb"^(?:rename|copy) (?:from|to) ([^\t\n]+)", self.diff, re.MULTILINE)
        }
        found: dict[str, None] = {}
        for text in texts:
            name = unquoted(text.rstrip(b"\r")).decode("utf-8", "replace")
            if name == "/dev/null":
                continue
            parts = name.split("/")
            found["/".join(parts if text in renames else parts[self.strip :])] = None
        return [one for one in found if one]


def checked(patch: Incoming) -> Incoming:
    """Return a patch that can be imported.

    Raises:
        InputError: it is too large, leaves the tree, touches a submodule, or has names that no definition has.
    """
    what = f"{patch.name}: "
    if len(patch.diff) > MOST_BYTES:
        size, most = len(patch.diff) >> 20, MOST_BYTES >> 20
        raise InputError(f"{what}{size} MiB is more than a patch may have, which is {most} MiB", hint=_LARGE)
    if _MODULE.search(patch.diff):
        raise InputError(f"{what}it changes a submodule, and a kernel has none", hint="leave that commit out")
    for path in patch.paths:
        if path.startswith("/") or ".." in path.split("/"):
            raise InputError(f"{what}it names {path}, which is outside of the tree")
        if not safe_path(path):
            raise InputError(f"{what}it names {path!r}, and a definition has no such names", hint="rename the file")
    if b"\r\n" in patch.diff and b"GIT binary patch" not in patch.diff:
        hint = "leave it out; where only the mail was broken on its way, `sed -i 's/\\r$//'` mends that"
        raise InputError(f"{what}its lines end in CR LF, and respin edits no such file", hint=hint)
    return patch


def unquoted(path: bytes) -> bytes:
    """Return a path that git may have written in quotes, as it does where one has other letters than English has."""
    if not (path.startswith(b'"') and path.endswith(b'"') and len(path) > 1):
        return path
    return _ESCAPE.sub(_unescaped, path[1:-1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8) & 0xFF]) if said.isdigit() else _ESCAPED.get(said, said)


_LARGE = "generated files are better made on each base than carried; leave it out"


def of_mail(text: bytes, name: str, repository: Path, room: Path) -> Incoming | None:
    """Read a mail, or a patch file that begins like one; None where it holds no patch.

    Args:
        text: the mail.
        name: what it is called.
        repository: where git runs.
        room: an empty folder for what git writes.
    """
    body, patch = room / "body", room / "patch"
    told = git(repository, "mailinfo", "-b", "--encoding=UTF-8", str(body), str(patch), stdin=text).text
    facts = dict(row.partition(": ")[::2] for row in told.splitlines())
    diff = patch.read_bytes()
    if not _DIFF.search(diff):
        return None
    author = f"{facts['Author']} <{facts['Email']}>" if facts.get("Author") and facts.get("Email") else ""
    message = body.read_bytes().decode("utf-8", "replace").strip("\n")
    subject = _PREFIX.sub("", facts.get("Subject", "")).strip()
    return Incoming(name, author, _date(facts.get("Date", "")), subject or titled(name), message, diff)


def of_text(text: bytes, name: str, repository: Path, room: Path) -> Incoming | None:
    """Read a patch file, with a header like a mail's or without; None where it holds no patch."""
    if _HEADER.match(text) and (found := of_mail(_as_mail(text), name, repository, room)):
        return found
    begin = _DIFF.search(text)
    if begin is None:
        return None
    told = text[: begin.start()].decode("utf-8", "replace")
    lines = [one.rstrip() for one in told.partition("\n---\n")[0].strip().split("\n")]
    subject = lines[0].strip() if lines and lines[0].strip(" -=") else titled(name)
    return Incoming(name, "", "", subject, "\n".join(lines[1:]).strip("\n"), text[begin.start() :])


def titled(name: str) -> str:
    """Return a subject for a patch that has none but its file's name."""
    stem = re.sub(r"\.(?:patch|diff|eml|mbox)$", "", name.rpartition("/")[2])
    return _NUMBER.sub("", stem).replace("-", " ").replace("_", " ") or name


def _as_mail(text: bytes) -> bytes:
    """Return a patch whose header git reads: Debian's `Description:` is its subject, and `Author:` who wrote it."""
    head, blank, rest = text.lstrip(b"\n").partition(b"\n\n")
    if re.search(rb"^Subject:", head, re.MULTILINE | re.IGNORECASE):
        return text.lstrip(b"\n")
    head = re.sub(rb"^Description:", b"Subject:", head, count=1, flags=re.MULTILINE)
    if not re.search(rb"^From:", head, re.MULTILINE):
        head = re.sub(rb"^Author:", b"From:", head, count=1, flags=re.MULTILINE)
    return head + blank + rest


def _date(text: str) -> str:
    """Return a mail's date as ISO 8601 has it; empty where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return ""
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).isoformat()

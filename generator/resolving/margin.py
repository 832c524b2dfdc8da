# SPDX-License-Identifier: GPL-2.0-only
"""Comments of ours in a definition's file, and nothing else of it touched.

1. The file is read as TOML is, token by token, so that what stands in a string is never taken for a comment or a table.
2. What an earlier run wrote goes: between its first and its last line all that is still as it was. A candidate that
   somebody took is no comment any more, and one that somebody changed is his: both stay.
3. What is written goes behind the last line of the edit, or of its own keys, or into its list of anchors.

Our own words begin with `## `, and a candidate's lines with `# `: without that they are what they offer.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.importing import writing
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[][{}=,]|[^]\s"\'#[{}=,]+',
    re.DOTALL,
)
_ROW = re.compile(r"[^\n]*\n|[^\n]+")
_HEADER = re.compile(r"\[\[?[ \t]*([^]\n]*?)[ \t]*\]\]?")
_OURS = "## respin resolve"
_LAST = "end"
_SUM = re.compile(r"## candidate .*\[([0-9a-f]{8})\]$")
_REFUSED = "this edit is refused: "
_HOW = "## To take a candidate, remove the `# ` before its lines; the next run removes what is not taken."
_INDENT = "    "
_NONE, _FULL = -1, -2


class Offer(NamedTuple):
    """A candidate as it is written.

    Attributes:
        words: what is said of it, a line each.
        entries: its keys: those of an anchor, or of the edit.
        head: True for the edit's.
        more: a table that belongs to it, as lines of TOML.
    """

    words: tuple[str, ...]
    entries: Mapping[str, object]
    head: bool = False
    more: tuple[str, ...] = ()


class _Edit(NamedTuple):
    """Where an edit is.

    Attributes:
        head: what follows its keys.
        tail: what follows all of it.
        closing: the end of its list of anchors; `_NONE` where it has a table for each.
        comma: True where the last of the list has a comma behind it.
    """

    head: int
    tail: int
    closing: int
    comma: bool


class Placed(NamedTuple):
    """A file with candidates in it.

    Attributes:
        text: the file.
        lines: the line of each candidate, from 1.
    """

    text: str
    lines: tuple[int, ...]


def cleared(text: str, base: str, file: str) -> str:
    """Return a file without what an earlier run wrote for a base.

    Raises:
        InputError: it was cut off.
    """
    rows = _ROW.findall(text)
    comments = _comments(text)
    kept: list[str] = []
    at = 0
    while at < len(rows):
        if at not in comments or _said(rows[at]) != f"{_OURS} {base}:":
            kept.append(rows[at])
            at += 1
            continue
        end = next((one for one in range(at + 1, len(rows)) if one in comments and _ends(rows[one])), None)
        if end is None:
            why = f"{file}:{at + 1}: the comments that begin here have no end"
            raise InputError(why, hint=f"remove them, up to where `{_OURS}: {_LAST}` would be")
        kept += _left(rows[at + 1 : end], [one - at - 1 for one in sorted(comments) if at < one < end])
        at = end + 1
    return "".join(kept)


def written(  # noqa: PLR0913 - one parameter a fact
    text: str, number: int, offers: Sequence[Offer], *, base: str, why: str, file: str
) -> Placed:
    """Return a file with the candidates of an edit in it, as comments.

    Args:
        text: the file, without what an earlier run wrote.
        number: which edit of the file it is, from 0.
        offers: what could be done.
        base: how the user calls the base.
        why: why it refuses the edit.
        file: how errors call the file.

    Raises:
        InputError: the edit is written in a way that leaves no room for a comment.
    """
    found: dict[int, int] = {}
    for head in (False, True):  # what stands behind is written first, so that no offset moves
        some = [(order, one) for order, one in enumerate(offers, 1) if one.head == head]
        if not some:
            continue
        edit = _found(text, number)
        at = _place(edit, some[0][1], file, number)
        indent = _INDENT if not head and edit.closing >= 0 else ""
        rows = [f"{_OURS} {base}: {_REFUSED}{why}", _HOW]
        begun: dict[int, int] = {}
        for order, offer in some:
            begun[order] = len(rows)
            first, *rest = offer.words
            code = _rows(offer, edit)
            told = f"## candidate {order} of {len(offers)}, {first} [{_digest(code)}]"
            rows += [told, *(f"##   {word}" for word in rest), *(f"# {row}" for row in code)]
        rows.append(f"{_OURS}: {_LAST}")
        text, line = _put(text, at, [f"{indent}{row}" for row in rows])
        found = {order: one + len(rows) if one >= line else one for order, one in found.items()}
        found |= {order: line + one for order, one in begun.items()}
    return Placed(text, tuple(line for _, line in sorted(found.items())))


def segments(text: str) -> list[tuple[str, str]]:
    """Return a file's tables in order, each with its name and its text; comments right above a table are its own.

    What stands before the first one has an empty name.
    """
    depth = skip = 0
    starts = [("", 0)]
    for one in _TOKEN.finditer(text):
        word = one.group()
        if word.startswith("#") or one.start() < skip:
            continue
        begin = text.rfind("\n", 0, one.start()) + 1
        if word == "[" and depth == 0 and not text[begin : one.start()].strip():
            header = _HEADER.match(text, one.start())
            if header:
                skip = header.end()
                starts.append((re.sub(r"[\s\"']", "", header.group(1)), begin))
                continue
        depth += (word in "[{") - (word in "]}")
    comments = _comments(text)
    moved = []
    for name, begin in starts:
        line = text.count("\n", 0, begin)
        while name and line - 1 in comments:
            line -= 1
            begin = text.rfind("\n", 0, begin - 1) + 1  # noqa: PLW2901
        moved.append((name, begin))
    ends = [begin for _, begin in moved[1:]] + [len(text)]
    return [(name, text[begin:end]) for (name, begin), end in zip(moved, ends, strict=True)]


def remarks(text: str) -> list[str]:
    """Return the comments of a part of a file."""
    return [one.group() for one in _TOKEN.finditer(text) if one.group().startswith("#")]


def taken(text: str, number: int, offer: Offer, file: str) -> str:
    """Return a file with a candidate of an edit in it, as it is when somebody takes it.

    Raises:
        InputError: the edit is written in a way that leaves no room for it.
    """
    edit = _found(text, number)
    indent = _INDENT if not offer.head and edit.closing >= 0 else ""
    return _put(text, _place(edit, offer, file, number), [f"{indent}{row}" for row in _rows(offer, edit)])[0]


def _place(edit: _Edit, offer: Offer, file: str, number: int) -> int:
    """Return where a candidate goes.

    Raises:
        InputError: there is no room.
    """
    at = edit.head if offer.head else edit.tail if edit.closing == _NONE else edit.closing
    if at < 0:
        hint = "write each edit as [[edit]], and its anchors as [[edit.at]], or one a line"
        raise InputError(f"{file}: there is no room for a comment at edit {number + 1}", hint=hint)
    return at


def _rows(offer: Offer, edit: _Edit) -> tuple[str, ...]:
    """Return a candidate as lines; an anchor in a list is one line."""
    if offer.head:
        return (*writing.head(offer.entries).split("\n")[1:-1], *offer.more)
    if edit.closing == _NONE:
        rows = writing.table("edit.at", offer.entries, writing.SIDES).split("\n")[:-1]
        return tuple(rows)
    body = ", ".join(
        f"{key} = {writing.value(one, flat=True)}" for key, one in offer.entries.items() if one or key in writing.SIDES
    )
    return (f"{'' if edit.comma else ', '}{{ {body} }},",)


def _put(text: str, at: int, rows: Iterable[str]) -> tuple[str, int]:
    """Put lines into a text at the start of a line; return it, and the number of the first of them."""
    end = "\r\n" if "\r\n" in text else "\n"
    before = text[:at] if at == 0 or text[at - 1] == "\n" else text[:at] + end
    return before + "".join(f"{row}{end}" for row in rows) + text[at:], before.count("\n") + 1


def _comments(text: str) -> set[int]:
    """Return the numbers of the lines, from 0, that are nothing but a comment."""
    found = set()
    for one in _TOKEN.finditer(text):
        if one.group().startswith("#") and not text[text.rfind("\n", 0, one.start()) + 1 : one.start()].strip():
            found.add(text.count("\n", 0, one.start()))
    return found


def _found(text: str, number: int) -> _Edit:
    """Find an edit of a file."""
    depth, count = 0, -1
    head = tail = closing = _NONE
    inside = children = comma = False
    anchors = last = ""
    skip = 0
    for one in _TOKEN.finditer(text):
        word = one.group()
        if word.startswith("#") or one.start() < skip:
            continue
        first = not text[text.rfind("\n", 0, one.start()) + 1 : one.start()].strip()
        header = _HEADER.match(text, one.start()) if first and word == "[" and depth == 0 else None
        if header:
            name = re.sub(r"[\s\"']", "", header.group(1))
            count += name == "edit"
            children = name.startswith("edit.")
            inside = count == number and (name == "edit" or children)
            skip = header.end()
        if inside:
            if anchors == "at" and word == "]" and depth == 1:
                closing = text.rfind("\n", 0, one.start()) + 1 if first else _FULL
                comma = last in {",", "["}
                anchors = ""
            elif depth == 0 and not children and (last, word) == ("at", "="):
                anchors = "="
            elif anchors == "=":
                anchors = "at" if word == "[" else ""
            tail = _behind(text, header.end() if header else one.end())
            head = head if children else tail
        depth += 0 if header else (word in "[{") - (word in "]}")
        last = word
    return _Edit(head, tail, closing, comma)


def _behind(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _left(rows: list[str], comments: list[int]) -> Iterator[str]:
    """Yield the lines between our first and our last one that somebody took or changed."""
    marks = [at for at in comments if rows[at].lstrip().startswith("## ")]
    spans: list[tuple[str, list[int]]] = [("", [])]
    for at in range(len(rows)):
        if at in marks:
            if found := _SUM.match(rows[at].strip()):
                spans.append((found.group(1), []))
            continue
        spans[-1][1].append(at)
    for told, span in spans:
        ours = [rows[at].strip().removeprefix("#").removeprefix(" ") for at in span]
        if not told or any(at not in comments for at in span) or _digest(ours) != told:
            yield from (rows[at] for at in span)


def _digest(rows: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(row.strip() for row in rows).encode()).hexdigest()[:8]


def _said(row: str) -> str:
    """Return how one of our lines begins, up to the base's name."""
    head, mark, _ = row.strip().partition(f" {_REFUSED}")
    return head if mark and head.startswith(f"{_OURS} ") else ""


def _ends(row: str) -> bool:
    return row.strip() == f"{_OURS}: {_LAST}"

# SPDX-License-Identifier: GPL-2.0-only
"""Anchors in files that are not C: makefiles, Kconfig, reStructuredText, MAINTAINERS and kernel-parameters.txt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.spot import AnchorError, Spot, at, listed
from patchset.anchors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from patchset.anchors import Anchor

_KCONFIG_ENTRY = re.compile(rb"^(?:config|menuconfig)[ \t]+(\w+)[ \t]*$", re.MULTILINE)
_KCONFIG_NEXT = re.compile(rb"^(?:\w+)\b", re.MULTILINE)
_ASSIGNMENT = re.compile(
    rb"^(?P<lhs>[^\s:+=#]+)[ \t]*[:+?]?=[ \t]*(?P<rhs>(?:[^\n\\]|\\.)*)\n?", re.MULTILINE | re.DOTALL
)
_PARAMETER = re.compile(rb"^\t(?P<name>[\w.-]+)(?:=|[ \t]|$)[^\n]*$", re.MULTILINE)
_MARKS = rb"""[=\-~^"'*+\#`.:_]"""
_UNDERLINE = re.compile(rb"\n(?P<mark>" + _MARKS + rb")(?P=mark){2,}[ \t]*(?=\n|\Z)")
"""It begins with a literal character, which `re` looks for much faster than for the start of a line."""
_OVERLINE = re.compile(rb"(?P<mark>" + _MARKS + rb")(?P=mark){2,}[ \t]*\n")
_RECORD = re.compile(rb"^(?P<title>\S[^\n]*)\n(?:[A-Z]:[^\n]*\n?)+", re.MULTILINE)


def makefile(anchor: Anchor, text: bytes) -> Spot:
    """Find an assignment by its left-hand side and one of its words: `obj-$(CONFIG_CRASH_DUMP) += crash_dump.o`."""
    lines = list(_ASSIGNMENT.finditer(text))
    found = [
        one
        for one in lines
        if one.group("lhs").decode("utf-8", "replace") == anchor.name
        and (not anchor.has or anchor.has in one.group("rhs").decode("utf-8", "replace").split())
    ]
    names = [one.group("lhs").decode("utf-8", "replace") for one in lines]
    return _placed(anchor, text, [one.span() for one in found], names)


def kconfig(anchor: Anchor, text: bytes) -> Spot:
    """Find a configuration entry, from its `config` line to its last line of help."""
    name = anchor.name.encode()
    starts = dict.fromkeys(text.rfind(b"\n", 0, place) + 1 for place in _places(text, name))
    spans = []
    for entry in filter(None, (_KCONFIG_ENTRY.match(text, start) for start in starts)):
        if entry.group(1) == name:
            following = _KCONFIG_NEXT.search(text, entry.end())
            spans.append((entry.start(), _trimmed(text, entry.start(), following.start() if following else len(text))))
    names = () if spans else [entry.group(1).decode() for entry in _KCONFIG_ENTRY.finditer(text)]
    return _placed(anchor, text, spans, names)


def param(anchor: Anchor, text: bytes) -> Spot:
    """Find an entry of kernel-parameters.txt; it ends where the next one begins."""
    spans = []
    for place in _places(text, b"\t" + anchor.name.encode()):
        entry = _PARAMETER.match(text, place)
        if entry and entry.group("name").decode() == anchor.name:
            following = _PARAMETER.search(text, entry.end())
            spans.append((place, following.start() if following else len(text)))
    names = () if spans else [entry.group("name").decode() for entry in _PARAMETER.finditer(text)]
    return _placed(anchor, text, spans, names)


def section(anchor: Anchor, text: bytes, path: str) -> Spot:
    """Find a section of a reStructuredText file, or a record of MAINTAINERS."""
    if is_maintainers(path):
        whole = record(anchor, text)
        files = [line.end() for line in re.finditer(rb"^F:[^\n]*\n?", text[whole.start : whole.end], re.MULTILINE)]
        return _placed(anchor, text, [(whole.start, whole.start + files[-1] if files else whole.end)], [])
    found = list(sections(text))
    spans = [(start, end) for title, start, end in found if title == anchor.name]
    return _placed(anchor, text, spans, [title for title, _, _ in found])


def sections(text: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield the sections of a reStructuredText file: the title, and where it is."""
    titles = list(_titles(text))
    known = list(dict.fromkeys(title.style for title in titles))
    levels = [known.index(title.style) for title in titles]
    for index, title in enumerate(titles):
        later = (titles[other].start for other in range(index + 1, len(titles)) if levels[other] <= levels[index])
        yield title.text, title.start, _trimmed(text, title.start, next(later, len(text)))


class _Title(NamedTuple):
    """A title: where it starts, with its overline; its text; whether it has an overline, and the mark under it."""

    start: int
    text: str
    style: tuple[bool, bytes]


def _titles(text: bytes) -> Iterator[_Title]:
    """Yield the titles of a reStructuredText file; no line is a part of two."""
    done = 0
    for under in _UNDERLINE.finditer(text):
        start = text.rfind(b"\n", 0, under.start()) + 1
        title = text[start : under.start()].decode("utf-8", "replace").strip()
        if start < done or not title:
            continue
        top = text.rfind(b"\n", 0, max(start - 1, 0)) + 1
        over = done <= top < start and _OVERLINE.fullmatch(text, top, start) is not None
        yield _Title(top if over else start, title, (over, under.group("mark")))
        done = under.end() + 1


def is_maintainers(path: str) -> bool:
    """Tell whether a file is a list of records, as MAINTAINERS."""
    return path.rpartition("/")[2] == "MAINTAINERS"


def records(text: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield the records of MAINTAINERS: the title, and where it is."""
    for one in _RECORD.finditer(text):
        yield one.group("title").decode("utf-8", "replace"), one.start(), one.end()


def record(anchor: Anchor, text: bytes) -> Spot:
    """Find the whole of a record of MAINTAINERS.

    Raises:
        AnchorError: there is none.
    """
    found = (_RECORD.match(text, place) for place in _places(text, anchor.name.encode() + b"\n"))
    whole = next(filter(None, found), None)
    if whole is None:
        raise AnchorError(f"there is no section {anchor.name}", like=(anchor.name, [one for one, *_ in records(text)]))
    return Spot(whole.start(), whole.end())


def _places(text: bytes, needle: bytes) -> Iterator[int]:
    """Yield where some bytes stand; quicker than a pattern that begins with the start of a line."""
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def _trimmed(text: bytes, start: int, end: int) -> int:
    """Return the end of a block without the empty lines and comments that stand before what follows it."""
    while text[end - 1 : end] == b"\n":
        line = text.rfind(b"\n", start, end - 1) + 1
        if line == 0 or text[line : end - 1][:1] not in {b"", b"#"}:
            break
        end = line
    return end


def _placed(anchor: Anchor, text: bytes, spans: Sequence[tuple[int, int]], names: Sequence[str]) -> Spot:
    """Turn the one span that was found into a spot."""
    if not spans:
        what = f"{anchor.scope} {anchor.name}" + (f" with {anchor.has}" if anchor.has else "")
        raise AnchorError(f"there is no {what}", like=(anchor.name, names))
    if anchor.nth > len(spans) or (len(spans) > 1 and not anchor.nth):
        lines = listed([start for start, _ in spans], lambda start: "line " + str(text.count(b"\n", 0, start) + 1))
        wanted = f"number {anchor.nth} of " if anchor.nth else ""
        raise AnchorError(
            f"{wanted}{len(spans)} places match {anchor.scope} {anchor.name}", lines, hint="choose the place by `nth`"
        )
    start, end = spans[max(anchor.nth, 1) - 1]
    if anchor.place is Place.BEFORE:
        return at(start)
    if anchor.place in {Place.AFTER, Place.END}:
        return at(end)
    return Spot(start, end)

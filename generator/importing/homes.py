# SPDX-License-Identifier: GPL-2.0-only
"""What a change of a file lies in, by name: a function, a structure, an entry of Kconfig, a section; else the file."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from generator.anchor_text import is_maintainers, records, sections
from generator.spot import Spot, line_end, line_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.source import Sources

_KINDS = ("function", "struct", "variable", "macro")
_ENTRY = re.compile(rb"^(?:config|menuconfig)[ \t]+(\w+)[ \t]*$", re.MULTILINE)
_TOP = re.compile(rb"^\w", re.MULTILINE)


class Home(NamedTuple):
    """A part of a file, in whole lines.

    Attributes:
        scope: the word that an anchor has for it.
        name: what it is called.
        span: where it is.
    """

    scope: str
    name: str
    span: Spot

    @property
    def key(self) -> tuple[str, str]:
        """How an anchor names it."""
        return self.scope, self.name


class Homes:
    """The parts of one file that have a name which no other of their kind has."""

    def __init__(self, path: str, text: bytes, sources: Sources) -> None:
        self.whole = Home("file", "text", Spot(0, len(text)))
        name = path.rpartition("/")[2]
        if path.endswith((".c", ".h")):
            found = list(_of_c(text, sources))
        elif name.startswith("Kconfig"):
            found = list(_of_kconfig(text))
        elif path.endswith(".rst"):
            found = [Home("section", title, Spot(start, end)) for title, start, end in sections(text)]
        elif is_maintainers(path):
            found = [Home("section", title, Spot(start, end)) for title, start, end in records(text)]
        else:
            found = []
        counts = Counter(one.key for one in found)
        self._known = [one for one in found if counts[one.key] == 1]

    def around(self, start: int, end: int) -> Home:
        """Return the smallest one that some lines lie in; a line put in front of one or behind it does not."""
        inside = [
            one
            for one in self._known
            if one.span.start <= start
            and end <= one.span.end
            and (start < end or one.span.start < start < one.span.end + (one.scope == "section"))
        ]
        return min(inside, key=lambda one: one.span.end - one.span.start, default=self.whole)


def _of_c(text: bytes, sources: Sources) -> Iterator[Home]:
    source = sources.read(text)
    for symbol in source.symbols():
        if symbol.kind in _KINDS and symbol.name:
            node = symbol.node
            start = line_start(text, source.start(node))
            end = node.end_byte if text[node.end_byte - 1 : node.end_byte] == b"\n" else line_end(text, node.end_byte)
            yield Home(symbol.kind, symbol.name, Spot(start, end))


def _of_kconfig(text: bytes) -> Iterator[Home]:
    for entry in _ENTRY.finditer(text):
        following = _TOP.search(text, entry.end())
        end = following.start() if following else len(text)
        while text[end - 2 : end] == b"\n\n":
            end -= 1
        yield Home("kconfig", entry.group(1).decode(), Spot(entry.start(), end))

# SPDX-License-Identifier: GPL-2.0-only
"""Lines of a file by their tokens, how much each tells, and what it lies in."""

from __future__ import annotations

import difflib
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from generator.spot import line_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOKEN = re.compile(
    rb"[A-Za-z_]\w*+|\d[\w.]*+|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|[^\s\w]|[^\x00-\x7f]+", re.DOTALL
)
"""A word, a number, a literal, or one character of anything else."""
_COMMON = frozenset(
    b"if else for while do return goto break continue switch case default int static void const struct err ret rc "
    b"error out NULL endif config bool help default y n m the a of to 0 1 2".split()
)
"""Words that stand everywhere, and tell no place from another."""
_NO_HEAD = re.compile(rb"[*/})#]|\w+:(?:\s|$)(?<!default:)")
"""How lines begin that no block begins with: comments, closing braces, directives, labels."""
_CASES = {b"case", b"default"}
_DECIDES = re.compile(
    rb"[}\s]*(?:(?:el|end)?ifn?(?:def|eq)?|else|for|while|do|switch|case|default|\w*for_each\w*)\b|#|.*[{:)]\s*$",
    re.DOTALL,
)
"""Lines that decide whether what follows is run: a token of theirs is never a trifle."""
_LITERAL = re.compile(rb"[\"']")


class Line(NamedTuple):
    """A line that is not empty.

    Attributes:
        start: its offset.
        end: the offset behind its newline.
        tokens: what it says, whatever the spaces.
        indent: how far in it begins, a tab being eight columns.
    """

    start: int
    end: int
    tokens: tuple[bytes, ...]
    indent: int


def read(text: bytes, start: int = 0, end: int | None = None) -> list[Line]:
    """Return the lines of a part of a text that are not empty."""
    return list(_lines(text, start, len(text) if end is None else end))


def _lines(text: bytes, start: int, end: int) -> Iterator[Line]:
    while start < end:
        behind = min(line_end(text, start), end)
        line = text[start:behind]
        bare = line.lstrip()
        if bare:
            indent = len(line[: len(line) - len(bare)].expandtabs(8))
            yield Line(start, behind, tuple(TOKEN.findall(bare)), indent)
        start = behind


def weight(line: Line) -> int:
    """Return how much a line says that others do not: its words and literals, without the common ones."""
    return sum(map(named, {*line.tokens}))


def named(token: bytes) -> bool:
    """Tell whether a token is a word or a literal that does not stand everywhere."""
    return (token[:1].isalnum() or token[:1] in {b"_", b'"'}) and token not in _COMMON


def telling(line: Line) -> bool:
    """Tell whether a line says what it is about: a brace, `return 0;` or `#endif` does not."""
    return weight(line) > 0 and not (line.tokens[0] == b"#" and line.tokens[1:2] not in {(b"include",), (b"define",)})


def decides(line: Line) -> bool:
    """Tell whether a line decides whether what follows is run."""
    return _DECIDES.match(b" ".join(line.tokens)) is not None


def continued(line: Line) -> bool:
    """Tell whether a line goes on in the next one, by a backslash."""
    return line.tokens[-1] == b"\\"


def code(line: Line) -> bytes:
    """Return what a line says, without its literals."""
    return b" ".join(one for one in line.tokens if not _LITERAL.match(one))


def flat(lines: Sequence[Line]) -> list[bytes]:
    """Return the tokens of some lines, one behind the other."""
    return [token for line in lines for token in line.tokens]


def ratio(one: Sequence[bytes], other: Sequence[bytes]) -> float:
    """Return how much of two rows of tokens is the same, from 0 to 1."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def heads(
    lines: Sequence[Line], at: int, indent: int = sys.maxsize, *, outer: bool = False
) -> tuple[tuple[bytes, ...], ...]:
    """Return the tokens of the heads of the blocks that a place lies in, the outermost first.

    Args:
        lines: those of the home.
        at: the line that the place is in front of.
        indent: how far in the place is; where nobody says, what stands before it is among the heads.
        outer: True for the line that is not indented, too: that is no function's, which is known by its name.
    """
    found = []
    cases = closed = False
    for line in reversed(lines[:at]):
        word = line.tokens[0]
        if line.indent == indent:  # a switch stands as far out as its cases
            cases, closed = cases or word in _CASES, closed or word == b"}"
            if word == b"switch" and cases and not closed:
                found.append(line.tokens)
            cases, closed = (cases, closed) if word != b"switch" else (False, False)
        if line.indent < indent and not _NO_HEAD.match(b" ".join(line.tokens)):
            indent = line.indent
            cases, closed = word in _CASES, False
            if indent > 0 or outer:
                found.append(line.tokens)
            if indent <= 0:
                break
    return tuple(reversed(found))


def within(lines: Sequence[Line], wanted: Sequence[Line]) -> Line | None:
    """Return the line from which on some others are there, however they are broken; None where they are not."""
    tokens = flat(wanted)
    for at, line in enumerate(lines) if tokens else ():
        if line.tokens[0] != tokens[0]:
            continue
        done = 0
        for one in lines[at:]:
            if tokens[done : done + len(one.tokens)] != [*one.tokens]:
                break
            done += len(one.tokens)
            if done == len(tokens):
                return line
    return None


def again(fresh: Sequence[Line], text: bytes, start: int, end: int) -> Line | None:
    """Return the line of a part of a text from which on some lines are there; None where they are not."""
    words = (word for line in fresh for word in line.tokens if named(word))
    if any(text.find(word, start, end) < 0 for word in words):
        return None  # most lines that are put in have a word that is new, and need not be compared
    return within(read(text, start, end), fresh)


def number(text: bytes, offset: int) -> int:
    """Return the number of the line that an offset is in, from 1."""
    return text.count(b"\n", 0, offset) + 1

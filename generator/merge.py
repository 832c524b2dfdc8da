# SPDX-License-Identifier: GPL-2.0-only
"""A change of some lines, made in lines that differ from those it was written for: token by token, or not at all.

1. What the change does to the old lines is aligned by tokens, and so is what the base did to them.
2. Where both touch the same token, or two beside one another, nobody can tell what is right: that is a conflict.
3. Another number, another first word of a line, or another word in a row of a table is another thing.
4. It is done once from the front and once from the end; where the two differ a token has more than one place.

Spaces and line ends belong to the token behind them, and are merged by the same rule.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.lines import TOKEN, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPACE = re.compile(rb"\s*")


class MergeError(Exception):
    """Two changes of the same lines that cannot both be made."""


class _Token(NamedTuple):
    space: bytes
    word: bytes


class _Change(NamedTuple):
    """The tokens from `start` to `end` of the old text become others."""

    start: int
    end: int
    tokens: tuple[_Token, ...]


def merged(old: bytes, there: bytes, new: bytes, *, exact: bool = False) -> bytes:
    """Return some lines with the change made in them that turns old lines into new ones.

    Args:
        old: the lines that the change was written for.
        there: the lines that the base has.
        new: what the change makes of the old ones.
        exact: True where nothing but spaces may differ, as in assembler: any other register is another meaning.

    Raises:
        MergeError: the change has no place in them, or more than one.
    """
    if there == old:
        return new
    texts = [_tokens(one) for one in (old, there, new)]
    if exact and _words(texts[0]) != _words(texts[1]):
        raise MergeError("these lines say other things")
    _demand_same(texts[0], texts[1])
    if not new:
        if _words(texts[0]) == _words(texts[1]):
            return b""
        raise MergeError("lines that are to go are not as they were")
    forward = _three_way(*texts, backwards=False)
    if forward != _three_way(*texts, backwards=True):
        raise MergeError("a change of theirs could be meant for more than one place")
    return forward


def _demand_same(old: list[_Token], there: list[_Token]) -> None:
    """Refuse lines that are about another thing, by the words that stand in the place of others.

    Raises:
        MergeError: they are.
    """
    keys = _keys(old)
    for change in _changes(old, there, backwards=False)[0]:
        gone = [(at, old[at].word) for at in range(change.start, change.end) if named(old[at].word)]
        fresh = [one.word for one in change.tokens if named(one.word)]
        for at, word in gone if fresh else ():
            if at in keys or word[:1].isdigit():
                shown = [one.decode("utf-8", "replace") for one in (fresh[0], word)]
                raise MergeError(f"the base has {shown[0]} there, and not {shown[1]}")


def _keys(tokens: Sequence[_Token]) -> set[int]:
    """Return which tokens say what a line is about: its first word, or all words of a row of a table."""
    found: set[int] = set()
    row = begun = False
    for at, one in enumerate(tokens):
        if at == 0 or b"\n" in one.space:
            row, begun = one.word in {b"{", b"["}, False
        if named(one.word) and (row or not begun):
            found.add(at)
            begun = True
    return found


def _tokens(text: bytes) -> list[_Token]:
    """Return the tokens of a text; the last one has no word, and the space at the end."""
    found = []
    end = 0
    for match in TOKEN.finditer(text):
        found.append(_Token(text[end : match.start()], match.group()))
        end = match.end()
    return [*found, _Token(text[end:], b"")]


def _words(tokens: Sequence[_Token]) -> list[bytes]:
    return [one.word for one in tokens]


def _three_way(old: list[_Token], there: list[_Token], new: list[_Token], *, backwards: bool) -> bytes:
    """Return the new text of what is there."""
    theirs, pairs = _changes(old, there, backwards=backwards)
    ours, others = _changes(old, new, backwards=backwards)
    _demand_apart(ours, theirs, _words(old), _words(there))
    shifts = _shifts(old, new, others)
    moved = [one._replace(tokens=tuple(_in_line(shifts, one))) for one in theirs]
    changes = {one.start: one for one in (*ours, *moved)}
    parts: list[bytes] = []
    at = 0
    while at <= len(old):
        change = changes.get(at)
        if change is not None:
            parts += [one.space + one.word for one in change.tokens]
            if change.end > at:
                at = change.end
                continue
        if at < len(old):
            space = _space(old[at], there[pairs[at]], new[others[at]])
            broken = b"\n" in space and b"\n" not in old[at].space + new[others[at]].space
            parts.append((_moved(space, _last(shifts, at)) if broken else space) + old[at].word)
        at += 1
    return b"".join(parts)


def _demand_apart(ours: list[_Change], theirs: list[_Change], had: list[bytes], have: list[bytes]) -> None:
    """Refuse two changes that touch.

    Raises:
        MergeError: they do.
    """
    for one in ours:
        for word in had[one.start : one.end]:
            if word[:1].isalnum() and had.count(word) != have.count(word):
                raise MergeError("the base has more or fewer of the words that the patch changes")
        for other in theirs:
            if one.start <= other.end and other.start <= one.end:
                raise MergeError("the base has changed the very words that the patch changes")


def _in_line(shifts: dict[int, int], change: _Change) -> Iterator[_Token]:
    """Yield the tokens of a change of the base's, in as far as the lines around them that the patch keeps."""
    for order, one in enumerate(change.tokens):
        columns = _shift(shifts, change, first=order == 0) if b"\n" in one.space else 0
        yield one._replace(space=_moved(one.space, columns))


def _shifts(old: list[_Token], new: list[_Token], others: dict[int, int]) -> dict[int, int]:
    """Return how many columns further in the change puts the lines that it keeps, by their first tokens."""
    kept = ((at, other) for at, other in others.items() if old[at].word)
    lines = ((at, other) for at, other in kept if _begins(old, at) and _begins(new, other))
    return {at: _indent(new[other].space) - _indent(old[at].space) for at, other in lines}


def _begins(tokens: list[_Token], at: int) -> bool:
    """Tell whether a token is the first of a line."""
    return at == 0 or b"\n" in tokens[at].space


def _indent(space: bytes) -> int:
    return len(space.rpartition(b"\n")[2].expandtabs(8))


def _last(shifts: dict[int, int], at: int) -> int:
    """Return how far the line is moved that a token is in."""
    before = [one for one in shifts if one < at]
    return shifts[max(before)] if before else 0


def _shift(shifts: dict[int, int], change: _Change, *, first: bool) -> int:
    """Return how far a line is moved that the base has between others, or in the place of one.

    Raises:
        MergeError: those before and behind it are not moved alike.
    """
    if first and change.start in shifts and change.end > change.start:
        return shifts[change.start]
    before = _last(shifts, change.start)
    behind = [one for one in shifts if one >= change.end]
    if behind and shifts[min(behind)] != before:
        raise MergeError("the base has lines at the edge of those that the patch moves in or out")
    return before


def _moved(space: bytes, columns: int) -> bytes:
    """Return the space before a line with so many columns more.

    Raises:
        MergeError: it has fewer than are to go, or they are no tabs.
    """
    head, newline, indent = space.rpartition(b"\n")
    tabs, rest = divmod(abs(columns), 8)
    if not columns:
        return space
    if rest or (columns < 0 and not indent.startswith(b"\t" * tabs)):
        raise MergeError("the patch moves lines in or out, and the base has one that cannot be moved so")
    return head + newline + (b"\t" * tabs + indent if columns > 0 else indent[tabs:])


def _space(old: _Token, there: _Token, new: _Token) -> bytes:
    """Return the space before a token that all three have."""
    if new.space in {old.space, there.space}:
        return there.space
    if there.space == old.space:
        return new.space
    raise MergeError("the base has other spaces where the patch changes some")


def _changes(old: list[_Token], new: list[_Token], *, backwards: bool) -> tuple[list[_Change], dict[int, int]]:
    """Return the differences of two texts, and which tokens of the first are which of the second."""
    one, other = _words(old), _words(new)
    if backwards:
        one, other = one[::-1], other[::-1]
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    changes: list[_Change] = []
    pairs: dict[int, int] = {}
    for kind, a, b, c, d in matcher.get_opcodes():
        if backwards:
            a, b, c, d = len(old) - b, len(old) - a, len(new) - d, len(new) - c  # noqa: PLW2901
        if kind == "equal":
            pairs.update(zip(range(a, b), range(c, d), strict=True))
        else:
            changes.append(_Change(a, b, tuple(new[c:d])))
    return changes, pairs

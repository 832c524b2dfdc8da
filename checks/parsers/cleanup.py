# SPDX-License-Identifier: GPL-2.0-only
"""Which functions of a C file use include/linux/cleanup.h, and what older tools do not see there.

Seen with sparse 0.6.4: it does not follow the cleanup attribute, so that a function with guard(), scoped_guard() or
CLASS() ends with the lock held: "context imbalance". Seen with spatch 1.1.1: it skips a function with scoped_guard(),
whose braces it cannot place; and behind a variable with __free(kfree) it sees no call of kfree() in the whole file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from checks.parsers.ctree import COMMENT
from generator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_USE = re.compile(rb"\b(?P<word>guard|scoped_guard|scoped_cond_guard|CLASS|__free)[ \t]*\([ \t]*(?P<name>\w+)")
_NOT_NEWLINE = re.compile(rb"[^\n]")
_IMBALANCE = re.compile(r"context imbalance in '(?P<function>\w+)'")
_SCOPED = frozenset({"scoped_guard", "scoped_cond_guard"})
_LOCKS = _SCOPED | {"guard", "CLASS"}
_FREE = "__free"


class Use(NamedTuple):
    """One use: `guard(mutex)` has the word guard and the name mutex."""

    line: int
    word: str
    name: str


class Function(NamedTuple):
    """A function of a file.

    Attributes:
        name: its name.
        line: where it begins, from 1.
        text: all of it, comments and strings blanked.
        uses: what of cleanup.h it uses.
    """

    name: str
    line: int
    text: bytes
    uses: tuple[Use, ...]


class Unseen(NamedTuple):
    """What a tool does not see: where, and why."""

    line: int
    why: str


def functions(text: bytes) -> tuple[Function, ...]:
    """Return the functions of a file that has any use, in its order; all of a name (under #if). Never raises."""
    return tuple(_functions(text)) if _USE.search(text) else ()


def _functions(text: bytes) -> Iterator[Function]:
    plain = COMMENT.sub(lambda found: _NOT_NEWLINE.sub(b" ", found[0]), text)
    for symbol in Source(text).every("function"):
        whole, line = plain[symbol.node.start_byte : symbol.node.end_byte], symbol.node.start_point[0] + 1
        yield Function(symbol.name, line, whole, tuple(_uses(whole, line)))


def _uses(text: bytes, line: int) -> Iterator[Use]:
    at = 0
    for found in _USE.finditer(text):
        line += text.count(b"\n", at, found.start())
        at = found.start()
        yield Use(line, found["word"].decode(), found["name"].decode())


def touched(before: bytes, now: bytes) -> frozenset[Function]:
    """Return the functions of a file that were not in an earlier version of it as they are."""
    found = functions(now)
    known = {each.text for each in _functions(before)} if found else set()
    return frozenset(each for each in found if each.text not in known)


def unlocked(function: Function) -> str:
    """Say why sparse cannot tell whether the locks of a function are balanced, or nothing."""
    words = dict.fromkeys(each.word for each in function.uses if each.word in _LOCKS)
    used = " and ".join(f"{word}()" for word in words)
    return f"{function.name}() uses {used}, which sparse 0.6.4 does not follow" if words else ""


def imbalanced(text: str) -> str:
    """Return the function that a complaint of sparse calls imbalanced; empty where it complains of something else."""
    found = _IMBALANCE.search(text)
    return found["function"] if found else ""


def unread(before: bytes, now: bytes) -> tuple[Unseen, ...]:
    """Return what spatch does not see of the functions that a commit touches.

    Args:
        before: the file before it.
        now: the file.
    """
    fresh = touched(before, now)
    told = [
        Unseen(use.line, f"spatch 1.1.1 skips {each.name}(), which uses {use.word}()")
        for each in fresh
        for use in [use for use in each.uses if use.word in _SCOPED][:1]
    ]
    freed: dict[str, int] = {}
    for use in (use for each in functions(now) for use in each.uses if use.word == _FREE):
        freed.setdefault(use.name, use.line)
    for name, line in freed.items():
        behind = [each.name for each in sorted(fresh, key=lambda one: one.line) if _ends(each) > line]
        if behind:
            names = ", ".join(f"{each}()" for each in dict.fromkeys(behind))
            told.append(Unseen(line, f"behind __free({name}) spatch 1.1.1 sees no call of {name}(): in {names}"))
    return tuple(sorted(dict.fromkeys(told)))


def _ends(function: Function) -> int:
    return function.line + function.text.count(b"\n")

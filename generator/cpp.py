# SPDX-License-Identifier: GPL-2.0-only
"""Preprocessor conditions of a C file: blanked for the parser, and as the #if path of any place.

A kernel file is not one program but one for each configuration. Overwriting every condition's line with spaces lets a
parser see both branches at once and keeps every offset; the path of conditions at an offset is kept beside it.
"""

from __future__ import annotations

import bisect
import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMENTS = rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/|\Z)|//(?:[^\n\\]++|\\\n|\\)*+"
"""A comment of C, as a regular expression; one that nobody closes goes to the end."""
_LEXEMES = re.compile(
    COMMENTS
    + rb"""
    | "(?:[^"\\\n]++|\\.)*+"? | '(?:[^'\\\n]++|\\.)*+'?   # literals; one that nobody closes ends with its line
    | \#[ \t]*(?P<word>if|ifdef|ifndef|elif|else|endif)\b
        (?P<rest>(?:"""
    + COMMENTS
    + rb""" | \\\n | [^\n])*+)(?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Each alternative begins with a literal character, so that `re` skips everything between them quickly.

A comment or a literal is read in runs, which is twice as fast as byte after byte; and none gives back what it has read,
so that no text is read twice. An open literal ends with its line, as it does for gcc.
"""
_COMMENT = re.compile(COMMENTS)
_DEFINED = re.compile(r"\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))")
_ENABLED = re.compile(r"IS_(?:ENABLED|BUILTIN|REACHABLE)\((\w+)\)")
_DEFINE = re.compile(rb"\s*#[ \t]*define[ \t]+(\w+)")
_NEVER = {"0", "!1"}
"""The conditions of branches that no configuration has: of `#if 0`, and of the `#else` of `#if 1`."""
_BLANKED = bytes(one if one == ord("\n") else ord(" ") for one in range(256))


class Directive(NamedTuple):
    """One line of a condition.

    Attributes:
        start: offset of the line's first byte.
        end: offset behind its newline, continuation lines included.
        word: if, ifdef, ifndef, elif, else or endif.
        condition: the condition in our notation (see `normalise`); empty for else and endif.
    """

    start: int
    end: int
    word: str
    condition: str


class Group(NamedTuple):
    """One #if ... #endif with its directives in order; the last may be missing in a broken file."""

    directives: tuple[Directive, ...]


class Conditions:
    """The conditions of one file.

    Attributes:
        directives: in the order of the file.
        groups: every complete #if ... #endif, outer before inner.
        guard: the include guard's group, or None.
    """

    def __init__(self, text: bytes) -> None:
        self.directives = tuple(_directives(text))
        self.groups = tuple(_groups(self.directives))
        self.guard = _guard(text, self.directives, self.groups)
        self._starts, self._branches = self._index()

    def path(self, offset: int) -> str:
        """Return the #if path at an offset, e.g. `CONFIG_KEXEC_FILE && !CONFIG_SMP`; empty where there is none."""
        branch = self._branch(offset)
        return join([one.condition for one in reversed(list(_outwards(branch)))])

    def dead(self, offset: int) -> bool:
        """Tell whether an offset is in code that no configuration has, as in `#if 0`."""
        branch = self._branch(offset)
        return branch is not None and branch.dead

    def never(self) -> Iterator[tuple[int, int]]:
        """Yield the parts that no configuration has, each with the directive that ends it."""
        for (start, end), branch in zip(itertools.pairwise(self._starts), self._branches[1:], strict=False):
            if branch and branch.dead:
                yield start, end

    def bare(self, offset: int) -> bool:
        """Tell whether no #if governs an offset."""
        return self._branch(offset) is None

    def _branch(self, offset: int) -> _Branch | None:
        return self._branches[bisect.bisect_right(self._starts, offset)]

    def _index(self) -> tuple[list[int], list[_Branch | None]]:
        """Cut the file at its directives; the path of a directive's own line is the one before it."""
        skipped = set(self.guard.directives) if self.guard else set()
        here: _Branch | None = None
        starts: list[int] = []
        branches: list[_Branch | None] = [None]
        for directive in self.directives:
            if directive in skipped:
                continue
            if directive.word in {"if", "ifdef", "ifndef"}:
                here = _branch(here, directive.condition, directive.word)
            elif here and directive.word == "endif":
                here = here.around
            elif here and not here.word == directive.word == "else":
                condition = negate(here.condition) if directive.word == "else" else directive.condition
                here = _branch(here.around, condition, directive.word)
            starts.append(directive.end)
            branches.append(here)
        return starts, branches


class _Branch(NamedTuple):
    """One branch of an #if: the branch around it, its condition, the word that begins it, and whether none has it.

    A branch knows what is around it, not its whole path: of a thousand that are nested, that would be a million words.
    """

    around: _Branch | None
    condition: str
    word: str
    dead: bool


def _branch(around: _Branch | None, condition: str, word: str) -> _Branch:
    dead = condition in _NEVER or (around is not None and around.dead)
    return _Branch(around, condition, word, dead)


def _outwards(branch: _Branch | None) -> Iterator[_Branch]:
    """Yield a branch and those around it."""
    while branch:
        yield branch
        branch = branch.around


def commented(text: bytes, offset: int) -> bool:
    """Tell whether an offset is in a comment."""
    inside = (one for one in _LEXEMES.finditer(text) if one.end() > offset)
    last = next(inside, None)
    return last is not None and last.start() < offset and last.group()[:2] in {b"/*", b"//"}


def is_dead(path: str) -> bool:
    """Tell whether an #if path is one that no configuration has."""
    return not _NEVER.isdisjoint(path.split(" && "))


def blank(text: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """Overwrite parts of a text with spaces; newlines stay, and so does every offset."""
    shown = bytearray(text)
    for start, end in spans:
        shown[start:end] = spaces(text[start:end])
    return bytes(shown)


def spaces(text: bytes) -> bytes:
    """Return as many spaces as a text has bytes; its newlines stay."""
    return text.translate(_BLANKED)


def normalise(expression: str) -> str:
    """Write an #if expression in our notation: `defined(X)` is X, spaces are single, comments are gone."""
    expression = _DEFINED.sub(lambda found: found.group(1) or found.group(2), expression)
    expression = re.sub(r" ?(&&|\|\|) ?", r" \1 ", re.sub(r"\s+", " ", expression))
    expression = expression.replace("! ", "!").strip()
    closes = _pairs(expression)
    first, last = 0, len(expression) - 1
    while closes.get(first) == last:
        first += 1 + (expression[first + 1] == " ")
        last -= 1 + (expression[last - 1] == " ")
    return expression[first : last + 1].strip()


def negate(condition: str) -> str:
    """Return the condition of the #else branch."""
    if re.fullmatch(r"\w+", condition):
        return f"!{condition}"
    if re.fullmatch(r"!\w+", condition):
        return condition[1:]
    return f"!({condition})"


def join(conditions: list[str]) -> str:
    """Join nested conditions, outermost first."""
    if len(conditions) == 1:
        return conditions[0]
    return " && ".join(f"({one})" if "||" in one else one for one in conditions)


def opposed(one: str, other: str) -> bool:
    """Tell whether two #if paths exclude one another: what one asks for, the other asks not to be."""
    parts = [{_ENABLED.sub(r"\1", part) for part in path.split(" && ")} for path in (one, other)]
    return any(negate(part) in parts[1] for part in parts[0]) or any(negate(part) in parts[0] for part in parts[1])


def _directives(text: bytes) -> Iterator[Directive]:
    """Yield the conditions that stand in no comment and no literal."""
    found = (_directive(text, lexeme) for lexeme in _LEXEMES.finditer(text) if lexeme.group("word"))
    yield from filter(None, found)


def _directive(text: bytes, lexeme: re.Match[bytes]) -> Directive | None:
    start = text.rfind(b"\n", 0, lexeme.start()) + 1
    if text[start : lexeme.start()].strip(b" \t"):
        return None
    word = lexeme.group("word").decode()
    if word in {"else", "endif"}:
        return Directive(start, lexeme.end(), word, "")
    rest = _COMMENT.sub(b" ", lexeme.group("rest")).replace(b"\\\n", b" ").decode("utf-8", "replace")
    condition = normalise(rest) if word in {"if", "elif"} else ""
    if word in {"ifdef", "ifndef"}:
        name = rest.strip()
        condition = name if word == "ifdef" else negate(name)
    return Directive(start, lexeme.end(), word, condition)


def _groups(directives: tuple[Directive, ...]) -> list[Group]:
    """Pair each #if with its #endif."""
    stack: list[list[Directive]] = []
    found: list[Group] = []
    for directive in directives:
        if directive.word in {"if", "ifdef", "ifndef"}:
            stack.append([directive])
        elif stack:
            stack[-1].append(directive)
            if directive.word == "endif":
                found.append(Group(tuple(stack.pop())))
    return sorted(found, key=lambda group: group.directives[0].start)


def _guard(text: bytes, directives: tuple[Directive, ...], groups: tuple[Group, ...]) -> Group | None:
    """Return the include guard: `#ifndef X`, `#define X` at once, and nothing but comments behind its #endif."""
    if not groups or groups[0].directives[0] is not directives[0] or directives[0].word != "ifndef":
        return None
    first, last = groups[0].directives[0], groups[0].directives[-1]
    defined = _DEFINE.match(text, first.end)
    if defined is None or defined.group(1) != first.condition.lstrip("!").encode():
        return None
    return groups[0] if last is directives[-1] and not _COMMENT.sub(b"", text[last.end :]).strip() else None


def _pairs(text: str) -> dict[int, int]:
    """Return where each parenthesis is closed that is."""
    opened: list[int] = []
    closes = {}
    for found in re.finditer(r"[()]", text):
        if found.group() == "(":
            opened.append(found.start())
        elif opened:
            closes[opened.pop()] = found.start()
    return closes

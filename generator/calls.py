# SPDX-License-Identifier: GPL-2.0-only
"""What functions take and give, as a file shows it: by its own definitions, or by how it calls those of others.

An edit's `uses` has a name; a head, as `int check(struct dev *d)` or, of a macro, `check(d)`; or a call, as
`kzalloc(_, _)`, of what is defined elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.kinds import alike, written
from generator.source import content, declared_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from generator.source import Source, Symbol

_HEAD = re.compile(r"(?:(?P<kind>[^*(]*[^*(\s])\s+)?(?P<stars>\**)(?P<name>\w+)\((?P<list>.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"(?:(?P<kind>.*[^*\s])\s+)?(?P<stars>\**)(?P<name>\w+|\.\.\.)?")
_CALL = re.compile(rb"(?<![\w>.])([A-Za-z_]\w*)\(")
_NO_CALL = {b"if", b"for", b"while", b"switch", b"return", b"sizeof", b"typeof", b"defined", b"__attribute__"}
KINDS = ("function", "prototype", "macro")
"""What is called."""
ANY = "_"
"""How an argument of a call is written: whatever it is."""
_REST = "..."
_LONGEST = 2000
"""As many bytes of a call are read."""


class Argument(NamedTuple):
    """A parameter: its type, how many stars it has, and what it is called."""

    kind: str
    stars: int
    name: str

    def __str__(self) -> str:
        """Return it as it is declared."""
        return f"{self.kind} {'*' * self.stars}{self.name}".strip()


class Head(NamedTuple):
    """How a function, or a macro, is called, and what it gives.

    Attributes:
        name: what it is called.
        kind: the type that it returns; empty for a macro, and for what is known by its calls.
        stars: how many stars that type has.
        arguments: its parameters.
    """

    name: str
    kind: str
    stars: int
    arguments: tuple[Argument, ...]

    def __str__(self) -> str:
        """Return how an edit's `uses` has it."""
        return f"{self.kind} {'*' * self.stars}{self.name}({', '.join(map(str, self.arguments))})".strip()

    @property
    def called(self) -> bool:
        """True where nothing is known but how many arguments it takes."""
        return not self.kind and all(one.name == ANY for one in self.arguments)

    def fits(self, other: Head) -> bool:
        """Tell whether a call that was written for this one means the same with another."""
        if len(self.arguments) != len(other.arguments):
            return False
        if self.kind and other.kind and (self.stars != other.stars or not alike(self.kind, other.kind, self.stars)):
            return False
        pairs = list(zip(self.arguments, other.arguments, strict=True))
        names = [[one.name for one in each.arguments] for each in (self, other)]
        if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
            return False  # the same ones in another order
        return not self.kind or not other.kind or all(_fit(*pair) for pair in pairs)


def _fit(one: Argument, other: Argument) -> bool:
    return one.stars == other.stars and alike(one.kind, other.kind, one.stars)


def read(text: str) -> Head | None:
    """Return a head from how an edit's `uses` has it; None where it is a name alone."""
    found = _HEAD.fullmatch(text)
    if found is None:
        return None
    arguments = tuple(_argument(one) for one in found["list"].split(", ")) if found["list"] else ()
    return Head(found["name"], found["kind"] or "", len(found["stars"]), arguments)


def _argument(text: str) -> Argument:
    found = _ARGUMENT.fullmatch(text)
    return Argument(found["kind"] or "", len(found["stars"]), found["name"] or "") if found else Argument(text, 0, "")


def heads(source: Source, name: str) -> Iterator[Head]:
    """Yield the heads that a file has of a name, whatever the #if that they are under."""
    for kind in KINDS:
        yield from filter(None, map(_head, source.of(kind, name)))


def _head(symbol: Symbol) -> Head | None:
    node = symbol.node
    if symbol.kind == "macro":
        parameters = node.child_by_field_name("parameters")
        names = [content(one) for one in parameters.children if one.type in {"identifier", _REST}] if parameters else []
        return Head(symbol.name, "", 0, tuple(Argument("", 0, one) for one in names)) if parameters else None
    declarator = next(
        (one for one in node.children_by_field_name("declarator") if declared_name(one) == symbol.name), None
    )
    stars = 0
    while declarator is not None and declarator.type == "pointer_declarator":
        stars += 1
        declarator = declarator.child_by_field_name("declarator")
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    kind = written(node)
    if parameters is None or not kind:
        return None
    some = [one for one in parameters.children if one.type in {"parameter_declaration", "variadic_parameter"}]
    arguments = tuple(_parameter(one) for one in some)
    return Head(symbol.name, kind, stars, () if [str(one) for one in arguments] == ["void"] else arguments)


def _parameter(node: Node) -> Argument:
    if node.type == "variadic_parameter":
        return Argument("", 0, _REST)
    declarator = node.child_by_field_name("declarator")
    stars = 0
    inner = declarator
    while inner is not None and inner.type in {"pointer_declarator", "abstract_pointer_declarator"}:
        stars += 1
        inner = inner.child_by_field_name("declarator")
    named = inner is None or inner.type in {"identifier", "array_declarator"}
    return Argument(written(node) if named else "", stars if named else 0, declared_name(declarator))


def counts(text: bytes, name: str) -> set[int]:
    """Return with how many arguments a text calls a function; a call with a literal, as of a format, says nothing."""
    calls = re.finditer(rb"(?<![\w>.])%b\(" % re.escape(name.encode()), text)
    return {*filter(None, (_count(text, one.end()) for one in calls))}


def fresh(new: bytes, old: bytes) -> set[bytes]:
    """Return the names of the calls of a text that another does not have, word for word."""
    known = {*_whole(old)}
    return {call.partition(b"(")[0] for call in _whole(new) if call not in known}


def _whole(text: bytes) -> Iterator[bytes]:
    for call in _CALL.finditer(text):
        if call.group(1) not in _NO_CALL:
            yield b"".join(text[call.start() : _end(text, call.end())].split())


def _end(text: bytes, at: int) -> int:
    """Return where the parenthesis ends that begins before an offset."""
    depth = 1
    for end in range(at, min(len(text), at + _LONGEST)):
        depth += (text[end] in b"([{") - (text[end] in b")]}")
        if depth == 0:
            return end + 1
    return at


def _count(text: bytes, at: int) -> int:
    """Return how many arguments a call has; 0 where one is a literal, or the call does not end."""
    inside = text[at : _end(text, at) - 1]
    if b'"' in inside or not inside.strip():
        return 0
    depth = commas = 0
    for one in inside:
        depth += (one in b"([{") - (one in b")]}")
        commas += depth == 0 and one == ord(",")
    return commas + 1

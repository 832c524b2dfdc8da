# SPDX-License-Identifier: GPL-2.0-only
"""The variables that a place in a function sees: of which type, and which of several that have the same name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.kinds import alike, written
from generator.source import declared_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from generator.source import Source

_NEED = re.compile(r"(?:(?P<kind>[^*]*[^*\s])\s+|\s*)(?P<stars>\**)(?P<name>\w+)(?: \((?P<order>\d+)\))?")
_THROUGH = {"pointer_declarator", "array_declarator", "init_declarator"}


class Variable(NamedTuple):
    """A variable, as a place sees it.

    Attributes:
        name: what it is called.
        stars: how many stars stand before it.
        kind: its type without them; empty where nobody knows.
        order: 1 for the outermost of that name, 2 for one that hides that, and so on; 0 where nobody knows.
    """

    name: str
    stars: int
    kind: str = ""
    order: int = 0

    def __str__(self) -> str:
        """Return how an edit's `needs` has it."""
        said = f"{self.kind} {'*' * self.stars}{self.name}".strip()
        return f"{said} ({self.order})" if self.order > 1 else said

    def fits(self, other: Variable) -> bool:
        """Tell whether a text that was written for this one means the same with another."""
        return self.stars == other.stars and alike(self.kind, other.kind, self.stars)


def needed(text: str) -> Variable:
    """Return a variable from how an edit's `needs` has it: `*p`, `struct port *p`, `int n (2)`."""
    found = _NEED.fullmatch(text.strip())
    if found is None:
        return Variable(text.strip(), 0)
    kind = found["kind"] or ""
    return Variable(found["name"], len(found["stars"]), kind, int(found["order"] or bool(kind)))


def outer(source: Source, name: str) -> list[Variable]:
    """Return the variables of a file that have a name, one for each #if that one is under."""
    return [one for symbol in source.of("variable", name) for one in _declared(symbol.node) if one.name == name]


def visible(function: Node, offset: int) -> dict[str, list[Variable]]:
    """Return the variables that a place in a function sees, by name, the outermost first."""
    found: dict[str, list[Variable]] = {}
    for node in _declarations(function, offset):
        for one in _declared(node):
            known = found.setdefault(one.name, [])
            known.append(one._replace(order=len(known) + 1))
    return found


def _declared(node: Node) -> Iterator[Variable]:
    """Yield the variables of a declaration."""
    for declarator in node.children_by_field_name("declarator"):
        stars = _stars(declarator)
        yield Variable(declared_name(declarator), max(stars, 0), written(node) if stars >= 0 else "", 1)


def _declarations(function: Node, offset: int) -> Iterator[Node]:
    """Yield the parameters of a function, and what is declared before a place in the blocks that it lies in."""
    head: Node | None = function.child_by_field_name("declarator")
    while head is not None and head.type != "function_declarator":
        head = head.child_by_field_name("declarator")
    parameters = head.child_by_field_name("parameters") if head is not None else None
    yield from (one for one in (parameters.named_children if parameters else ()) if one.type == "parameter_declaration")
    here = function.child_by_field_name("body")
    while here is not None:
        inner = None
        for child in here.named_children:
            if child.start_byte >= offset:
                break
            if child.type == "declaration" and not (child.end_byte > offset):
                yield child
            elif child.end_byte > offset:
                inner = child
        here = inner


def _stars(declarator: Node | None) -> int:
    """Return how many stars a declarator has; -1 where it is that of a function or a pointer to one."""
    stars = 0
    while declarator is not None and declarator.type in _THROUGH:
        stars += declarator.type == "pointer_declarator"
        declarator = declarator.child_by_field_name("declarator")
    return stars if declarator is not None and declarator.type == "identifier" else -1

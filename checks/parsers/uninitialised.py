# SPDX-License-Identifier: GPL-2.0-only
"""Objects of one structure in a C file, and whether one of their members can be read before anybody has written it.

C's own rules, read conservatively: an initialiser list zeroes what it does not name, static storage is zero, and an
automatic object without an initialiser is junk until a memset() or an assignment of the whole, or of the member, has
certainly come by. Handing it (or its address) to anybody is a use; reading or writing its other members is none.
Both branches of every #if are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from generator.source import content, declared_name, members, parse, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from generator.source import Source

_ALLOCATES = re.compile(r"alloc|memdup")
_ZEROES = re.compile(r"zalloc|calloc|__GFP_ZERO|memdup")
_ASKS = re.compile(rb"\b(?:container_of\w*|offsetof\w*|list_entry|sizeof_field|typeof_member)\s*\([^;{}]*\Z")
"""Macros that ask about a type, and declare nothing."""
_NEAR = 200
"""How far from its type such a macro's name may stand, in bytes."""
_BLOCKS = frozenset({"compound_statement", "case_statement", "labeled_statement"})
_COMMENT = re.compile(rb'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


class State(StrEnum):
    """What the member holds when it is read for the first time."""

    ZERO = "zero"
    """An initialiser, or static storage."""
    SET = "set"
    """It is written, or the whole object is, before the first use."""
    UNREAD = "unread"
    """Nobody uses the object in a way that could read it."""
    COPY = "copy"
    """It begins as a copy of another object, which is judged where it is declared."""
    JUNK = "junk"
    """It can be read uninitialised."""
    UNKNOWN = "unknown"
    """This parser cannot tell."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One object, or one place that this parser cannot follow.

    Attributes:
        name: the variable; empty where there is none.
        function: the function around it; empty at the top level.
        line: of the declaration, from 1.
        state: what its member holds at first.
        why: for a person; empty where there is nothing to say.
    """

    name: str
    function: str
    line: int
    state: State
    why: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """A place that writes the member by name.

    Attributes:
        function: the function around it.
        line: from 1.
        text: the assignment or the initialiser, as it is written.
    """

    function: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says of the structure.

    Attributes:
        declared: its objects, in the order of the file.
        writers: who writes the member, in the order of the file.
        defines: True where the structure is defined here, with that member.
        containers: structures defined here that such an object is a part of; their own objects are among `declared`.
    """

    declared: tuple[Declared, ...]
    writers: tuple[Writer, ...]
    defines: bool
    containers: tuple[str, ...] = ()


def find(text: bytes, struct: str, member: str) -> Found:
    """Return the objects of `struct` in a C file, the writers of its `member`, and whether it is defined here."""
    source = parse(text)
    nodes = list(walk(source.root))
    declared, containers = _declared(source, nodes, struct, member)
    seen, todo = {struct}, dict(containers)
    while todo:  # what a structure is a part of begins as that does
        outer, part = todo.popitem()
        if outer not in seen:
            seen.add(outer)
            more, further = _declared(source, nodes, outer, part)
            declared += more
            todo |= further
    bodies = [node for node in _named(nodes, struct) if node.child_by_field_name("body") is not None]
    return Found(
        tuple(sorted(declared, key=lambda one: one.line)),
        tuple(_writers(source, nodes, member)),
        any(name == member for node in bodies for name, _ in members(node)),
        tuple(sorted(seen - {struct})),
    )


def _declared(source: Source, nodes: list[Node], struct: str, member: str) -> tuple[list[Declared], dict[str, str]]:
    """Return the objects of a structure, and the structures that it is a part of, each with that part's name."""
    named = _named(nodes, struct)
    declared = [one for node in named for one in _objects(source, node, member)]
    declared += [one for node in nodes for one in _allocated(source, node, struct)]
    return declared + list(_unread(source, named, struct)), dict(_containers(named))


def _named(nodes: list[Node], struct: str) -> list[Node]:
    return [node for node in nodes if node.type == "struct_specifier" and _field(node, "name") == struct]


def _unread(source: Source, named: list[Node], struct: str) -> Iterator[Declared]:
    """Yield the mentions of the structure that the parser did not see as a type: they stand in macros."""
    shown = _COMMENT.sub(lambda found: b" " * len(found.group()), source.shown)
    seen = {node.start_byte for node in named}
    for mention in re.finditer(rb"\bstruct\s+" + re.escape(struct.encode()) + rb"\b(?P<pointer>\s*\*)?", shown):
        harmless = mention["pointer"] or _ASKS.search(shown, max(0, mention.start() - _NEAR), mention.start())
        if mention.start() not in seen and not harmless:
            line = source.line(mention.start())
            yield Declared(
                "", "", line, State.UNKNOWN, f"line {line} names struct {struct} in a way that is not followed"
            )


def _objects(source: Source, node: Node, member: str) -> Iterator[Declared]:
    """Yield the objects that one mention of the structure declares."""
    around = node.parent
    if around is not None and around.parent is not None and around.parent.type == "macro_type_specifier":
        line = source.line(node.start_byte)
        yield Declared("", "", line, State.UNKNOWN, f"line {line} may be a macro that declares one: {content(around)}")
    if around is None or around.type in {"parameter_declaration", "function_definition", "type_descriptor"}:
        return  # a pointer or a copy of what is judged elsewhere; an allocation is seen by its sizeof
    function, words = _function(node), {content(each) for each in around.children if "specifier" in each.type}
    for declarator in around.children_by_field_name("declarator"):
        inner = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else declarator
        if inner is None or inner.type in {"pointer_declarator", "function_declarator"} or "extern" in words:
            continue
        name, line = declared_name(declarator), source.line(declarator.start_byte)
        if around.type == "field_declaration" and _container(around):
            continue
        if around.type != "declaration":
            why = f"line {line} makes it something that is not followed: {content(around)}"
            yield Declared(name, function, line, State.UNKNOWN, why)
        elif declarator.type == "init_declarator":
            yield Declared(name, function, line, *_initialiser(declarator.child_by_field_name("value")))
        elif not function or "static" in words:
            yield Declared(name, function, line, State.ZERO)
        else:
            yield Declared(name, function, line, *_first_use(source, around, name, member))


def _containers(named: list[Node]) -> Iterator[tuple[str, str]]:
    """Yield the structures that have such an object as a part, and the part's name: their objects are judged alike."""
    for node in named:
        around = node.parent
        if around is not None and around.type == "field_declaration" and (outer := _container(around)):
            for declarator in around.children_by_field_name("declarator"):
                if declarator.type == "field_identifier":
                    yield outer, content(declarator)


def _container(field: Node) -> str:
    """Return the tag of the structure that a member directly belongs to; empty where it has none, or is a union."""
    body = field.parent
    around = body.parent if body is not None else None
    return _field(around, "name") if around is not None and around.type == "struct_specifier" else ""


def _initialiser(value: Node | None) -> tuple[State, str]:
    if value is None or value.type != "initializer_list":
        return State.COPY, ""
    plain = [each for each in value.named_children if each.type not in {"comment", "initializer_pair"}]
    return (State.UNKNOWN, "its initialiser names no members") if len(plain) > 1 else (State.ZERO, "")


def _first_use(source: Source, declaration: Node, name: str, member: str) -> tuple[State, str]:
    """Judge an automatic object without an initialiser by what is done with it below its declaration."""
    scope = declaration.parent or declaration
    setters: list[Node] = []
    for node in walk(scope):
        if node.type != "identifier" or node.start_byte < declaration.end_byte or content(node) != name:
            continue
        what = _use(node, name, member)
        if what is State.SET:
            setters.append(node)
        elif what is State.JUNK and not any(_surely_before(scope, setter, node) for setter in setters):
            return State.JUNK, f"line {source.line(node.start_byte)} uses it, and nothing has set {member} until then"
    return (State.SET, "") if setters else (State.UNREAD, "")


def _use(node: Node, name: str, member: str) -> State:
    """Tell what a mention of the object does: sets the member, may read it (JUNK), or neither (UNREAD)."""
    parent = node.parent
    around = parent.parent if parent is not None else None
    if parent is None or around is None:
        return State.JUNK
    if parent.type == "field_expression":
        if _field(parent, "field") != member:
            return State.UNREAD
        return State.SET if _is_target(parent) else State.JUNK
    if "sizeof_expression" in {parent.type, around.type}:
        return State.UNREAD
    return State.SET if _is_target(node) or _zeroes(parent, name) else State.JUNK


def _zeroes(address: Node, name: str) -> bool:
    """Tell whether an object's address is the first argument of a memset() that zeroes all of it."""
    arguments = address.parent
    call = arguments.parent if arguments is not None else None
    if arguments is None or call is None or _field(call, "function") != "memset":
        return False
    words = "|".join(content(each) for each in arguments.named_children)
    return re.fullmatch(rf"&{name}\|0(x0)?\|sizeof ?(\((struct \w+|{name})\)|{name})", words) is not None


def _is_target(node: Node) -> bool:
    """Tell whether a plain assignment writes the node."""
    parent = node.parent
    left = parent.child_by_field_name("left") if parent is not None and parent.type == "assignment_expression" else None
    return parent is not None and left == node and _field(parent, "operator") == "="


def _surely_before(scope: Node, setter: Node, use: Node) -> bool:
    """Tell whether every way to a use leads over a setter: its block holds the use, and no goto jumps between them."""
    statement: Node = setter
    while statement.parent is not None and statement.type != "expression_statement":
        statement = statement.parent
    block = statement.parent
    if block is None or block.type not in _BLOCKS or not block.start_byte <= use.start_byte < block.end_byte:
        return False
    labels = {
        _field(node, "label")
        for node in walk(scope)
        if node.type == "labeled_statement" and statement.end_byte <= node.start_byte <= use.start_byte
    }
    early = (node for node in walk(scope) if node.type == "goto_statement" and node.start_byte < statement.start_byte)
    return not any(_field(node, "label") in labels for node in early)


def _allocated(source: Source, node: Node, struct: str) -> Iterator[Declared]:
    """Yield a call that allocates such a structure and does not zero it."""
    callee = _field(node, "function") if node.type == "call_expression" else ""
    arguments = node.child_by_field_name("arguments")
    if not _ALLOCATES.search(callee) or arguments is None:
        return
    sizes = {content(each) for each in walk(arguments) if each.type == "sizeof_expression"}
    pointers = {f"sizeof(*{name})" for name in _pointers(node, struct)} | {f"sizeof(struct {struct})"}
    if sizes & pointers and not _ZEROES.search(content(node)):
        why = f"{callee}() does not zero what it returns"
        yield Declared("", _function(node), source.line(node.start_byte), State.JUNK, why)


def _pointers(node: Node, struct: str) -> Iterator[str]:
    """Yield the names of pointers to the structure in the function around a node."""
    for each in walk(_around(node) or node):
        if each.type in {"declaration", "parameter_declaration"} and _field(each, "type") == f"struct {struct}":
            yield from (declared_name(one) for one in each.children_by_field_name("declarator"))


def _writers(source: Source, nodes: list[Node], member: str) -> Iterator[Writer]:
    for node in nodes:
        if node.type in {"assignment_expression", "initializer_pair"}:
            target = node.child_by_field_name("left") or node.child_by_field_name("designator")
            is_it = target is not None and (_field(target, "field") or content(target).lstrip(".")) == member
            if is_it and target is not None and target.type in {"field_expression", "field_designator"}:
                yield Writer(_function(node), source.line(node.start_byte), content(node))


def _function(node: Node) -> str:
    around = _around(node)
    return declared_name(around.child_by_field_name("declarator")) if around is not None else ""


def _around(node: Node) -> Node | None:
    here = node.parent
    while here is not None and here.type != "function_definition":
        here = here.parent
    return here


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return content(child) if child is not None else ""

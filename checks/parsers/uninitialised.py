# SPDX-License-Identifier: GPL-2.0-only
"""Objects of one structure in a C file, and whether one of their members can be read before anybody has written it.

C's own rules, read conservatively: an initialiser list zeroes what it does not name, static storage is zero, and an
automatic object without an initialiser is junk until a memset() or an assignment of the whole, or of the member, has
certainly come by. Handing it (or its address) to anybody is a use; reading or writing its other members is none.
Both branches of every #if are read.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from checks.parsers.ctree import COMMENT, CTree
from generator.source import content, declared_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_ALLOCATES = re.compile(r"alloc|memdup")
_ZEROES = re.compile(rb"zalloc|calloc|__GFP_ZERO|memdup")
_ASKS = re.compile(rb"\b(?:container_of\w*|offsetof\w*|list_entry|sizeof_field|typeof_member)\s*\([^;{}]*\Z")
"""Macros that ask about a type, and declare nothing."""
_NEAR = 200
"""How far from its type such a macro's name may stand, and how long a sizeof or what a message quotes is, in bytes."""
_DECLARATIONS = frozenset({"declaration", "field_declaration", "type_definition"})
_BLOCKS = frozenset({"compound_statement", "case_statement", "labeled_statement"})
_SIZE_OF = re.compile(r"sizeof\(struct (\w+)\)")
_MENTION = re.compile(rb"\bstruct\s+(?P<name>\w++)(?P<pointer>\s*\*)?")


class MemberState(StrEnum):
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
    state: MemberState
    why: str = ""


@dataclass(frozen=True, slots=True)
class MemberWrite:
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
class StructUses:
    """What a file says of the structure.

    Attributes:
        declared: its objects, in the order of the file.
        writers: who writes the member, in the order of the file.
        defines: True where the structure is defined here, with that member.
        containers: structures defined here that such an object is a part of; their own objects are among `declared`.
    """

    declared: tuple[Declared, ...]
    writers: tuple[MemberWrite, ...]
    defines: bool
    containers: tuple[str, ...] = ()


def find(text: bytes, struct: str, member: str) -> StructUses:
    """Return the objects of `struct` in a C file, the writers of its `member`, and whether it is defined here."""
    file = _File(text)
    declared: list[Declared] = []
    seen, todo = set[str](), {struct: member}
    while todo:  # what a structure is a part of begins as that does
        name, part = todo.popitem()
        if name not in seen:
            seen.add(name)
            declared += file.declared(name, part)
            todo |= dict(file.containers(name))
    return StructUses(
        tuple(sorted(declared, key=lambda one: one.line)),
        tuple(file.writers(member)),
        file.defines(struct, member),
        tuple(sorted(seen - {struct})),
    )


class _File:
    """What a file holds, by the names that are asked for; a long one is walked once, whatever it declares."""

    def __init__(self, text: bytes) -> None:
        self._tree = CTree(text)
        self._structs: dict[str, list[Node]] = defaultdict(list)
        self._identifiers: dict[str, list[Node]] = defaultdict(list)
        self._pointers: dict[str, set[tuple[int, str]]] = defaultdict(set)
        self._sizes: dict[tuple[int, str], list[Node]] = defaultdict(list)
        self._sizes_of: dict[str, list[Node]] = defaultdict(list)
        for node in self._tree.nodes:
            self._sort(node)
        self._mentions: dict[str, list[re.Match[bytes]]] = defaultdict(list)
        shown = COMMENT.sub(lambda found: b" " * len(found.group()), self._tree.shown)
        for mention in _MENTION.finditer(shown):
            harmless = mention["pointer"] or _ASKS.search(shown, max(0, mention.start() - _NEAR), mention.start())
            if not harmless:
                self._mentions[mention["name"].decode("utf-8", "replace")].append(mention)
        self._zeroes = [found.start() for found in _ZEROES.finditer(self._tree.shown)]

    def _sort(self, node: Node) -> None:
        """Put a node where it is looked for."""
        if node.type == "identifier":
            self._identifiers[content(node)].append(node)
        elif node.type == "struct_specifier":
            self._structs[_field(node, "name")].append(node)
        elif node.type == "sizeof_expression" and node.end_byte - node.start_byte <= _NEAR:
            text = content(node)
            named = _SIZE_OF.fullmatch(text)
            sizes = self._sizes_of[named[1]] if named else self._sizes[self._scope(node), text]
            sizes.append(node)
        elif node.type in {"declaration", "parameter_declaration"}:
            kind = node.child_by_field_name("type")
            if kind is not None and kind.type == "struct_specifier" and kind.child_by_field_name("body") is None:
                names = (declared_name(one) for one in node.children_by_field_name("declarator"))
                self._pointers[_field(kind, "name")] |= {(self._scope(node), name) for name in names}

    def declared(self, struct: str, member: str) -> Iterator[Declared]:
        """Yield the objects of a structure, and the mentions of it that cannot be followed."""
        arounds = {around.id: around for node in self._structs[struct] if (around := self._tree.parent(node))}
        for around in arounds.values():
            yield from self._objects(around, member)
        yield from self._allocated(struct)
        seen = {node.start_byte for node in self._structs[struct]}
        for mention in self._mentions[struct]:
            if mention.start() not in seen:
                line = self._tree.line(mention.start())
                why = f"line {line} names struct {struct} in a way that is not followed"
                yield Declared("", "", line, MemberState.UNKNOWN, why)

    def containers(self, struct: str) -> Iterator[tuple[str, str]]:
        """Yield the structures that have such an object as a part, and its name: their objects are judged alike."""
        for node in self._structs[struct]:
            around = self._tree.parent(node)
            if around is not None and around.type == "field_declaration" and (outer := self._container(around)):
                for declarator in around.children_by_field_name("declarator"):
                    if declarator.type == "field_identifier":
                        yield outer, content(declarator)

    def defines(self, struct: str, member: str) -> bool:
        """Tell whether the structure is defined here, with that member, in a structure within it too."""
        bodies = {node.id for node in self._structs[struct] if node.child_by_field_name("body") is not None}
        passed: set[int] = set()
        for node in self._tree.nodes:
            if node.type != "field_declaration":
                continue
            if member not in {declared_name(one) for one in node.children_by_field_name("declarator")}:
                continue
            for outer in self._tree.outwards(node):
                if outer.id in bodies:
                    return True
                if outer.id in passed:
                    break
                passed.add(outer.id)
        return False

    def writers(self, member: str) -> Iterator[MemberWrite]:
        """Yield who writes a member by its name."""
        for node in self._tree.nodes:
            if node.type in {"assignment_expression", "initializer_pair"}:
                target = node.child_by_field_name("left") or node.child_by_field_name("designator")
                if target is None or target.type not in {"field_expression", "field_designator"}:
                    continue
                if (_field(target, "field") or content(target).lstrip(".")) == member:
                    yield MemberWrite(self._function(node), self._tree.line(node.start_byte), _quoted(node))

    def _objects(self, around: Node, member: str) -> Iterator[Declared]:
        """Yield the objects that a declaration declares, or what else mentions the structure."""
        outside = self._tree.parent(around)
        if outside is not None and outside.type == "macro_type_specifier":
            line = self._tree.line(around.start_byte)
            why = f"line {line} may be a macro that declares one: {_quoted(around)}"
            yield Declared("", "", line, MemberState.UNKNOWN, why)
        if around.type not in _DECLARATIONS:
            return  # a pointer or a copy of what is judged elsewhere; an allocation is seen by its sizeof
        function = self._function(around)
        words = {content(each) for each in around.children if each.type == "storage_class_specifier"}
        for declarator in around.children_by_field_name("declarator"):
            inner = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else declarator
            if inner is None or inner.type in {"pointer_declarator", "function_declarator"} or "extern" in words:
                continue
            name, line = declared_name(declarator), self._tree.line(declarator.start_byte)
            if around.type == "field_declaration" and self._container(around):
                continue
            if around.type != "declaration":
                why = f"line {line} makes it something that is not followed: {_quoted(around)}"
                yield Declared(name, function, line, MemberState.UNKNOWN, why)
            elif declarator.type == "init_declarator":
                yield Declared(name, function, line, *_initialiser(declarator.child_by_field_name("value")))
            elif not function or "static" in words:
                yield Declared(name, function, line, MemberState.ZERO)
            else:
                yield Declared(name, function, line, *self._first_use(around, name, member))

    def _container(self, field: Node) -> str:
        """Return the tag of the structure that a member directly belongs to; empty where it has none, or is a union."""
        body = self._tree.parent(field)
        around = self._tree.parent(body) if body is not None else None
        return _field(around, "name") if around is not None and around.type == "struct_specifier" else ""

    def _first_use(self, declaration: Node, name: str, member: str) -> tuple[MemberState, str]:
        """Judge an automatic object without an initialiser by what is done with it below its declaration."""
        scope = self._tree.parent(declaration) or declaration
        named = self._identifiers[name]
        first = bisect.bisect_left(named, declaration.end_byte, key=lambda one: one.start_byte)
        is_set, safe = False, 0
        for place in range(first, len(named)):
            node = named[place]
            if node.start_byte >= scope.end_byte:
                break
            what = self._use(node, name, member)
            if what is MemberState.SET:
                is_set, safe = True, max(safe, self._safe_until(node))
            elif what is MemberState.JUNK and node.start_byte >= safe:
                line = self._tree.line(node.start_byte)
                return MemberState.JUNK, f"line {line} uses it, and nothing has set {member} until then"
        return (MemberState.SET, "") if is_set else (MemberState.UNREAD, "")

    def _safe_until(self, setter: Node) -> int:
        """Return up to where every way leads over a setter: its block's end, or the label of a goto that passes it."""
        statement = next((one for one in self._tree.outwards(setter) if one.type == "expression_statement"), None)
        block = self._tree.parent(statement) if statement is not None else None
        if statement is None or block is None or block.type not in _BLOCKS:
            return 0
        return min(block.end_byte, self._tree.limit(statement))

    def _use(self, node: Node, name: str, member: str) -> MemberState:
        """Tell what a mention of the object does: sets the member, may read it (JUNK), or neither (UNREAD)."""
        parent = self._tree.parent(node)
        around = self._tree.parent(parent) if parent is not None else None
        if parent is None or around is None:
            return MemberState.JUNK
        if parent.type == "field_expression":
            if _field(parent, "field") != member:
                return MemberState.UNREAD
            return MemberState.SET if _writes(around, parent) else MemberState.JUNK
        if "sizeof_expression" in {parent.type, around.type}:
            return MemberState.UNREAD
        return MemberState.SET if _writes(parent, node) or self._is_zeroed(around, name) else MemberState.JUNK

    def _is_zeroed(self, arguments: Node, name: str) -> bool:
        """Tell whether an object's address is the first argument of a memset() that zeroes all of it."""
        call = self._tree.parent(arguments)
        if arguments.type != "argument_list" or call is None or _field(call, "function") != "memset":
            return False
        words = "|".join(content(each) for each in arguments.named_children)
        return re.fullmatch(rf"&{name}\|0(x0)?\|sizeof ?(\((struct \w+|{name})\)|{name})", words) is not None

    def _allocated(self, struct: str) -> Iterator[Declared]:
        """Yield the calls that allocate such a structure and do not zero it."""
        keys = ((scope, f"sizeof(*{name})") for scope, name in self._pointers[struct])
        sizes = [*self._sizes_of[struct], *(size for key in keys for size in self._sizes.get(key, ()))]
        passed: set[int] = set()
        for size in sorted(sizes, key=lambda one: one.start_byte):
            inner = size
            for outer in self._tree.outwards(size):
                if outer.id in passed:
                    break
                passed.add(outer.id)
                is_argument = outer.type == "call_expression" and inner.type == "argument_list"
                callee = _callee(outer) if is_argument else ""
                if _ALLOCATES.search(callee) and not self._asks_for_zero(outer):
                    why = f"{callee}() does not zero what it returns"
                    line = self._tree.line(outer.start_byte)
                    yield Declared("", self._function(outer), line, MemberState.JUNK, why)
                inner = outer

    def _asks_for_zero(self, call: Node) -> bool:
        first = bisect.bisect_left(self._zeroes, call.start_byte)
        return first < len(self._zeroes) and self._zeroes[first] < call.end_byte

    def _scope(self, node: Node) -> int:
        """Return what tells the functions of a file apart; what stands in none is apart by itself."""
        around = self._tree.function(node)
        return around.start_byte if around is not None else -1 - node.start_byte

    def _function(self, node: Node) -> str:
        around = self._tree.function(node)
        return declared_name(around.child_by_field_name("declarator")) if around is not None else ""


def _initialiser(value: Node | None) -> tuple[MemberState, str]:
    if value is None or value.type != "initializer_list":
        return MemberState.COPY, ""
    plain = [each for each in value.named_children if each.type not in {"comment", "initializer_pair"}]
    return (MemberState.UNKNOWN, "its initialiser names no members") if len(plain) > 1 else (MemberState.ZERO, "")


def _writes(parent: Node, node: Node) -> bool:
    """Tell whether a node's parent is a plain assignment that writes it."""
    is_plain = parent.type == "assignment_expression" and _field(parent, "operator") == "="
    return is_plain and parent.child_by_field_name("left") == node


def _callee(call: Node) -> str:
    """Return the name of the function, or of the member, that is called."""
    function = call.child_by_field_name("function")
    if function is None or function.type == "identifier":
        return _field(call, "function")
    return _field(function, "field")


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return content(child) if child is not None else ""


def _quoted(node: Node) -> str:
    """Return a node's text as a message quotes it."""
    text = " ".join((node.text or b"")[:_NEAR].decode("utf-8", "replace").split())
    return text if node.end_byte - node.start_byte <= _NEAR else f"{text}..."

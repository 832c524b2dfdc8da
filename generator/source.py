# SPDX-License-Identifier: GPL-2.0-only
"""A C file as a syntax tree whose offsets are those of the file.

tree-sitter reads C, not the kernel's dialect. What it would stumble over is overwritten with spaces first: conditions
(generator/cpp.py) and what `#if 0` takes out, annotations such as `__user` or `__init`, the argument lists of
SYSCALL_DEFINEx(), what typeof() is given, and `static` before a macro of several arguments.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter
import tree_sitter_c

from generator.cpp import Conditions, blank, spaces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tree_sitter import Node

REMEMBERED = 256
"""How many parsed files are kept: those of two bases."""

_C = tree_sitter.Language(tree_sitter_c.language())
_ANNOTATED = (
    rb"__(?<!\w__)(?:user|percpu|iomem|rcu|kernel|force|init|exit|initdata|initconst|meminit|weak|ro_after_init|read_mostly|cold|hot"
    rb"|always_inline|always_unused|maybe_unused|must_check|visible|pure|malloc|used|noclone|noreturn|private|randomize_layout)\b"
    rb"|__(?<!\w__)(?:printf|scanf|counted_by|aligned|section|attribute__)[ \t]*"
    rb"\((?:[^(){}]|\((?:[^(){}]|\([^(){}]*\))*\))*\)"
)
_ANNOTATION = re.compile(_ANNOTATED)
"""It begins with two literal characters, which `re` looks for much faster than for a word boundary."""
_STATIC = re.compile(rb"static(?<!\wstatic)(?=[ \t]+[A-Z][A-Z0-9_]*\([^(),;{}]*,)")
"""Before a macro of several arguments, as in `static DECLARE_WORK(work, function);`; one argument could be a type."""
_STATEMENT_END = re.compile(rb"[;{}]")
_TYPEOF = re.compile(rb"(typeof)(?<!\wtypeof)[ \t]*(\((?:[^(){}]|\((?:[^(){}]|\([^(){}]*\))*\))*\))")
_LEADING = re.compile(rb"(?:(?:static\b|" + _ANNOTATED + rb")\s*)+\Z")
_SYSCALL = re.compile(rb"\n(?P<macro>(?:COMPAT_)?SYSCALL_DEFINE\d\()(?P<name>\s*+\w++\s*+)(?P<list>,?[^(){}]*\))")
"""It begins with the newline before it: `re` looks for the start of a line at every byte."""
_HOLDS_STATEMENTS = {
    *("compound_statement", "if_statement", "else_clause", "for_statement", "while_statement", "do_statement"),
    *("switch_statement", "case_statement", "labeled_statement", "attributed_statement", "ERROR"),
}
_ENCLOSING = {"ERROR", "linkage_specification", "declaration_list"}


class Symbol(NamedTuple):
    """One thing defined or declared at the top level of a file.

    Attributes:
        kind: function, prototype, struct, variable or macro.
        name: its name.
        node: its whole syntax node (for a struct: the declaration around it).
    """

    kind: str
    name: str
    node: Node


class Source:
    """One parsed C file.

    Attributes:
        text: the file as it is.
        shown: the same with everything overwritten that C's grammar does not know.
        conditions: its preprocessor conditions.
        root: the syntax tree's root.
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.conditions = Conditions(text)
        conditions = ((one.start, one.end) for one in self.conditions.directives)
        self.shown = _readable(blank(text, [*conditions, *self.conditions.never()]))
        self.root = tree_sitter.Parser(_C).parse(self.shown).root_node

    def of(self, kind: str, name: str) -> list[Symbol]:
        """Return the symbols of one kind and name; only what has the name in it is looked at."""
        word = name.encode()
        tops = (node for node in self.root.children if self.shown.find(word, node.start_byte, node.end_byte) >= 0)
        symbols = (symbol for top in tops for symbol in _symbols(top))
        return [symbol for symbol in symbols if symbol.kind == kind and symbol.name == name]

    def symbols(self) -> Iterator[Symbol]:
        """Yield all of its symbols, in order."""
        yield from (symbol for node in self.root.children for symbol in _symbols(node))

    def every(self, kind: str) -> Iterator[Symbol]:
        """Yield the symbols of one kind, in order."""
        yield from (symbol for symbol in self.symbols() if symbol.kind == kind)

    def names(self, kind: str) -> Iterator[str]:
        """Yield the names of one kind, in order, each once."""
        yield from dict.fromkeys(symbol.name for symbol in self.every(kind))

    def first_function(self) -> int:
        """Return where the first function begins, or the end of the file."""
        return next((node.start_byte for node in self.root.children if _is_function(node)), len(self.text))

    def start(self, node: Node) -> int:
        """Return where a node starts, with the annotations before it that the parser was not shown."""
        before = node.prev_sibling
        floor = before.end_byte if before else node.parent.start_byte if node.parent and node.parent.parent else 0
        floor = max((floor, *(one.end for one in self.conditions.directives if one.end <= node.start_byte)))
        leading = _LEADING.search(self.text[floor : node.start_byte])
        return floor + leading.start() if leading else node.start_byte

    def line(self, offset: int) -> int:
        """Return the line number of an offset, from 1."""
        return self.text.count(b"\n", 0, offset) + 1


class Sources:
    """Files as they were parsed, by their bytes; of too many those are forgotten that nobody asked for lately."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._read = functools.lru_cache(remembered)(Source)

    def read(self, text: bytes) -> Source:
        """Return a file parsed."""
        return self._read(text)

    def conditions(self, path: str, text: bytes) -> Conditions | None:
        """Return the conditions of a file in C or assembler, which is not parsed; other files have none."""
        if path.endswith(".S"):
            return Conditions(text)
        return self.read(text).conditions if path.endswith((".c", ".h")) else None


def _readable(text: bytes) -> bytes:
    """Overwrite what else is not C with spaces, so that every offset stays."""
    shown = _ANNOTATION.sub(lambda found: spaces(found.group()), text)
    shown = _without_static(_TYPEOF.sub(_only_name, shown))
    return _SYSCALL.sub(_as_function, b"\n" + shown)[1:] if b"SYSCALL_DEFINE" in shown else shown


def _without_static(text: bytes) -> bytes:
    """Overwrite each `static` before a macro whose statement ends with its arguments."""
    shown = bytearray(text)
    end = -1
    for found in _STATIC.finditer(text):
        if end < found.end():
            ended = _STATEMENT_END.search(text, found.end())
            end = ended.start() if ended else len(text)
        if text[end - 1 : end + 1] == b");":
            shown[found.start() : found.end()] = b" " * len(found.group())
    return bytes(shown)


def _as_function(found: re.Match[bytes]) -> bytes:
    """Return a SYSCALL_DEFINEx() as the head of a function without parameters."""
    arguments = found.group("list")
    hidden = b"(" + spaces(arguments)[1:-1] + b")" if len(arguments) > 1 else b" "
    return b"\n" + b"long".ljust(len(found.group("macro"))) + found.group("name") + hidden


def _only_name(found: re.Match[bytes]) -> bytes:
    return found.group(1) + spaces(found.group()[len(found.group(1)) :])


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the file."""
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        todo.extend(reversed(here.children))


def statements(node: Node) -> Iterator[tuple[Node, int]]:
    """Yield a node and all below it that are statements or hold some, in the file's order, and how deep each lies."""
    todo = [(node, 0)]
    while todo:
        here, depth = todo.pop()
        yield here, depth
        if here.type in _HOLDS_STATEMENTS or here.type.startswith("preproc") or b"({" in (here.text or b""):
            todo.extend((child, depth + 1) for child in reversed(here.children))


def holding(source: Source, node: Node, word: str, kinds: Collection[str]) -> Iterator[tuple[Node, Node]]:
    """Yield a node and all below it whose text has a word in it, in the order of the file.

    Each comes with the innermost node of some kinds that it is or stands in, or with the node that all are below.
    """
    shown, needle = source.shown, word.encode()
    todo = [(node, node)]
    while todo:
        here, around = todo.pop()
        if shown.find(needle, here.start_byte, here.end_byte) >= 0:
            inner = here if here.type in kinds else around
            yield here, inner
            todo.extend((child, inner) for child in reversed(here.children))


def content(node: Node) -> str:
    """Return a node's text, comments and all, with single spaces."""
    return " ".join((node.text or b"").decode("utf-8", "replace").split())


def declared_name(node: Node | None) -> str:
    """Return the name that a declarator declares, or an empty string."""
    while node is not None:
        if node.type in {"identifier", "field_identifier", "type_identifier"}:
            return content(node)
        node = node.child_by_field_name("declarator") or next(
            (child for child in node.named_children if child.type.endswith(("declarator", "identifier"))), None
        )
    return ""


def members(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the members of a structure, nested ones too, by name, each with its declaration."""
    for field in walk(node):
        if field.type == "field_declaration":
            for declarator in field.children_by_field_name("declarator"):
                yield declared_name(declarator), field


def _symbols(node: Node) -> Iterator[Symbol]:
    """Yield what a node of the top level defines; what a broken construct or `extern "C"` encloses is top level too."""
    if node.type in _ENCLOSING:
        for child in node.children:
            yield from _symbols(child)
    elif node.type == "function_definition":
        yield Symbol("function", declared_name(node.child_by_field_name("declarator")), node)
    elif node.type in {"preproc_def", "preproc_function_def"}:
        yield Symbol("macro", declared_name(node.child_by_field_name("name")), node)
    elif node.type in {"struct_specifier", "union_specifier", "enum_specifier", "declaration", "type_definition"}:
        yield from _declared(node)


def _is_function(node: Node) -> bool:
    if node.type in _ENCLOSING:
        return any(map(_is_function, node.children))
    return node.type == "function_definition"


def _declared(node: Node) -> Iterator[Symbol]:
    """Yield the structures, prototypes and variables of one declaration."""
    for part in [node, *node.children]:
        name = part.child_by_field_name("name") if part.type in {"struct_specifier", "union_specifier"} else None
        if name is not None and part.child_by_field_name("body") is not None:
            yield Symbol("struct", content(name), node)
    if node.type != "declaration":
        return
    for declarator in node.children_by_field_name("declarator"):
        is_function = any(part.type == "function_declarator" for part in _chain(declarator))
        yield Symbol("prototype" if is_function else "variable", declared_name(declarator), node)


def _chain(node: Node | None) -> Iterator[Node]:
    """Yield a declarator and those nested in it, down to the name; an initialiser does not count."""
    while node is not None:
        yield node
        node = node.child_by_field_name("declarator")

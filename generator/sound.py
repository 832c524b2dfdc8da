# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a file that was not before: names that stand twice, jumps to nowhere, values for nobody.

All lines around a place may be right, and the text wrong there: the label that it jumps to is gone, the function
returns nothing now, or somebody has given the name to another thing. Only what changed is read.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.cpp import join
from generator.rendering import Failure
from generator.source import content, declared_name
from generator.spot import DESPITE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from generator.fragment import Fragments
    from generator.rendering import Made
    from generator.source import Source, Sources, Symbol
    from patchset.edits import Patch

_ENTRY = re.compile(rb"^(?:menu)?config[ \t]+(\w+)", re.MULTILINE)
_NODE = re.compile(rb"\s*((?:[\w-]+:\s*)*[&\w,.@/+{}-]+)\s*\{\s*$")
_PROPERTY = re.compile(rb"\s*([\w#,.?+-]+)\s*(?:=|;\s*$)")
_ENCLOSING = {"ERROR", "linkage_specification", "declaration_list"}
_ONCE = {"function", "macro", "struct"}
_EXPRESSIONS = {
    *("expression_statement", "return_statement", "goto_statement", "parenthesized_expression", "parameter_list"),
    *("binary_expression", "call_expression", "unary_expression", "conditional_expression", "identifier"),
}


class Fault(NamedTuple):
    """Something that is wrong.

    Attributes:
        told: what, in words.
        word: the name that it is about.
    """

    told: str
    word: str


def faults(path: str, before: bytes, after: bytes, sources: Sources) -> list[Fault]:
    """Return what is wrong with a file now, and was not before."""
    name = path.rpartition("/")[2]
    found: tuple[Iterator[Fault], Iterator[Fault]]
    if path.endswith((".c", ".h")):
        found = _of_c(sources.read(before), after, sources)
    elif name.startswith("Kconfig"):
        found = _of_kconfig(after), _of_kconfig(before)
    elif path.endswith((".dts", ".dtsi")):
        found = _of_dts(after), _of_dts(before)
    else:
        return []
    now = dict.fromkeys(found[0])
    known = {*found[1]} if now else set()
    return [one for one in now if one not in known]


def unsound(
    made: Sequence[Made], patch: Patch, texts: Mapping[str, tuple[bytes, bytes]], fragments: Fragments, sources: Sources
) -> Iterator[Failure]:
    """Yield a failure for each thing that a patch breaks in a file, at the edit that has the name.

    Args:
        made: the edits so far.
        patch: the patch.
        texts: the files that are judged, before the patch and after it.
        fragments: the texts of its edits.
        sources: what was parsed so far.
    """
    for path, (before, after) in texts.items():
        edits = [one.edit for one in made if one.patch == patch.number and one.file == path and not one.skipped]
        known = {told for one in edits for told in one.despite}
        for fault in faults(path, before, after, sources):
            if fault.told in known:
                continue
            word = re.compile(rb"(?<!\w)%b(?!\w)" % re.escape(fault.word.encode()))
            raw = ((one, fragments.raw(one.template)) for one in edits if one.template)
            edit = next((one for one, text in raw if word.search(text)), edits[0])
            why = f"with this text, {fault.told}"
            yield Failure(patch.number, edit, path, (why,), hint=DESPITE.format(fault.told))


def _of_kconfig(text: bytes) -> Iterator[Fault]:
    yield from _twice((one.decode() for one in _ENTRY.findall(text)), "the file has config {} twice")


def _of_dts(text: bytes) -> Iterator[Fault]:
    """Yield the properties that a node has twice."""
    around: list[tuple[str, list[str]]] = []
    for line in text.split(b"\n"):
        if node := _NODE.match(line):
            around.append((node.group(1).decode("utf-8", "replace"), []))
        elif around and line.strip().startswith(b"}"):
            yield from _named(*around.pop())
        elif around and (found := _PROPERTY.match(line)):
            around[-1][1].append(found.group(1).decode("utf-8", "replace"))


def _named(name: str, words: Sequence[str]) -> Iterator[Fault]:
    yield from _twice(words, name.replace("{", "{{").replace("}", "}}") + " has {} twice")


def _twice(words: Iterator[str] | Sequence[str], told: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for word in words:
        if word in seen:
            yield Fault(told.format(word), word)
        seen.add(word)


def _of_c(source: Source, after: bytes, sources: Sources) -> tuple[Iterator[Fault], Iterator[Fault]]:
    """Return what is wrong with the part of a file that changes, afterwards and before.

    Only that part is read again: to parse a whole file takes longer than all else.
    """
    start, end = _changed(source.text, after)
    tops = [node for node in _tops(source.root) if node.end_byte >= start and node.start_byte <= end]
    start = min([start, *(node.start_byte for node in tops)])
    end = max([end, *(node.end_byte for node in tops)])
    symbols = [one for one in source.symbols() if one.kind in _ONCE]
    part = sources.read(after[start : end + len(after) - len(source.text)])
    around = source.conditions.path(start)
    fresh = [
        (one, join([*filter(None, (around, part.conditions.path(one.node.start_byte)))])) for one in part.symbols()
    ]
    old = [(one, source.conditions.path(one.node.start_byte)) for one in symbols]
    others = {(one.kind, one.name, path) for one, path in old if not start <= one.node.start_byte < end}
    here = [(one, path) for one, path in old if start <= one.node.start_byte < end]
    now = itertools.chain(_defined(fresh, others), *(_Part(part, node).faults() for node in _tops(part.root)))
    then = itertools.chain(_defined(here, others), *(_Part(source, node).faults() for node in tops))
    return now, then


def _changed(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the first and the last offset of the old text at which the new one differs."""
    most = min(len(before), len(after))
    start = _common(before, after, most)
    return start, len(before) - _common(before[::-1], after[::-1], most - start)


def _common(one: bytes, other: bytes, most: int) -> int:
    """Return with how many bytes, of so many at most, two texts begin alike."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _defined(symbols: Iterable[tuple[Symbol, str]], others: Collection[tuple[str, str, str]]) -> Iterator[Fault]:
    """Yield what is defined twice under the same #if path, there or among others."""
    seen = {*others}
    for symbol, path in symbols:
        key = (symbol.kind, symbol.name, path)
        if key in seen:
            yield Fault(f"{symbol.kind} {symbol.name} is defined twice", symbol.name)
        if symbol.kind in _ONCE:
            seen.add(key)


def _tops(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.type in _ENCLOSING:
            yield from _tops(child)
        elif child.type != "comment":
            yield child


def _statements(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, but for what is within expressions."""
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        if here.type not in _EXPRESSIONS:
            todo.extend(reversed(here.named_children))


class _Part:
    """A function, a structure, or whatever else stands by itself in a file."""

    def __init__(self, source: Source, node: Node) -> None:
        self._source, self._node = source, node
        self._called = _name(node)
        self._lists: dict[str, Callable[[Node], Iterator[tuple[Node, str]]]] = {
            "field_declaration_list": _fields,
            "enumerator_list": _enumerators,
            "initializer_list": _designators,
            "compound_statement": _locals,
        }

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with it."""
        labels: list[tuple[Node, str]] = []
        jumps: list[str] = []
        returns: list[Node] = []
        for node in _statements(self._node):
            if node.type in self._lists:
                yield from self._twice(self._lists[node.type](node), "{} twice")
            if node.type == "switch_statement" and (body := node.child_by_field_name("body")):
                yield from self._twice(_cases(body), "case {} twice")
            elif node.type == "labeled_statement":
                labels.append((node, content(node.child_by_field_name("label") or node)))
            elif node.type == "goto_statement":
                jumps += [content(one) for one in node.named_children if one.type == "statement_identifier"]
            elif node.type == "return_statement":
                returns.append(node)
        if self._node.type == "function_definition":
            yield from self._twice(iter(labels), "the label {} twice")
            known = {name for _, name in labels}
            for name in dict.fromkeys(jumps):
                if name not in known:
                    yield Fault(f"{self._called}() has no label {name} to jump to", name)
            yield from self._returned(returns)

    def _returned(self, returns: Sequence[Node]) -> Iterator[Fault]:
        """Yield a fault where a value is returned that nobody takes, or none where one is due."""
        kind, declarator = (self._node.child_by_field_name(one) for one in ("type", "declarator"))
        if kind is None or declarator is None or self._node.has_error:
            return
        void = content(kind) == "void" and declarator.type == "function_declarator"
        for node in returns:
            value = any(one.type != "comment" for one in node.named_children)
            if value == void:
                told = "returns a value, and is void" if void else "returns nothing, and is not void"
                yield Fault(f"{self._called}() {told}", "return")

    def _twice(self, names: Iterator[tuple[Node, str]], told: str) -> Iterator[Fault]:
        """Yield the names that stand twice under the same #if path."""
        called = f"{self._called}()" if self._node.type == "function_definition" else self._called
        seen: set[tuple[str, str]] = set()
        for node, name in names:
            key = (name, self._source.conditions.path(node.start_byte))
            if name and key in seen:
                yield Fault(f"{called} has {told.format(name)}".strip(), name)
            seen.add(key)


def _fields(node: Node) -> Iterator[tuple[Node, str]]:
    for field in node.named_children:
        for declarator in field.children_by_field_name("declarator"):
            yield field, declared_name(declarator)


def _enumerators(node: Node) -> Iterator[tuple[Node, str]]:
    for one in node.named_children:
        if name := one.child_by_field_name("name"):
            yield one, content(name)


def _designators(node: Node) -> Iterator[tuple[Node, str]]:
    for one in node.named_children:
        designators = one.children_by_field_name("designator") if one.type == "initializer_pair" else ()
        if designators:
            yield one, "".join(map(content, designators)).removeprefix(".")


def _locals(node: Node) -> Iterator[tuple[Node, str]]:
    for one in node.named_children:
        if one.type == "declaration" and not content(one).startswith("extern "):
            for declarator in one.children_by_field_name("declarator"):
                yield one, declared_name(declarator)


def _cases(node: Node) -> Iterator[tuple[Node, str]]:
    for one in node.named_children:
        if one.type == "case_statement":
            value = one.child_by_field_name("value")
            yield one, content(value) if value else "default"


def _name(node: Node) -> str:
    """Return what a part of a file is called."""
    kind = node if node.type.endswith("_specifier") else node.child_by_field_name("type")
    tag = kind.child_by_field_name("name") if kind is not None and kind.type.endswith("_specifier") else None
    declared = declared_name(node.child_by_field_name("declarator") or node.child_by_field_name("name"))
    return declared or (content(tag) if tag is not None else "")

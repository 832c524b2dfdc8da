# SPDX-License-Identifier: GPL-2.0-only
"""Anchors in C files: top-level symbols, and members, elements, statements and calls inside them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, TypeVar

from generator.nesting import around, backwards, before, head, is_open
from generator.source import content, holding, members, statements, walk
from generator.spot import AnchorError, Spot, at, line_end, line_start, listed
from patchset.anchors import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from generator.source import Source, Symbol
    from patchset.anchors import Anchor

T = TypeVar("T")

_KINDS: dict[str, tuple[str, ...]] = {
    "if": ("if_statement",),
    "for": ("for_statement",),
    "while": ("while_statement",),
    "do": ("do_statement",),
    "switch": ("switch_statement",),
    "return": ("return_statement",),
    "goto": ("goto_statement",),
    "label": ("labeled_statement",),
    "expr": ("expression_statement",),
    "decl": ("declaration",),
    "compound": ("compound_statement",),
}
_KINDS["any"] = tuple(kind for kinds in _KINDS.values() for kind in kinds)
_DEEPEST = 1000
"""How deep statements may be nested; each level of an `else if` counts."""
_LINES = {"compound_statement", "labeled_statement", "case_statement", "translation_unit", "field_declaration_list"}
_TAIL = re.compile(rb"[;,\s]*(?://[^\n]*|/\*.*?\*/\s*)?\n?\Z", re.DOTALL)
_FOLLOWS = re.compile(
    r"[A-Z0-9_]*(?:EXPORT|PROBE|PARAM)[A-Z0-9_]*\(|(?:early_param|__setup|module_param\w*|\w*_initcall|module_init)\("
)
_DECLARES = re.compile(r"(?:DEFINE|DECLARE)_[A-Z0-9_]+\(")
_NEGATED = re.compile(r"!\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


def top_level(anchor: Anchor, source: Source) -> Spot:
    """Find a function, prototype, struct, variable or macro, and a place at it or in it."""
    symbol = defined(anchor, source)
    if anchor.inner:
        return _INSIDE[anchor.inner](anchor, source, symbol)
    if anchor.place is Place.AFTER:
        return at(_after(source, _with_exports(symbol)))
    spot = _place(anchor, source, symbol.node)
    return Spot(spot.start, _after(source, _with_exports(symbol))) if anchor.place is Place.DELETE else spot


def lines_of(anchor: Anchor, source: Source) -> Spot:
    """Return the whole lines of a function, structure, variable or macro."""
    node = defined(anchor, source).node
    end = node.end_byte
    behind = end if source.text[end - 1 : end] == b"\n" else line_end(source.text, end)
    return Spot(line_start(source.text, source.start(node)), behind)


def file_place(anchor: Anchor, source: Source) -> Spot:
    """Find a place that a file has by being a file of C: its last include, the end of its guard."""
    if anchor.name == "guard_end":
        guard = source.conditions.guard
        if guard is None:
            raise AnchorError("the file has no include guard")
        return at(guard.directives[-1].start)
    if anchor.name == "last_include":
        includes = [node for node in _includes(source) if source.conditions.bare(node.start_byte)]
        if not includes:
            raise AnchorError("the file has no unconditional #include")
        return at(line_end(source.text, includes[-1].start_byte))
    raise AnchorError(f"there is no file place '{anchor.name}'", ["eof", "last_include", "guard_end"])


def include(anchor: Anchor, source: Source) -> Spot:
    """Find the #include of one header."""
    named = {content(node.child_by_field_name("path") or node).strip('<>"'): node for node in _includes(source)}
    if anchor.name not in named:
        raise AnchorError(f"there is no #include of {anchor.name}", like=(anchor.name, named))
    start = named[anchor.name].start_byte
    end = line_end(source.text, start)
    return {Place.BEFORE: at(start), Place.AFTER: at(end), Place.DELETE: Spot(start, end)}[anchor.place]


def cond(anchor: Anchor, source: Source) -> Spot:
    """Find the start, the #else or the end of an #if group by its condition."""
    groups = [group for group in source.conditions.groups if group is not source.conditions.guard]
    found = [group for group in groups if group.directives[0].condition == anchor.name]
    if not found:
        others = [group.directives[0].condition for group in groups]
        raise AnchorError(f"there is no #if {anchor.name}", like=(anchor.name, others))
    directives = _one(anchor, source, [(group.directives[0].start, group) for group in found]).directives
    if anchor.place is Place.START:
        return at(directives[0].end)
    if anchor.place is Place.ELSE:
        if directives[1].word == "endif":
            raise AnchorError(f"#if {anchor.name} has no #else")
        return at(directives[1].start)
    return at(directives[-1].start)


def defined(anchor: Anchor, source: Source) -> Symbol:
    """Return the one function, structure or such that an anchor names.

    Raises:
        AnchorError: there is none, or more than one.
    """
    found = source.of(anchor.scope, anchor.name)
    if not found:
        raise AnchorError(f"there is no {anchor.scope} {anchor.name}", like=(anchor.name, source.names(anchor.scope)))
    if anchor.in_cond:
        terms = re.compile(rf"(?<![\w!]){re.escape(anchor.in_cond)}(?!\w)")
        paths = [source.conditions.path(one.node.start_byte) for one in found]
        held = [path if anchor.in_cond.startswith("!") else _NEGATED.sub("", path) for path in paths]
        chosen = [one for one, path in zip(found, held, strict=True) if terms.search(path)]
    else:
        chosen = found
    if len(chosen) != 1:
        lines = listed([one.node.start_byte for one in found], functools.partial(_seen, source))
        reason = f"{len(chosen)} of {len(found)} definitions of {anchor.scope} {anchor.name} fit"
        raise AnchorError(reason, lines, hint="choose the definition by its #if path: `in_cond`")
    return chosen[0]


def _member(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    named = list(members(symbol.node))
    found = [(node.start_byte, node) for name, node in named if name == anchor.value]
    if not found:
        raise AnchorError(
            f"struct {anchor.name} has no member {anchor.value}", like=(anchor.value, [name for name, _ in named])
        )
    return _place(anchor, source, _one(anchor, source, found))


def _element(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    lists = [node for node in walk(symbol.node) if node.type == "initializer_list"]
    elements = [node for node in lists[0].named_children if node.type != "comment"] if lists else []
    found = [(node.start_byte, node) for node in elements if re.search(anchor.value, content(node))]
    if not found:
        raise AnchorError(
            f"{anchor.name} has no element like {anchor.value}", like=(anchor.value, map(content, elements))
        )
    return _place(anchor, source, _one(anchor, source, found))


def _decls(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    body = _body(anchor, symbol)
    last = None
    for node in body.named_children:
        if not (_declares(node) or node.type == "comment"):
            break
        last = node if _declares(node) else last
    return at(_after(source, last) if last else _first_line(source, body))


def _body_place(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    return _inside(anchor, source, _body(anchor, symbol))


def _stmt(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    body = _body(anchor, symbol)
    known = []
    for node, depth in statements(body):
        if depth > _DEEPEST:
            raise AnchorError(f"{anchor.name}() is nested more than {_DEEPEST} deep and cannot be read")
        if node != body and _is(anchor.value, node):
            known.append(node)
    found = [(node.start_byte, node) for node in known if re.search(anchor.match, _subject(node))]
    if not found:
        texts = [f"{_subject(node)} (line {source.line(node.start_byte)})" for node in known]
        raise AnchorError(
            f"{anchor.name}() has no {anchor.value} statement like /{anchor.match}/", like=(anchor.match, texts)
        )
    return _place(anchor, source, _at_depth(anchor, source, _one(anchor, source, found), body))


def _is(kind: str, node: Node) -> bool:
    """Tell whether a statement is of a kind; a macro that declares is a declaration, too."""
    return node.type in _KINDS[kind] or (kind == "decl" and _declares(node))


def _call(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    return _expression(anchor, source, symbol, ("call_expression", "function"), "does not call {}()")


def _assign(anchor: Anchor, source: Source, symbol: Symbol) -> Spot:
    return _expression(anchor, source, symbol, ("assignment_expression", "left"), "does not assign {}")


def _expression(anchor: Anchor, source: Source, symbol: Symbol, what: tuple[str, str], lacks: str) -> Spot:
    """Find the statement around an expression by what one of its fields says."""
    body = _body(anchor, symbol)
    kind, field = what

    def says(node: Node) -> str:
        return content(node.child_by_field_name(field) or node) if node.type == kind else ""

    held = holding(source, body, anchor.value.partition(" ")[0], _KINDS["any"])
    found = [(node.start_byte, statement) for node, statement in held if says(node) == anchor.value]
    if not found:
        others = filter(None, map(says, walk(body)))
        raise AnchorError(f"{anchor.name}() {lacks.format(anchor.value)}", like=(anchor.value, others))
    return _place(anchor, source, _at_depth(anchor, source, _one(anchor, source, found), body))


_INSIDE: dict[str, Callable[[Anchor, Source, Symbol], Spot]] = {
    "member": _member,
    "element": _element,
    "decls": _decls,
    "body": _body_place,
    "stmt": _stmt,
    "call": _call,
    "assign": _assign,
}


def _one(anchor: Anchor, source: Source, found: Sequence[tuple[int, T]]) -> T:
    """Return the one match, or the nth; several without nth are an error that lists them."""
    if anchor.nth > len(found) or (len(found) > 1 and not anchor.nth):
        wanted = f"number {anchor.nth} of " if anchor.nth else ""
        lines = listed([offset for offset, _ in found], functools.partial(_seen, source))
        raise AnchorError(
            f"{wanted}{len(found)} places match", lines, hint="choose the place by `nth`, or by what is at it"
        )
    return found[max(anchor.nth, 1) - 1][1]


def _at_depth(anchor: Anchor, source: Source, node: Node, body: Node) -> Node:
    """Return a statement that lies as deep as the anchor says.

    What a vendor put into an `if` of his own is found by the same words, but not run in the same cases.
    """
    outer = around(node, body)
    if len(outer) + 1 != anchor.depth:
        line = source.line(node.start_byte)
        where = f"in `{head(outer[0])}` (line {source.line(outer[0].start_byte)})" if outer else "in the body itself"
        here = f"line {line} lies {where}, at depth {len(outer) + 1}"
        hint = f"if it is the right one, `depth = {len(outer) + 1}` in an alternative says so"
        raise AnchorError(f"{here}, where depth {anchor.depth} is expected", hint=hint)
    return node


def _place(anchor: Anchor, source: Source, node: Node) -> Spot:
    """Turn a node into the spot before it, after it, in place of it or inside its braces."""
    if anchor.place in {Place.START, Place.END}:
        return _inside(anchor, source, node)
    text = source.text
    begin = source.start(node)
    start = line_start(text, begin)
    if anchor.place is Place.REPLACE:
        end = node.end_byte
        if node.type == "labeled_statement":
            end = text.index(b":", node.start_byte) + 1
        elif text[end - 1 : end] == b"\n":
            end -= 1
        return Spot(begin, end)
    parent = node.parent
    if parent is not None and node.type in _KINDS["any"] and parent.type not in _LINES:
        line = source.line(parent.start_byte)
        raise AnchorError(
            f"the statement is the whole body of what stands in line {line}: a line more would change what is guarded"
        )
    loop = node if anchor.place is not Place.BEFORE and is_open(node) else before(node)
    if loop is not None and is_open(loop):
        line = source.line(loop.start_byte)
        raise AnchorError(f"the macro in line {line} governs the statement behind it: a line more would change which")
    if text[start:begin].strip():
        raise AnchorError(f"line {source.line(start)} holds more than the place that was looked for")
    if anchor.place is Place.AFTER:
        return at(_after(source, node))
    top = _with_comments(source, node)
    return at(top) if anchor.place is Place.BEFORE else Spot(top, _after(source, node))


def _inside(anchor: Anchor, source: Source, node: Node) -> Spot:
    """Return the first or last place between a node's braces."""
    block = (
        node
        if node.type == "compound_statement"
        else node.child_by_field_name("consequence") or node.child_by_field_name("body")
    )
    if block is None or block.type not in {"compound_statement", "field_declaration_list"}:
        raise AnchorError(f"what stands in line {source.line(node.start_byte)} has no braces to be placed in")
    return at(_first_line(source, block) if anchor.place is Place.START else _last_line(source, block))


def _first_line(source: Source, block: Node) -> int:
    """Return the offset of the line behind a block's opening brace."""
    end = line_end(source.text, block.start_byte)
    if end >= block.end_byte or not _TAIL.match(source.text[block.start_byte + 1 : end]):
        raise AnchorError(f"the brace in line {source.line(block.start_byte)} does not end its line")
    return end


def _last_line(source: Source, block: Node) -> int:
    """Return the offset of the line of a block's closing brace."""
    brace = block.end_byte - 1
    start = line_start(source.text, brace)
    if source.text[brace : brace + 1] != b"}" or source.text[start:brace].strip():
        raise AnchorError(f"the brace in line {source.line(brace)} does not begin its line")
    return start


def _after(source: Source, node: Node) -> int:
    """Return the offset of the line behind a node; the rest of its last line must be punctuation or a comment."""
    end = node.end_byte
    if node.type == "labeled_statement":
        end = source.text.index(b":", node.start_byte) + 1
    elif source.text[end - 1 : end] == b"\n":
        return end
    comment = node.next_named_sibling
    if comment is not None and comment.type == "comment" and comment.start_point[0] == node.end_point[0]:
        end = comment.end_byte
    behind = line_end(source.text, end)
    if not _TAIL.match(source.text[end:behind]):
        raise AnchorError(f"line {source.line(end)} holds more than the place that was looked for")
    return behind


def _with_comments(source: Source, node: Node) -> int:
    """Return the offset of the first line of a node and of the comments that stand directly above it."""
    top = line_start(source.text, source.start(node))
    for above in backwards(node):
        if above.type != "comment":
            break
        start = line_start(source.text, above.start_byte)
        if line_end(source.text, above.end_byte) != top or source.shown[start : above.start_byte].strip():
            break
        top = start
    return top


def _with_exports(symbol: Symbol) -> Node:
    """Return the last of a function and the lines below that belong to it: EXPORT_SYMBOL(), early_param() and such."""
    node = symbol.node
    while (below := node.next_named_sibling) is not None:
        text = content(below)
        belongs = below.start_point[0] == node.end_point[0] + 1 and _FOLLOWS.match(text)
        if not belongs or not re.search(rf"\b{re.escape(symbol.name)}\b", text):
            break
        node = below
    return node


def _includes(source: Source) -> list[Node]:
    """Return the #includes of a file's head: those before its first function."""
    nodes = [node for node in source.root.children if node.type == "preproc_include"]
    first = source.first_function()
    head = [node for node in nodes if node.start_byte < first]
    return head or nodes


def _body(anchor: Anchor, symbol: Symbol) -> Node:
    body = symbol.node.child_by_field_name("body")
    if body is None:
        raise AnchorError(f"{anchor.scope} {anchor.name} has no body")
    return body


def _declares(node: Node) -> bool:
    if node.type == "declaration":
        return not any(child.type == "macro_type_specifier" for child in node.children)
    return node.type == "expression_statement" and bool(_DECLARES.match(content(node)))


def _subject(node: Node) -> str:
    """Return what `match` is matched on: an if's condition, a label's name, else the whole statement."""
    field = {"if_statement": "condition", "labeled_statement": "label"}.get(node.type, "")
    return content(node.child_by_field_name(field) or node if field else node)


def _seen(source: Source, offset: int) -> str:
    path = source.conditions.path(offset)
    return f"line {source.line(offset)}" + (f" under #if {path}" if path else "")

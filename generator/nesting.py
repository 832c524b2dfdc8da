# SPDX-License-Identifier: GPL-2.0-only
"""What a statement lies in, and what stands before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_GOVERNS = {
    "if_statement",
    "for_statement",
    "while_statement",
    "do_statement",
    "switch_statement",
    "function_definition",  # the parser's guess at a macro and braces: `for_each_thing(x) {`
}


def around(node: Node, body: Node) -> list[Node]:
    """Return the statements of a function's body that a statement lies in, the innermost first.

    The braces of an `if`, and the `if` of an `else if`, do not count for themselves. A macro such as list_for_each(),
    with braces behind it or one statement, is; so are braces behind nothing.
    """
    found: list[Node] = []
    outer, here = body, body.child_with_descendant(node)
    while here is not None:
        macro = before(here)
        braced = outer.type in _GOVERNS or outer.type == "else_clause"
        block = here.type == "compound_statement"
        if macro is not None and is_open(macro) and not (block and here == node):
            found.append(macro)
        elif block and here != node and not braced:
            found.append(here)
        if here == node:
            break
        if here.type in _GOVERNS:
            found[len(found) - (outer.type == "else_clause") :] = [here]
        outer, here = here, here.child_with_descendant(node)
    return found[::-1]


def head(node: Node) -> str:
    """Return how a statement begins, up to its body or behind its brace."""
    inside = node.child_by_field_name("consequence") or node.child_by_field_name("body")
    end = inside.start_byte - node.start_byte if inside else 1 if node.type == "compound_statement" else None
    return " ".join((node.text or b"")[:end].decode("utf-8", "replace").split())


def before(node: Node) -> Node | None:
    """Return the statement before a statement."""
    return next((one for one in backwards(node) if one.is_named and one.type != "comment"), None)


def backwards(node: Node) -> Iterator[Node]:
    """Yield what stands before a node in what is around it, the nearest first.

    The parser finds the one before by counting from the first.
    """
    siblings = node.parent.children if node.parent else []
    return reversed([one for one in siblings if one.end_byte <= node.start_byte])


def is_open(node: Node) -> bool:
    """Tell a macro that a statement follows, as a loop's head, from a statement that ends by itself."""
    return node.type == "expression_statement" and bool(node.children) and node.children[-1].is_missing

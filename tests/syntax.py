# SPDX-License-Identifier: GPL-2.0-only
"""The code of the project as syntax trees, each of which is parsed once."""

from __future__ import annotations

import ast
import functools


@functools.cache
def tree(text: str) -> ast.Module:
    """Return the tree of a module's text; nobody changes it."""
    return ast.parse(text)


@functools.cache
def nodes(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return a node and all below it."""
    return tuple(ast.walk(node))


def dotted(node: ast.expr) -> str:
    """Return what is called or named, as `a.b.c`; "" for what has no such name."""
    words = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(words))) if isinstance(node, ast.Name) else ""

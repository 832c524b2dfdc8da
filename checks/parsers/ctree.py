# SPDX-License-Identifier: GPL-2.0-only
"""The nodes of a C file, each once, with what is around them and where the jumps of a function lead.

tree-sitter finds a node's parent by walking down from the root, past all that stands before it. Whoever asks that of
every node of a long file waits for the square of its length, so it is written down here while the tree is walked.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from generator.source import Source, content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

COMMENT = re.compile(rb'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*+"?', re.DOTALL)
"""A comment or a string; one that nobody closes ends with its line, so that no text is read twice."""
_NEWLINE = re.compile(rb"\n")


class CTree:
    """A C file.

    Attributes:
        shown: its text as the parser saw it (see generator/source.py).
        nodes: all of them, in the order of the file.
    """

    def __init__(self, text: bytes) -> None:
        source = Source(text)
        self.shown = source.shown
        self.nodes: list[Node] = []
        self._newlines = [found.start() for found in _NEWLINE.finditer(text)]
        self._parents: dict[int, Node | None] = {}
        self._functions: dict[int, Node | None] = {}
        self._limits: dict[int, dict[int, int]] = {}
        todo: list[tuple[Node, Node | None, Node | None]] = [(source.root, None, None)]
        while todo:
            node, parent, function = todo.pop()
            self.nodes.append(node)
            self._parents[node.id], self._functions[node.id] = parent, function
            inside = node if node.type == "function_definition" else function
            todo.extend((child, node, inside) for child in reversed(node.children))
        self._starts = [node.start_byte for node in self.nodes]

    def parent(self, node: Node) -> Node | None:
        """Return what a node stands in, or None for the whole file."""
        return self._parents[node.id]

    def function(self, node: Node) -> Node | None:
        """Return the function around a node, or None at the top level."""
        return self._functions[node.id]

    def line(self, offset: int) -> int:
        """Return the line number of an offset, from 1."""
        return bisect.bisect_left(self._newlines, offset) + 1

    def outwards(self, node: Node) -> Iterator[Node]:
        """Yield a node and all that it stands in."""
        here: Node | None = node
        while here is not None:
            yield here
            here = self.parent(here)

    def within(self, node: Node) -> list[Node]:
        """Return a node and all below it, in the order of the file."""
        first = bisect.bisect_left(self._starts, node.start_byte)
        behind = bisect.bisect_left(self._starts, node.end_byte, first)
        return self.nodes[first:behind]

    def limit(self, statement: Node) -> int:
        """Return up to where nothing that was jumped to stands behind a statement that the jump passed over.

        That is the offset of the first label behind it in its function to which a goto before it leads, or of the end
        of the function.
        """
        function = self.function(statement)
        if function is None:
            return statement.end_byte
        if function.id not in self._limits:
            self._limits[function.id] = _limits(self.within(function), function.end_byte)
        return self._limits[function.id].get(statement.start_byte, statement.end_byte)


def _limits(nodes: list[Node], end: int) -> dict[int, int]:
    """Return `CTree.limit` of each expression statement of a function, by where it starts."""
    labels: dict[str, list[int]] = defaultdict(list)
    for node in nodes:
        if node.type == "labeled_statement":
            labels[_label(node)].append(node.start_byte)
    reached: list[int] = []
    limits = {}
    for node in nodes:
        if node.type == "goto_statement":
            for place in labels.pop(_label(node), ()):
                bisect.insort(reached, place)
        elif node.type == "expression_statement":
            first = bisect.bisect_left(reached, node.end_byte)
            limits[node.start_byte] = reached[first] if first < len(reached) else end
    return limits


def _label(node: Node) -> str:
    child = node.child_by_field_name("label")
    return content(child) if child is not None else ""

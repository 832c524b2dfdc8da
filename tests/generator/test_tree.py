# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from generator.tree import CachedTree, Overlay
from tests.memorytree import MemoryTree


class Counting:
    """A tree that counts how often it is read."""

    def __init__(self) -> None:
        self.reads: list[str] = []

    def read(self, path: str) -> bytes | None:
        self.reads.append(path)
        return b"x" if path == "there" else None


def test_an_overlay_hides_what_lies_below() -> None:
    overlay = Overlay(MemoryTree({"a": b"1", "b": b"2"}))
    overlay.write("a", b"")
    overlay.write("c", b"3")
    assert [overlay.read(path) for path in ("a", "b", "c", "d")] == [b"", b"2", b"3", None]
    assert overlay.changed == {"a": b"", "c": b"3"}


def test_a_cached_tree_reads_each_file_once() -> None:
    below = Counting()
    tree = CachedTree(below)
    assert [tree.read(path) for path in ("there", "not", "there", "not")] == [b"x", None, b"x", None]
    assert below.reads == ["there", "not"]

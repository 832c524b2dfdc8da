# SPDX-License-Identifier: GPL-2.0-only
"""The blocks that a place of a file lies in whose language has no parser here: how they begin, the outermost first.

A Makefile and Kconfig have conditions and menus, a device tree has those of the preprocessor, a script has branches,
loops, functions and texts that it hands on, reStructuredText has literal blocks, and Rust has attributes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.lines import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.lines import Line

_MAKE = {b"ifeq": b"endif", b"ifneq": b"endif", b"ifdef": b"endif", b"ifndef": b"endif", b"define": b"endef"}
_KCONFIG = {b"if": b"endif", b"menu": b"endmenu", b"choice": b"endchoice"}
_CPP = {b"#if": b"#endif", b"#ifdef": b"#endif", b"#ifndef": b"#endif"}
_MAKEFILE = re.compile(r"(?:^|/)(?:Makefile|Kbuild)[^/]*$|\.mk$")
_KCONFIG_FILE = re.compile(r"(?:^|/)Kconfig[^/]*$")
_SCRIPT = re.compile(rb"#![^\n]*\b(?:ba|da|k)?sh\b")
_ELSE = b"else"
_HEREDOC = re.compile(r"(?<!<)<<-?\s*(?P<quote>[\"'\\]?)(?P<word>\w+)")
_OPENS = {"if": "fi", "case": "esac", "for": "done", "while": "done", "until": "done", "select": "done", "{": "}"}
_COMMAND = re.compile(r"[;&|(){]|then|do|else|elif|!")
"""What a command follows, where it does not begin a line."""
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|\$\{[^}]*\}|[;&|(){}]|[^\s;&|(){}\"']+")
_FUNCTION = re.compile(r"\s*(?:function\s+(?P<word>[\w-]+)|(?P<name>[\w-]+)\s*\(\s*\))")
_ARM = re.compile(r"\s*\(?\s*(?P<arm>[^()\s#;][^();]*)\)")
_LITERAL = re.compile(r"\s*(?P<head>\.\.\s+[\w:-]+::.*|.*::)$")
_ATTRIBUTE = re.compile(r"#!?\[cfg(?:_attr)?\(.*")


def within(path: str, text: bytes, offset: int) -> tuple[str, ...]:
    """Return how the blocks begin that an offset lies in, the outermost first.

    The second branch of a condition is its first line and `else`.
    """
    if kinds := _kinds(path):
        return _conditions(kinds, text, offset)
    if path.endswith(".rst"):
        return _of_rst(text, offset)
    if path.endswith(".rs"):
        return _of_rust(text, offset)
    name = path.rpartition("/")[2]
    if path.endswith((".sh", ".bash")) or ("." not in name and _SCRIPT.match(text)):
        return _Script(text[:offset]).heads
    return ()


def _kinds(path: str) -> Mapping[bytes, bytes]:
    if _MAKEFILE.search(path):
        return _MAKE
    if path.endswith((".dts", ".dtsi", ".dtso")):
        return _CPP
    return _KCONFIG if _KCONFIG_FILE.search(path) else {}


def _conditions(kinds: Mapping[bytes, bytes], text: bytes, offset: int) -> tuple[str, ...]:
    found: list[tuple[bytes, str]] = []
    for line in read(text, 0, offset):
        word = b"".join(line.tokens[:2]) if kinds is _CPP else line.tokens[0]
        if kinds is not _CPP and (text[line.start : line.start + 1] == b"\t" or (kinds is _KCONFIG and line.indent)):
            continue  # a recipe, or the text of a help
        if word in kinds:
            found.append((kinds[word], _shown(text, line)))
        elif found and word == found[-1][0]:
            found.pop()
        elif found and word.removeprefix(b"#") == _ELSE and kinds is not _KCONFIG:
            found[-1] = (found[-1][0], f"{found[-1][1]} {_shown(text, line)}")
    return tuple(said for _, said in found)


def _shown(text: bytes, line: Line) -> str:
    return " ".join(text[line.start : line.end].decode("utf-8", "replace").split())


@dataclass
class _Block:
    """A block of a script that is open.

    Attributes:
        end: the word that ends it; empty for a text that is handed on.
        head: how it begins, and its branch.
        first: how it begins.
    """

    end: str
    head: str
    first: str = ""


class _Script:
    """A shell script up to a place.

    Attributes:
        heads: how the blocks begin that its end lies in.
    """

    def __init__(self, text: bytes) -> None:
        self._open: list[_Block] = []
        ends: list[str] = []
        for row in text.decode("utf-8", "replace").split("\n")[:-1]:
            if ends:
                if row.strip() == ends[0]:
                    ends.pop(0)
                    self._open.pop()
                continue
            self._line(row)
            ends = [one["word"] for one in _HEREDOC.finditer(row)] if not row.lstrip().startswith("#") else []
            self._open += [_Block("", " ".join(row.split())) for _ in ends]
        self.heads = tuple(one.head for one in self._open)

    def _line(self, row: str) -> None:
        last = self._open[-1] if self._open else None
        if last and last.end == "esac" and (arm := _ARM.match(row)):
            last.head = f"{last.first} {' '.join(arm['arm'].split())})"
            row = row[arm.end() :]
        first = True
        for one in _WORD.finditer(row):
            word = one.group()
            if word.startswith("#"):
                break
            self._word(word, row, one.start(), first=first)
            first = _COMMAND.fullmatch(word) is not None

    def _word(self, word: str, row: str, at: int, *, first: bool) -> None:
        """Read a word of a line; `first` tells that it is the name of a command."""
        said = " ".join(row[at:].split())
        last = self._open[-1] if self._open else None
        named = _FUNCTION.match(row[:at]) if word == "{" else None
        if word in _OPENS and (first or named):
            head = re.sub(r"\s*;\s*(?:then|do)$", "", said)
            self._open.append(_Block(_OPENS[word], f"{named['name'] or named['word']}()" if named else head, head))
        elif last and word == last.end and (first or word == "}"):
            self._open.pop()
        elif last and first and word in {"else", "elif"}:
            last.head += f" {re.sub(r';.*', '', said)}"


def _of_rst(text: bytes, offset: int) -> tuple[str, ...]:
    """Return the directive or the paragraph's end that makes a text a literal block."""
    behind = next(iter(read(text, offset)), None)
    found: list[tuple[int, str]] = []
    for line in [*read(text, 0, offset), *([behind] if behind else [])]:
        while found and line.indent <= found[-1][0]:
            found.pop()
        if line is behind:
            break
        if literal := _LITERAL.match(text[line.start : line.end].decode("utf-8", "replace").rstrip()):
            head = literal["head"].strip()
            found.append((line.indent, head if head.startswith("..") else "::"))
    return tuple(said for _, said in found)


def _of_rust(text: bytes, offset: int) -> tuple[str, ...]:
    """Return the conditions of the items that a place is in."""
    found: list[str] = []
    above = read(text, 0, offset)
    behind = next(iter(read(text, offset)), None)
    indent = behind.indent if behind else 0
    inside = False
    for line in reversed(above):
        said = _shown(text, line)
        if line.indent < indent and not said.startswith(("#", "//", "}")):
            indent, inside = line.indent, True
        elif inside and line.indent == indent and _ATTRIBUTE.match(said):
            found.append(said)
        elif inside and line.indent == indent and not said.startswith(("#", "//")):
            inside = False
    return tuple(reversed(found))

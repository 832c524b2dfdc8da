# SPDX-License-Identifier: GPL-2.0-only
"""Texts that grow, and what reads them: the time that this takes grows with the text and not with its square.

Each text is one that took the square of its length once, or is near to one. `make bench` shows how the times grow;
tests/test_curves.py holds them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from checks.parsers import cleanup, uninitialised
from generator.anchor import resolve
from generator.cpp import Conditions
from generator.source import Source, Sources
from generator.spot import AnchorError
from patchset.anchors import Place
from tests.words import anchor

if TYPE_CHECKING:
    from collections.abc import Callable


class Curve(NamedTuple):
    """One kind of text and its reader.

    Attributes:
        name: what the text is full of.
        text: makes one of some length.
        read: reads it.
    """

    name: str
    text: Callable[[int], bytes]
    read: Callable[[bytes], object]

    def seconds(self, length: int) -> float:
        """Return the CPU time of reading a text of some length."""
        text = self.text(length)
        started = time.process_time()
        self.read(text)
        return time.process_time() - started


def _conditions(text: bytes) -> str:
    return Conditions(text).path(len(text) // 2)


def _named(text: bytes) -> object:
    return Source(text).of("function", "f")


def _objects(text: bytes) -> object:
    return uninitialised.find(text, "box", "lid")


def _at(scope: str, place: Place, inner: str = "", value: str = "", path: str = "a.c") -> Callable[[bytes], None]:
    name = "A" if scope == "kconfig" else "f"

    def read(text: bytes) -> None:
        try:
            resolve(anchor(place, **{scope: name, inner: value}), path, text, Sources())
        except AnchorError as error:
            str(error), error.nearest

    return read


def _function(*lines: bytes) -> bytes:
    return b"int f(void)\n{\n" + b"\n".join(lines) + b"\n\treturn 1;\n}\n"


CALL = _at("function", Place.AFTER, "call", "g")
STATEMENT = _at("function", Place.BEFORE, "stmt", "any")
CURVES = (
    Curve("#if in #if", lambda n: b"#if A\n" * n + b"int x;\n" + b"#endif\n" * n, _conditions),
    Curve("#if that nobody ends", lambda n: b"#if A || B\n" * n, _conditions),
    Curve("#else after #else", lambda n: b"#if A && B\n" + b"#else\nint y;\n" * n, _conditions),
    Curve("parentheses in #if", lambda n: b"#if " + b"(" * n + b"A" + b")" * n + b"\nint x;\n#endif\n", _conditions),
    Curve("open parentheses in #if", lambda n: b"#if " + b"(" * n + b"A\n#endif\n", _conditions),
    Curve("open literals", lambda n: b'"\\' * n, _conditions),
    Curve("open literals, cleanup", lambda n: b'"\\' * 4 * n, cleanup.functions),
    Curve("static macros", lambda n: b"static X(a, b\n" * n, Source),
    Curve("system calls", lambda n: b"SYSCALL_DEFINE3(foo, int, a)\n{\n}\n" * n, Source),
    Curve("an endless system call", lambda n: b"SYSCALL_DEFINE3(" + b"a" * n, Source),
    Curve("typeof() in typeof()", lambda n: b"typeof(f " * n, _named),
    Curve("one name everywhere", lambda n: b"int f(int f)\n{\n\treturn f;\n}\n" * n, _named),
    Curve("comments above", lambda n: b"/* a */\n" * n + _function(), _at("function", Place.BEFORE)),
    Curve("definitions in #if", lambda n: b"#if A\nint f(void)\n{\n}\n" * n, _at("function", Place.BEFORE)),
    Curve("calls in calls", lambda n: _function(b"g(" * n + b")" * n + b";"), CALL),
    Curve("blocks in blocks", lambda n: _function(b"if (a) {\n" * n + b"g(a);" + b"}\n" * n), STATEMENT),
    Curve("comments in Kconfig", lambda n: b"config A\n" + b"# c\n" * n, _at("kconfig", Place.AFTER, path="Kconfig")),
    Curve("structures", lambda n: b"struct box { int a; };\n" * n, _objects),
    Curve("structures in structures", lambda n: b"".join(map(_shelf, range(n))), _objects),
    Curve("objects", lambda n: _function(b"\tstruct box b;" * n), _objects),
    Curve("uses", lambda n: _function(b"\tstruct box b;", b"\tb.lid = 1; use(&b);" * n), _objects),
    Curve("jumps", lambda n: _function(b"\tstruct box b;", b"\tb.lid = 1; goto a; a: use(&b);" * n), _objects),
    Curve("allocations", lambda n: _function(b"\tstruct box *b;", b"\tb = kmalloc(sizeof(*b));" * n), _objects),
)


def _shelf(number: int) -> bytes:
    """Return a structure that has the one before as a part."""
    return b"struct shelf%d { struct %s inner; };\n" % (number, b"shelf%d" % (number - 1) if number else b"box")

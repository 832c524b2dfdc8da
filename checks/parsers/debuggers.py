# SPDX-License-Identifier: GPL-2.0-only
"""What checks/guest/debug.sh printed, as facts: unreferenced objects, and which debuggers were awake."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SAID = re.compile(r"^respin: (?P<text>.*\S)\s*$", re.MULTILINE)
_LEAK = re.compile(r"^unreferenced object 0x[0-9a-f]+ \(size (?P<size>\d+)\):", re.MULTILINE)
_COMM = re.compile(r'^\s+comm "(?P<comm>[^"\n]*)"', re.MULTILINE)
# 6.1 writes `    [<0000000012345678>] f+0x1/0x2`, 6.12 leaves the brackets out (mm/kmemleak.c: print_unreferenced).
_FRAME = re.compile(r"^\s+(?:\[<\w+>\]\s+)?(?P<function>[\w.]+)\+0x[0-9a-f]+/0x[0-9a-f]+\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Leak:
    """An object that kmemleak found unreferenced.

    Attributes:
        size: in bytes.
        comm: the task that allocated it.
        frames: the functions that led there, innermost first.
    """

    size: int
    comm: str
    frames: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one line; what the object holds is left out (R11)."""
        return f"unreferenced object of {self.size} bytes, {self.comm}: {' < '.join(self.frames) or '(no backtrace)'}"


def said(console: str) -> tuple[str, ...]:
    """Return what the guest's init said, in its order."""
    return tuple(_SAID.findall(_lines(console)))


def leaks(console: str) -> tuple[Leak, ...]:
    """Return every unreferenced object, in their order."""
    text = _lines(console)
    heads = list(_LEAK.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return tuple(_leak(int(head["size"][:12]), text[head.end() : end]) for head, end in zip(heads, ends, strict=False))


def _leak(size: int, text: str) -> Leak:
    comm = _COMM.search(text)
    return Leak(size, comm["comm"] if comm else "?", tuple(_FRAME.findall(text)))


def _lines(console: str) -> str:
    return console.replace("\r", "")

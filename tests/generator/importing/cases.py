# SPDX-License-Identifier: GPL-2.0-only
"""Cases in which a place is plausible and wrong: a patch, the base it has to go to, and what a person would do there.

    === NAME [!|=]
    what it is about
    --- patch PATH      the file before and after the patch, as a diff of all its lines
    --- there PATH      the same of the new base: with marks, what is right; without any, a refusal is
    --- old PATH        a file of the old base that the patch leaves alone

`!` says that a refusal is no answer; `=` that the patch is there, and the base may stay as it is. A last line that ends in a backslash has no newline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "never_wrong"
_HEAD = re.compile(r"^=== (.*?)(?: ([!=]))?\n", re.MULTILINE)
_FILE = re.compile(r"^--- (patch|there|old) (\S+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A patch and a base.

    Attributes:
        name: what it is called.
        old: the files that the patch was made on, by path.
        new: those files afterwards.
        there: the files of the other base.
        right: those files as they should become; None where nothing but a refusal is right.
        must: True where a refusal is no answer.
        idle: True where the base may also stay as it is.
    """

    name: str
    old: dict[str, bytes]
    new: dict[str, bytes]
    there: dict[str, bytes]
    right: dict[str, bytes] | None
    must: bool
    idle: bool


def read() -> list[Case]:
    """Return all cases."""
    return [case for file in sorted(FOLDER.glob("*.txt")) for case in _cases(file.read_text("utf-8"))]


def _cases(text: str) -> list[Case]:
    parts = _HEAD.split(text)[1:]
    return [_case(*three) for three in zip(parts[::3], parts[1::3], parts[2::3], strict=True)]


def _case(name: str, mark: str | None, text: str) -> Case:
    parts = _FILE.split(text)[1:]
    old: dict[str, bytes] = {}
    new: dict[str, bytes] = {}
    there: dict[str, bytes] = {}
    right: dict[str, bytes] = {}
    for kind, path, rows in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        before, after = (there, right) if kind == "there" else (old, new)
        before[path], after[path] = _side(rows, "-"), _side(rows, "+")
    return Case(name, old, new, there, None if right == there else right, mark == "!", mark == "=")


def _side(rows: str, mark: str) -> bytes:
    """Return the lines that one side has."""
    lines = "".join(f"{row[1:]}\n" for row in rows.splitlines() if row[:1] in {" ", mark, ""})
    return re.sub(r"\\\n\Z", "", lines).encode()

# SPDX-License-Identifier: GPL-2.0-only
"""gcov's facts: the counters that a guest printed (checks/guest/coverage.sh), and what gcov's JSON makes of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePosixPath
from typing import Any

_BEGIN = re.compile(r"^respin: gcda (?P<digest>[0-9a-f]{64}) (?P<path>/\S+\.gcda)$")
_END = "respin: gcda end"


@dataclass(frozen=True, slots=True)
class Counters:
    """What a guest printed of its counters.

    Attributes:
        files: the bytes of each .gcda file by its path in the build, whole by its checksum.
        damaged: paths of files that did not arrive whole.
    """

    files: dict[str, bytes]
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A source line that the compiler made code of.

    Attributes:
        file: path in the tree.
        number: from 1.
        count: how often it ran, all copies of inlined functions together.
        branches: how often each branch that begins here was taken, in gcov's order.
    """

    file: str
    number: int
    count: int
    branches: tuple[int, ...] = ()


def counters(console: str) -> Counters:
    """Read the counters out of a guest's console."""
    files: dict[str, bytes] = {}
    damaged: list[str] = []
    path, digest, body = "", "", list[str]()
    for line in (each.rstrip() for each in console.split("\n")):
        match = _BEGIN.match(line)
        if path and (match or line == _END):
            data = _decoded("".join(body))
            if hashlib.sha256(data).hexdigest() == digest:
                files[path] = data
            else:
                damaged.append(path)
            path = ""
        if match:
            path, digest, body = match["path"], match["digest"], []
        elif path:
            body.append(line)
    return Counters(files, (*damaged, *([path] if path else ())))


def lines(text: str, *, root: str) -> tuple[CountedLine, ...]:
    """Return the lines of gcov's JSON (`gcov --json-format --stdout`, one document a line), sorted; never raises.

    Args:
        text: what gcov printed.
        root: the source folder; files that are not below it are left out.
    """
    counts: dict[tuple[str, int], int] = {}
    branches: dict[tuple[str, int], list[int]] = {}
    for document in _documents(text):
        folder = document.get("current_working_directory")
        for file in _dicts(document.get("files")):
            path = _below(root, folder if isinstance(folder, str) else "", file.get("file"))
            for line in _dicts(file.get("lines")) if path else []:
                number, count = _count(line.get("line_number")), _count(line.get("count"))
                if number is None or count is None:
                    continue
                counts[path, number] = counts.get((path, number), 0) + count
                taken = (_count(branch.get("count")) for branch in _dicts(line.get("branches")))
                branches.setdefault((path, number), []).extend(each for each in taken if each is not None)
    return tuple(CountedLine(*where, count, tuple(branches[where])) for where, count in sorted(counts.items()))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _documents(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return _dicts(found)


def _dicts(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON of another program
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _count(value: Any) -> int | None:  # noqa: ANN401 - JSON of another program
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _below(root: str, folder: str, file: Any) -> str:  # noqa: ANN401 - JSON of another program
    """Return a file's path in the tree; ccache makes it relative to the folder in which the compiler ran."""
    if not isinstance(file, str) or not file:
        return ""
    path = PurePosixPath(normpath(PurePosixPath(folder, file)))
    return str(path.relative_to(root)) if path.is_relative_to(root) else ""

# SPDX-License-Identifier: GPL-2.0-only
"""What the compiler said of each object, kept beside the build folder for as long as the object stays as it is.

An object's diagnostics are seen while it is compiled, and only then. To see them at every patch, it would have to be
compiled at every patch, also at those that leave it alone. So they are written down; an object of which nothing is
written down is deleted before make runs. While make runs nothing is: whoever stops it there leaves words of no object.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

FILE = "respin.words.json"
MAKE = "make"
"""Stands there for make itself: what it last built, with success."""
_HOST = frozenset({"scripts", "tools"})
"""Where kbuild keeps the programs that it runs itself."""
SYNC = "--output-sync=target"
"""make's argument that keeps the lines of one object together where several are compiled at a time."""
_QUIET = re.compile(r"^  [A-Z][A-Z0-9_+-]*(?: \[M\])? +(?P<target>\S.*)$")
"""kbuild's short line of one command; what the command writes follows it."""


def by_target(output: str) -> dict[str, str]:
    """Return what make wrote below each of kbuild's short lines, by what that line names; '' is above the first."""
    found: dict[str, list[str]] = {"": []}
    lines = found[""]
    for line in output.splitlines():
        if match := _QUIET.match(line):
            lines = found.setdefault(match["target"].strip(), [])
        else:
            lines.append(line)
    return {target: "".join(f"{line}\n" for line in lines) for target, lines in found.items()}


class ObjectState(NamedTuple):
    """What an object was made of: the id of the tree, and that of the configuration (`checks.kernel.spared`)."""

    tree: str
    config: str


class Words(NamedTuple):
    """What was said of an object, and what it was made of then."""

    said: str
    state: ObjectState


def told(build: Path, files: Iterable[str], make: Callable[[], str], state: ObjectState, *, whole: bool = False) -> str:
    """Run make for some objects; return what it wrote, and what was said of those that it left alone.

    Args:
        build: the O= folder.
        files: what make is asked for, relative to it.
        make: runs make with `SYNC`, and returns what it wrote.
        state: what is built.
        whole: make builds a kernel: what was said of all of it is returned.
    """
    wanted, kept = tuple(files), read(build)
    (build / FILE).unlink(missing_ok=True)
    for each in _objects(build) if whole else wanted:
        if each not in kept:
            (build / each).unlink(missing_ok=True)
    before = {each: _stamp(build / each) for each in {*wanted, *kept}}
    output = make()
    now = by_target(output)
    left, made = {}, {}
    for each in {*before, *now} if whole else before:
        stamp, after = before.get(each, 0), _stamp(build / each)
        if after and after == stamp and each not in now and each in kept:
            left[each] = Words(kept[each].said, state if each in wanted else kept[each].state)
        elif after and after != stamp and each in now:
            made[each] = Words(now[each], state)
    known = left | made
    if all(each in known for each in wanted):
        known[MAKE] = Words("", state)
    write(build, known)
    quiet = sorted(left) if whole else [each for each in wanted if each in left]
    return output + "".join(left[each].said for each in quiet)


def said(build: Path, files: Iterable[str]) -> str:
    """Return what was said of objects when they were made."""
    kept = read(build)
    return "".join(kept[each].said for each in files if each in kept)


def _objects(build: Path) -> list[str]:
    """Return the kernel's objects in a folder, relative to it."""
    found = (file.relative_to(build) for file in build.rglob("*.o"))
    return [str(file) for file in found if file.parts[0] not in _HOST]


def _stamp(file: Path) -> int:
    """Return what changes when a file is written again, in nanoseconds; 0 where there is none."""
    return file.stat().st_mtime_ns if file.is_file() else 0


def read(build: Path) -> dict[str, Words]:
    """Return what is written down beside a build folder's objects, nothing where that cannot be read."""
    try:
        data = json.loads((build / FILE).read_text("utf-8"))
        return {
            each: Words(str(text), ObjectState(str(tree), str(config))) for each, (text, tree, config) in data.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(build: Path, words: Mapping[str, Words]) -> None:
    """Write it down."""
    data = {name: (each.said, *each.state) for name, each in words.items()}
    (build / FILE).write_text(json.dumps(data), "utf-8")

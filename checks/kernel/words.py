# SPDX-License-Identifier: GPL-2.0-only
"""What the compiler said of each object, kept beside the build folder for as long as the object stays as it is.

An object's diagnostics are seen while it is compiled, and only then. To see them at every patch, it would have to be
compiled at every patch, also at those that leave it alone. So they are written down; an object of which nothing is
written down is deleted before make runs. While make runs nothing is: whoever stops it there leaves words of no object.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

FILE = "respin.words.json"
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


def told(build: Path, files: Iterable[str], make: Callable[[], str]) -> str:
    """Run make for some objects; return what it wrote, and what was said of those that it left alone.

    Args:
        build: the O= folder.
        files: objects, relative to it.
        make: runs make with `SYNC`, and returns what it wrote.
    """
    wanted, file = tuple(files), build / FILE
    kept = _read(file)
    file.unlink(missing_ok=True)
    for each in wanted:
        if each not in kept:
            (build / each).unlink(missing_ok=True)
    before = {each: _stamp(build / each) for each in {*wanted, *kept}}
    output = make()
    now = by_target(output)
    left, made = {}, {}
    for each, stamp in before.items():
        after = _stamp(build / each)
        if after and after == stamp and each not in now and each in kept:
            left[each] = kept[each]
        elif after and after != stamp and each in now:
            made[each] = now[each]
    _write(file, left | made)
    return output + "".join(left.get(each, "") for each in wanted)


def _stamp(file: Path) -> int:
    """Return what changes when a file is written again, in nanoseconds; 0 where there is none."""
    return file.stat().st_mtime_ns if file.is_file() else 0


def _read(file: Path) -> dict[str, str]:
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict) or not all(isinstance(each, str) for each in data.values()):
        return {}
    return data


def _write(file: Path, words: Mapping[str, str]) -> None:
    file.write_text(json.dumps(words), "utf-8")

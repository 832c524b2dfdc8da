# SPDX-License-Identifier: GPL-2.0-only
"""Where the functions and structures are that a series looked for in a file that a base does not have."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from generator import theirs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from generator.base import Base
    from generator.rendering import Failure, Rendering

_DEFINES = {"function": r"^[A-Za-z_][^;]*\b{}\(", "struct": r"^struct {} \{{", "macro": r"^#[ \t]*define {}\b"}
"""How a definition begins, by the anchor's scope, as git grep's extended regular expression."""
_FOUND = re.compile(r"(?P<path>[^\0]*)\0\d+\0(?P<text>.*)")


class Elsewhere:
    """The files of a base by the last part of their path; they are listed when somebody asks."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._known: dict[str, list[str]] | None = None

    def __call__(self, path: str) -> list[str]:
        """Return the files that are called as one is."""
        if self._known is None:
            self._known = {}
            for one in _listed(self._base):
                self._known.setdefault(one.rpartition("/")[2], []).append(one)
        return self._known.get(path.rpartition("/")[2], [])


def _listed(base: Base) -> list[str]:
    if base.repository is not None:
        return theirs.git(base.repository, "ls-tree", "-r", "-z", "--name-only", base.commit).text.split("\0")
    folder = base.folder
    return [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()] if folder else []


def traced(rendering: Rendering, base: Base) -> Rendering:
    """Return a rendering whose failures for want of a file say which file has its functions now.

    The whole base is searched, once, and only where such a failure is.
    """
    lost = [one for one in rendering.failures if one.missing]
    wanted = {one.file: _names([each for each in lost if each.file == one.file]) for one in lost}
    everything = {pair for pairs in wanted.values() for pair in pairs}
    if not everything:
        return rendering
    found = _search(base, sorted(everything))
    hints = {file: _hint(names, found) for file, names in wanted.items()}
    failures = (
        one._replace(hint=hints[one.file]) if one.missing and hints[one.file] else one for one in rendering.failures
    )
    return rendering._replace(failures=tuple(failures))


def _names(failures: Iterable[Failure]) -> set[tuple[str, str]]:
    """Return what some edits look for, as scope and name."""
    return {(at.scope, at.name) for one in failures for at in one.edit.at if at.scope in _DEFINES}


def _search(base: Base, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the files that define each of some names."""
    where: Path | None = base.repository or base.folder
    if where is None:
        return {}
    patterns = [word for scope, name in wanted for word in ("-e", _DEFINES[scope].format(re.escape(name)))]
    options, tree = (["-n"], [base.commit]) if base.repository else (["-n", "--no-index"], [])
    words = (*options, "-z", "-I", "-E", *patterns, *tree, "--", "*.c", "*.h")
    # bytes: to look at each as a character of UTF-8 takes four times as long, minutes for a whole kernel
    done = theirs.git(where, "grep", *words, check=False, env={"LC_ALL": "C"})
    found: dict[tuple[str, str], list[str]] = {}
    for row in done.text.splitlines():
        match = _FOUND.fullmatch(row)
        if match is None or match["text"].rstrip().endswith(";"):
            continue
        path = match["path"].removeprefix(f"{base.commit}:")
        for scope, name in wanted:
            if re.search(rf"\b{re.escape(name)}\b", match["text"]):
                found.setdefault((scope, name), []).append(path)
    return found


def _hint(names: Iterable[tuple[str, str]], found: dict[tuple[str, str], list[str]]) -> str:
    """Name the file that has most of some names; empty where none has any."""
    counts = Counter(path for one in sorted(names) for path in dict.fromkeys(found.get(one, ())))
    if not counts:
        return ""
    path = counts.most_common(1)[0][0]
    here = [one for one in sorted(names) if path in found.get(one, ())]
    there = [f"{name}()" if scope == "function" else name for scope, name in here]
    return f"{path} has {', '.join(there)} now: if it took the file's place, add it to the edit's `files`"

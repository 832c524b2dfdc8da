# SPDX-License-Identifier: GPL-2.0-only
"""Where the functions and structures are that a series looked for in a file that a base does not have.

A kernel has too many files to search them all: the likeliest are read, by their paths, and no more than some.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator import theirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from generator.base import Base
    from generator.rendering import Failure, Rendering
    from generator.tree import Tree

MOST = 1500
"""How many files are read for one that is missing: two seconds of a kernel."""
_DEFINES = {
    "function": rb"^[A-Za-z_][^;{}()\n]*\b%b\([^;{]*\{",
    "struct": rb"^struct %b \{",
    "macro": rb"^#[ \t]*define %b\b",
}
"""How a definition begins, by the anchor's scope."""
_C = (".c", ".h")
_ALIKE = 8
_PART = re.compile(r"[^\W_]+")


class Elsewhere:
    """The files of a base by what they are called; they are listed when somebody asks."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._known: dict[str, list[str]] | None = None

    def __call__(self, path: str) -> list[str]:
        """Return the files that are called as one is; else those of its folder that have its words in another order."""
        if self._known is None:
            self._known = {}
            for one in _listed(self._base):
                self._known.setdefault(one.rpartition("/")[2], []).append(one)
                self._known.setdefault(_words(one), []).append(one)
        found = self._known.get(path.rpartition("/")[2]) or self._known.get(_words(path), [])
        return found if len(found) <= _ALIKE else []  # a name that many have, as Makefile, says nothing


def _words(path: str) -> str:
    """Return a path with the words of its last part in order: `elf_kexec.c` may have become `kexec_elf.c`."""
    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.partition(".")
    return f"{folder}/{' '.join(sorted(_PART.findall(stem)))}{dot}{suffix}"


def _listed(base: Base) -> list[str]:
    if base.repository is not None:
        return theirs.git(base.repository, "ls-tree", "-r", "-z", "--name-only", base.commit).text.split("\0")
    folder = base.folder
    return [str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()] if folder else []


def traced(rendering: Rendering, base: Base) -> Rendering:
    """Return a rendering whose failures for want of a file say which file has its functions now.

    The base is searched only where such a failure is.
    """
    lost = [one for one in rendering.failures if one.missing]
    wanted = {one.file: _names([each for each in lost if each.file == one.file]) for one in lost}
    if not any(wanted.values()):
        return rendering
    paths = [one for one in _listed(base) if one.endswith(_C)]
    with base.open() as tree:
        hints = {file: _hint(names, likeliest(file, paths), tree) for file, names in wanted.items() if names}
    failures = (
        one._replace(hint=hints[one.file]) if one.missing and hints.get(one.file) else one for one in rendering.failures
    )
    return rendering._replace(failures=tuple(failures))


def _names(failures: Iterable[Failure]) -> set[tuple[str, str]]:
    """Return what some edits look for, as scope and name."""
    return {(at.scope, at.name) for one in failures for at in one.edit.at if at.scope in _DEFINES}


def likeliest(file: str, paths: Iterable[str]) -> list[str]:
    """Return the files that may have taken the place of one: of its name, of its folder, then those near it."""
    folders, _, name = file.rpartition("/")
    above = folders.split("/")
    words = {*_PART.findall(name.rpartition(".")[0])}

    def far(path: str) -> tuple[bool, int, int]:
        there, _, called = path.rpartition("/")
        here = there.split("/")
        shared = next((at for at, pair in enumerate(zip(above, here, strict=False)) if pair[0] != pair[1]), None)
        depth = min(len(above), len(here)) if shared is None else shared
        alike = len(words & {*_PART.findall(called.rpartition(".")[0])})
        return called != name, len(above) + len(here) - 2 * depth - alike, -alike

    return sorted(paths, key=far)[:MOST]


def _defined(names: Iterable[tuple[str, str]], text: bytes) -> Iterator[tuple[str, str]]:
    """Yield those of some names that a file defines."""
    for scope, name in names:
        word = name.encode()
        if word in text and re.search(_DEFINES[scope] % re.escape(word), text, re.MULTILINE):
            yield scope, name


def _hint(names: set[tuple[str, str]], paths: Sequence[str], tree: Tree) -> str:
    """Name the file that has most of some names; empty where none has any."""
    best = ""
    has: list[tuple[str, str]] = []
    for path in paths:
        here = sorted(_defined(names, tree.read(path) or b""))
        if len(here) > len(has):
            best, has = path, here
        if len(has) == len(names):
            break
    if not has:
        return ""
    there = [f"{name}()" if scope == "function" else name for scope, name in has]
    return f"{best} has {', '.join(there)} now: if it took the file's place, add it to the edit's `files`"

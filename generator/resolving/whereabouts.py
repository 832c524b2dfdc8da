# SPDX-License-Identifier: GPL-2.0-only
"""Where in a base the lines are that stood around refused edits: one search of all its files, if anybody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator import theirs
from generator.lines import TOKEN, read, telling, weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from generator.base import Base
    from generator.rendering import Failure
    from patchset.snapshot import Folder

_LINES, _FILES = 6, 3
"""How many lines of an edit are looked for, and how many files are named."""
_TELLS = 2
"""How much a line must say to be looked for; see `generator.lines.weight`."""


class Whereabouts:
    """The files that have what stood around some edits.

    Args:
        base: the base.
        failures: the edits that it refuses.
        templates: the texts of the series.
        called: tells which files of the base are called as one is that it lacks.
        say: is told of a search, which takes a while.
    """

    def __init__(
        self,
        base: Base,
        failures: Iterable[Failure],
        templates: Folder,
        called: Callable[[str], Sequence[str]],
        say: Callable[[str], None],
    ) -> None:
        self._base, self._templates, self._called, self._say = base, templates, called, say
        self._wanted = {one.edit.id: self._lines(one) for one in failures}
        self._found: dict[str, set[str]] | None = None

    def __call__(self, failure: Failure) -> list[str]:
        """Return the files that have most of what stood around an edit, its own one left out."""
        if self._found is None:
            self._say("looking for the lines of refused edits in all files of the base")
            self._found = self._searched({line for lines in self._wanted.values() for line in lines})
        counts: dict[str, int] = dict.fromkeys(self._called(failure.file), 0) if failure.missing else {}
        for line in self._wanted.get(failure.edit.id, ()):
            places = self._found.get(line, set())
            for path in places if len(places) <= _FILES * 2 else ():
                counts[path] = counts.get(path, 0) + 1
        suffix = failure.file.rpartition(".")[2]
        kept = [one for one in counts if one not in failure.edit.files and one.rpartition(".")[2] == suffix]
        return sorted(kept, key=lambda one: (-counts[one], one))[:_FILES]

    def _lines(self, failure: Failure) -> list[str]:
        """Return the lines of an edit that tell most."""
        edit = failure.edit
        found: dict[str, int] = {}
        for at in edit.at[:1]:
            sides = [(one or "").encode() for one in (at.after, at.before)] if at.inner == "lines" else []
            old = self._templates.joinpath(edit.old).read_bytes() if edit.old else b""
            for text in (*sides, old):
                for line in read(text):
                    shown = text[line.start : line.end].strip().decode("utf-8", "replace")
                    if telling(line) and weight(line) >= _TELLS and "\ufffd" not in shown:
                        found[shown] = weight(line)
        return sorted(found, key=lambda one: (-found[one], one))[:_LINES]

    def _searched(self, lines: set[str]) -> dict[str, set[str]]:
        where: Path | None = self._base.repository or self._base.folder
        if where is None or not lines:
            return {}
        patterns = [word for line in sorted(lines) for word in ("-e", line)]
        options, tree = ([], [self._base.commit]) if self._base.repository else (["--no-index"], [])
        done = theirs.git(where, "grep", *options, "-n", "-z", "-I", "-F", *patterns, *tree, check=False, env=_bytes())
        found: dict[str, set[str]] = {}
        known = {tuple(TOKEN.findall(line.encode())): line for line in lines}
        for row in done.stdout.split(b"\n"):
            path, _, rest = row.partition(b"\0")
            line = known.get(tuple(TOKEN.findall(rest.partition(b"\0")[2])))
            if line:
                name = path.decode("utf-8", "replace").removeprefix(f"{self._base.commit}:")
                found.setdefault(line, set()).add(name)
        return found


def _bytes() -> dict[str, str]:
    """Return what makes grep look at bytes: to take each for a part of a character of UTF-8 is four times as long."""
    return {"LC_ALL": "C"}

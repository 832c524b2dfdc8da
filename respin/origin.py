# SPDX-License-Identifier: GPL-2.0-only
"""Where in the definition a finding comes from: who uploads a report to a forge has the definition, and no kernel.

What is said of a line that a template makes comes from that template; what is said of other lines comes from the edits,
what is said of no file from the patch's message.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import patchset
from checks.contract import LETTER
from patchset.types import COVER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.contract import Finding, Result
    from checks.known import Known
    from generator.commit import Commit
    from patchset.edits import Edit
    from patchset.snapshot import Folder
    from patchset.types import Series

KIND = "origins"
_ROOT = Path(patchset.__file__).parents[1]


class Origin(NamedTuple):
    """A place in the repository that a definition, or a mailbox, lies in."""

    file: str
    line: int


class Origins:
    """The places of one rendered series.

    Args:
        series: the definition.
        commits: what was rendered of it.
        shown: the commits' diffs, by number.
        known: what is kept of the program: the places that were found before; None looks for each.
    """

    def __init__(
        self, series: Series, commits: Sequence[Commit], shown: Mapping[int, str], known: Known | None = None
    ) -> None:
        self._series = series
        self._known = known
        self._commits = [one.sha for one in commits]
        self._found: dict[str, Origin] = self._kept() if known else {}
        self._new = False
        self._names = {one.number: one.name for one in commits}
        self._edits: dict[int, tuple[Edit, ...]] = {one.number: one.edits for one in series.patches}
        self._shown = shown
        self._lines: dict[int, dict[tuple[str, int], str]] = {}

    def of(self, result: Result, finding: Finding) -> Origin:
        """Return the place of a finding."""
        what = f"{result.patch} {finding.line} {finding.message.startswith(LETTER):d} {finding.file}"
        if what not in self._found:
            self._found[what], self._new = self._place(result, finding), True
        return self._found[what]

    def keep(self) -> None:
        """Keep the places that were found."""
        if self._known and self._new:
            self._known.write(KIND, self._found, *self._words())

    def _kept(self) -> dict[str, Origin]:
        """Return the places that were kept; none where there are none that can be read."""
        try:
            kept = self._known.read(KIND, *self._words()) if self._known else None
            return {what: Origin(str(file), int(line)) for what, (file, line) in (kept or {}).items()}
        except (AttributeError, TypeError, ValueError):
            return {}

    def _words(self) -> tuple[str, ...]:
        return (str(self._series.folder), str(self._series.templates), self._series.every_byte, *self._commits)

    def _place(self, result: Result, finding: Finding) -> Origin:
        name = self._names.get(result.patch, "")
        if not finding.file:
            letter = COVER if finding.message.startswith(LETTER) else "series.toml"
            return Origin(self._path(self._series.folder, f"{name}.txt" if name else letter), 1)
        for number in [result.patch] if name else sorted(self._names, reverse=True):
            edits = [one for one in self._edits.get(number, ()) if finding.file in one.files and one.template]
            if edits:
                return self._template(edits, self._line(number, finding.file, finding.line))
        return Origin(self._path(self._series.folder, f"{name}.toml" if name else "series.toml"), 1)

    def _template(self, edits: Sequence[Edit], text: str) -> Origin:
        """Return the line of the first template that has it as it is; else the first template."""
        for edit in edits if any(map(str.isalnum, text)) else ():
            made = self._series.templates.joinpath(edit.template).read_bytes().decode("utf-8", "replace")
            for number, line in enumerate(made.splitlines(), 1):
                if line.strip() == text:
                    return Origin(self._path(self._series.templates, edit.template), number)
        return Origin(self._path(self._series.templates, edits[0].template), 1)

    def _line(self, number: int, file: str, line: int) -> str:
        """Return a line of a file after a patch, without the white space around it; nothing where it is not shown."""
        if number not in self._lines:
            from respin.report import diffs  # noqa: PLC0415 - slow to import, and most places were found before

            self._lines[number] = {
                (one.path, each.number): each.text[1:].strip()
                for one in diffs.read(self._shown.get(number, ""), ()).files
                for each in one.lines
                if each.number
            }
        return self._lines[number].get((file, line), "")

    @staticmethod
    def _path(folder: Folder, name: str) -> str:
        """Return a path in the repository that the definition lies in; a file that it shares lies in another one."""
        whole = Path(str(folder.joinpath(name)))
        top = _ROOT if whole.is_relative_to(_ROOT) else whole.parents[len(Path(name).parts)]
        return whole.relative_to(top).as_posix()


def of_file(path: Path) -> str:
    """Return the path of a mailbox in the repository that it lies in; its name where it lies in none."""
    whole = path.absolute()
    top = next((one for one in whole.parents if (one / ".git").exists()), whole.parent)
    return whole.relative_to(top).as_posix()

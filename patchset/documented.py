# SPDX-License-Identifier: GPL-2.0-only
"""What users meet of a series, and its documentation must name: kernel parameters, files in /sys, what these say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchset.table import Table


@dataclass(frozen=True, slots=True)
class SysFile:
    """A file in /sys.

    Attributes:
        path: where it is.
        words: what reading it can give, where that is one of a few words.
    """

    path: str
    words: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """Its name, which is the attribute's in C."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Documented:
    """All of it.

    Attributes:
        parameters: of the kernel's command line, without the `=`.
        files: in /sys.
    """

    parameters: tuple[str, ...]
    files: tuple[SysFile, ...]


def read(table: Table) -> Documented:
    """Read a plan's `[documented]`.

    Raises:
        InputError: it says what it cannot say.
    """
    files = tuple(map(_file, table.tables("file")))
    made = Documented(table.strings("parameters", ()), files)
    table.done()
    return made


def _file(table: Table) -> SysFile:
    made = SysFile(table.take("path", str), table.strings("words", ()))
    if not made.path.startswith("/sys/") or not made.attribute:
        raise table.error(f"documented: path = {made.path!r} is not a file in /sys", "path")
    table.done()
    return made

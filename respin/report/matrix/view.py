# SPDX-License-Identifier: GPL-2.0-only
"""What tables of many runs show, worked out from the object: what differs between bases apart from what does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from respin.report.matrix.model import JOB
from respin.report.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from respin.report.matrix.model import Cell, JobEntry, MatrixReport

NONE = "none"
"""The status of what was not asked, or is not there on a base."""
_ORDER = (*STATUSES, NONE)


class Column(NamedTuple):
    """A check of a patch, or of the whole; the number is that of the first base which has the patch."""

    check: str
    about: str
    patch: int

    @property
    def name(self) -> str:
        """How it is called in a line: `checkpatch 3`, or `build`."""
        return f"{self.check} {self.patch}" if self.patch else self.check


class MatrixSplit(NamedTuple):
    """Columns in which bases differ in one way: which of them have which status, the worst first."""

    columns: Sequence[Column]
    bases: Sequence[tuple[str, Sequence[str]]]


class Said(NamedTuple):
    """The same words about several bases."""

    cell: Cell
    bases: Sequence[str]


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """One series on its bases.

    Attributes:
        series: its name.
        rows: its jobs.
        cells: of each row, by the column's check and patch.
        differing: the columns in which bases differ.
        agreeing: the others.
    """

    series: str
    rows: Sequence[JobEntry]
    cells: Sequence[dict[tuple[str, str], Cell]]
    differing: Sequence[Column]
    agreeing: Sequence[Column]

    def status(self, row: int, column: Column) -> str:
        """Return a cell's status."""
        cell = self.cells[row].get((column.check, column.about))
        return cell["status"] if cell else NONE

    def splits(self) -> list[MatrixSplit]:
        """Return how bases differ, each way once."""
        found: dict[tuple[str, ...], list[Column]] = {}
        for column in self.differing:
            found.setdefault(tuple(self.status(number, column) for number in range(len(self.rows))), []).append(column)
        return [MatrixSplit(columns, self._bases(statuses)) for statuses, columns in found.items()]

    def _bases(self, statuses: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
        made: dict[str, list[str]] = {}
        for row, status in zip(self.rows, statuses, strict=True):
            if reported(row) or status != NONE:
                made.setdefault(status, []).append(row["base"]["spec"])
        return sorted(made.items(), key=lambda one: _ORDER.index(one[0]))

    def agreed(self) -> list[tuple[str, list[Column]]]:
        """Return what all bases have in common, the worst first."""
        found: dict[str, list[Column]] = {}
        for column in self.agreeing:
            statuses = (self.status(number, column) for number in range(len(self.rows)))
            found.setdefault(next(one for one in statuses if one != NONE), []).append(column)
        return sorted(found.items(), key=lambda one: _ORDER.index(one[0]))

    def bad(self) -> list[Said]:
        """Return what is no success, once for all bases of which the same is said; the worst first."""
        found: dict[tuple[str, ...], tuple[Cell, list[str]]] = {}
        for row, cells in zip(self.rows, self.cells, strict=True):
            for cell in cells.values():
                if cell["status"] not in {"PASS", "SKIP"}:
                    key = (cell["check"], cell["about"], cell["status"], cell["summary"])
                    found.setdefault(key, (cell, []))[1].append(row["base"]["spec"])
        said = [Said(cell, bases) for cell, bases in found.values()]
        return sorted(said, key=lambda one: STATUSES.index(one.cell["status"]))


def tables(matrix: MatrixReport) -> list[MatrixTable]:
    """Return a table for each series."""
    names = dict.fromkeys(job["series"] for job in matrix["jobs"])
    return [_table(name, [job for job in matrix["jobs"] if job["series"] == name]) for name in names]


def _table(series: str, rows: list[JobEntry]) -> MatrixTable:
    cells = [{(cell["check"], cell["about"]): cell for cell in row["cells"]} for row in rows]
    differing: list[Column] = []
    agreeing: list[Column] = []
    for column in _columns(cells):
        seen = {
            cell["status"] if cell else NONE
            for row, found in zip(rows, cells, strict=True)
            if (cell := found.get((column.check, column.about))) or reported(row)
        }
        (differing if len(seen) > 1 else agreeing).append(column)
    return MatrixTable(series, rows, cells, differing, agreeing)


def reported(row: JobEntry) -> bool:
    """Tell whether a job came to a report: of one that did not, nothing is known but that."""
    return bool(row["base"]["tree"])


def _columns(cells: Iterable[dict[tuple[str, str], Cell]]) -> list[Column]:
    """Return all columns, check by check in the order in which they first come."""
    found: dict[str, dict[str, Column]] = {}
    for row in cells:
        for (check, about), cell in row.items():
            if check != JOB:
                found.setdefault(check, {}).setdefault(about, Column(check, about, cell["patch"]))
    return [column for check in found.values() for column in sorted(check.values(), key=lambda one: one.patch)]


def joined(columns: Iterable[Column]) -> str:
    """Return names of columns, the patches of a check beside one another: `checkpatch 1 2 3, build`."""
    found: dict[str, list[str]] = {}
    for column in columns:
        found.setdefault(column.check, []).extend([str(column.patch)] if column.patch else [])
    return ", ".join(" ".join([check, *patches]) for check, patches in found.items())


def counts(statuses: Iterable[str]) -> str:
    """Return how often each status occurs, the worst first: `1 FAIL, 5 PASS`."""
    counted = Counter(statuses)
    return ", ".join(f"{counted[status]} {status}" for status in STATUSES if counted[status])

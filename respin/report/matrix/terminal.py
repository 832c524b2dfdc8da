# SPDX-License-Identifier: GPL-2.0-only
"""Many runs for a person: a table with a line for each base, what differs between bases, and what is not clean.

In a pipe nothing is padded, and no table is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as RichTable
from rich.text import Text

from respin.report.matrix.view import NONE, counts, joined, tables
from respin.report.terminal import STYLES
from respin.report.text import line, printable, spent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from respin.report.matrix.model import JobEntry, MatrixReport
    from respin.report.matrix.view import Column, MatrixTable, Said

NAMED = 6
"""How many bases a line names; the table, the page and the JSON object have them all."""


def show(matrix: MatrixReport, console: Console) -> None:
    """Show all of it; lines of text are printed whole, as those of a single run are."""
    for table in tables(matrix):
        _tell(console, f"{table.series} on {len(table.rows)} base{'s' if len(table.rows) != 1 else ''}", "bold")
        if console.is_terminal:
            console.print(_drawn(table))
        else:
            for number, row in enumerate(table.rows):
                _tell(console, _row(table, number, row))
        for split in table.splits():
            parts = [f"{_status(status)} on {_named(bases)}" for status, bases in split.bases]
            _tell(console, f"differs: {joined(split.columns)}: {'; '.join(parts)}")
        if agreed := table.agreed():
            parts = [f"{status} {joined(columns)}" for status, columns in agreed]
            _tell(console, f"the same on all: {'; '.join(parts)}", "dim")
        for one in table.bad():
            _said(console, one)
    jobs = matrix["jobs"]
    told = f" ({counts(one['status'] for one in jobs) or 'nothing ran'}): {spent(matrix['seconds'])}"
    console.print(Text.assemble("verdict: ", (matrix["status"], STYLES[matrix["status"]]), told), soft_wrap=True)


def _tell(console: Console, text: str, style: str = "") -> None:
    console.print(Text(line(text), style=style), soft_wrap=True)


def _row(table: MatrixTable, number: int, row: JobEntry) -> str:
    """Return a base's line: its verdict, and what it has that other bases have not."""
    version = f" ({row['base']['version']})" if row["base"]["version"] else ""
    found: dict[str, list[Column]] = {}
    for column in table.differing:
        found.setdefault(table.status(number, column), []).append(column)
    parts = [f"{status} {joined(columns)}" for status, columns in found.items() if status != NONE]
    told = f": {', '.join(parts)}" if parts else ""
    return f"{row['base']['spec']}{version}: {row['status']} ({_took(row)}){told}"


def _drawn(table: MatrixTable) -> RichTable:
    """Return the table: a column for each check in which bases differ, that names the patches of the worst status."""
    drawn = RichTable(box=None, pad_edge=False, header_style="bold")
    checks = list(dict.fromkeys(column.check for column in table.differing))
    for title in ("base", "", *checks, ""):
        drawn.add_column(line(title), overflow="fold")
    for number, row in enumerate(table.rows):
        cells = [_cell(table, number, check) for check in checks]
        took = Text(_took(row), style="dim")
        drawn.add_row(
            Text(printable(row["base"]["spec"])), Text(row["status"], style=STYLES[row["status"]]), *cells, took
        )
    return drawn


def _cell(table: MatrixTable, number: int, check: str) -> Text:
    found: dict[str, list[int]] = {}
    for column in (*table.differing, *table.agreeing):
        if column.check == check and (status := table.status(number, column)) != NONE:
            found.setdefault(status, []).append(column.patch)
    if not found:
        return Text("")
    worst = next(status for status in STYLES if status in found)
    patches = [str(one) for one in sorted(found[worst]) if one] if len(found) > 1 else []
    return Text(" ".join([worst, *patches]), style=STYLES[worst])


def _status(status: str) -> str:
    return "not there" if status == NONE else status


def _said(console: Console, one: Said) -> None:
    """Tell what is not clean, once for all bases of which it is said."""
    cell = one.cell
    where = f"patch {cell['patch']}" if cell["patch"] else "series"
    head = (line(f"{cell['status']} {cell['check']}, {where}, on {_named(one.bases)}: "), STYLES[cell["status"]])
    console.print(Text.assemble(head, printable(cell["summary"])), soft_wrap=True)
    if cell["reproduce"]:
        _tell(console, f"  reproduce: {cell['reproduce']}", "dim")


def _named(bases: Sequence[str]) -> str:
    more = f" and {len(bases) - NAMED} more" if len(bases) > NAMED else ""
    return f"{', '.join(bases[:NAMED])}{more}"


def _took(row: JobEntry) -> str:
    tries = f", {row['tries']} tries" if row["tries"] > 1 else ""
    return f"{'cached' if row['cached'] else spent(row['seconds'])}{tries}"

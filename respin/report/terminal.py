# SPDX-License-Identifier: GPL-2.0-only
"""The report for a person: a matrix of patches by checks, findings with the line that reproduces them, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from respin.report.extent import part
from respin.report.model import STATUSES
from respin.report.text import line, printable, told

if TYPE_CHECKING:
    from rich.console import Console

    from respin.report.model import Report, ResultEntry

STYLES = {"FAIL": "bold red", "ERROR": "bold magenta", "MISS": "bold yellow", "PASS": "green", "SKIP": "dim"}
_WHOLE = 0


def show(report: Report, console: Console, *, notes: bool = False) -> None:
    """Show a report.

    A line of text is printed whole, as gcc and git do: programs read `file:line: severity: message` by lines, and a
    terminal folds by itself. Tables are laid out to the console's width.

    Args:
        report: the whole run.
        console: where to.
        notes: show findings that are notes too (waivers, skipped cases).
    """
    base, series = report["base"], report["series"]
    console.print(Text(line(f"{series['name']} on {base['name']} ({base['version']})"), style="bold"), soft_wrap=True)
    for table in (_matrix(report), _whole(report)):
        if table.rows:
            console.print(table)
    for result in report["results"]:
        _details(result, console, notes=notes)
    worst = report["status"]
    counts = ", ".join(f"{_count(report, status)} {status}" for status in STATUSES if _count(report, status))
    told = f" ({told}): {counts}" if (told := part(report)) and counts else f" ({counts or 'nothing ran'})"
    console.print(Text.assemble("verdict: ", (worst, STYLES[worst]), told), soft_wrap=True)


def _matrix(report: Report) -> Table:
    """Return a row for each patch and a column for each check that speaks of patches; no row where none does."""
    cells = {(one["patch"], one["check"]): one for one in report["results"] if one["patch"] != _WHOLE}
    checks = list(dict.fromkeys(check for _, check in cells))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("patch", overflow="fold")
    for check in checks:
        table.add_column(printable(check), overflow="fold")
    for patch in report["series"]["patches"] if checks else []:
        row = [_cell(cells.get((patch["number"], check))) for check in checks]
        table.add_row(Text(line(f"{patch['number']} {patch['subject']}")), *row)
    return table


def _whole(report: Report) -> Table:
    """Return a row for each check that speaks of the whole series; what is not clean tells its story below."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("the whole series", "", ""):
        table.add_column(title, overflow="fold")
    for result in report["results"]:
        if result["patch"] == _WHOLE:
            text = line(result["summary"]) if result["status"] == "PASS" else ""
            table.add_row(Text(printable(result["check"])), _cell(result), Text(text))
    return table


def _cell(result: ResultEntry | None) -> Text:
    if result is None:
        return Text("")
    took = "cached" if result["cached"] else f"{result['seconds']:.0f} s"
    return Text.assemble((result["status"], STYLES[result["status"]]), (f" {took}", "dim"))


def _details(result: ResultEntry, console: Console, *, notes: bool) -> None:
    """Show a result that is not clean, or has findings to show."""
    wanted = [one for one in result["findings"] if notes or one["severity"] != "note"]
    where = f"patch {result['patch']}" if result["patch"] else "series"
    if result["status"] == "PASS" and not wanted:
        return
    head = (printable(f"{result['status']} {result['check']}, {where}: "), STYLES[result["status"]])
    console.print(Text.assemble(head, line(result["summary"])), soft_wrap=True)
    for finding in wanted:
        console.print(Text(f"  {line(told(finding))}"), soft_wrap=True)
    if result["reproduce"]:
        console.print(Text(f"  reproduce: {printable(result['reproduce'])}", style="dim"), soft_wrap=True)


def _count(report: Report, status: str) -> int:
    return sum(result["status"] == status for result in report["results"])

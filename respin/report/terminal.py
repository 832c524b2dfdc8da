# SPDX-License-Identifier: GPL-2.0-only
"""The report for a person: checks by patches, findings with the line that reproduces them, the verdict.

On a terminal there are tables, which fit 80 columns; in a pipe there is a line for each check, and nothing is padded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from respin.report import made, since, unproved
from respin.report.extent import part
from respin.report.model import STATUSES
from respin.report.text import line, printable, spent, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from respin.report.model import Report, ResultEntry

STYLES = {"FAIL": "bold red", "ERROR": "bold magenta", "MISS": "bold yellow", "PASS": "green", "SKIP": "dim"}
_WHOLE = 0
_CELL = 7
"""Columns of a patch: the longest status, and two between."""
_TOOK = 8
"""Columns of a time, and two before it."""


def show(report: Report, console: Console, *, notes: bool = False, run: bool = False) -> None:
    """Show a report.

    A line of text is printed whole, as gcc and git do: programs read `file:line: severity: message` by lines, and a
    terminal folds by itself. Tables are laid out to the console's width.

    Args:
        report: the whole run.
        console: where to.
        notes: show findings that are notes too (waivers, skipped cases).
        run: tell how the report came to be, to who did not make it just now.
    """
    base, series = report["base"], report["series"]
    console.print(Text(line(f"{series['name']} on {base['name']} ({base['version']})"), style="bold"), soft_wrap=True)
    parts = _by_check(one for one in report["results"] if one["patch"] != _WHOLE)
    wholes = [one for one in report["results"] if one["patch"] == _WHOLE]
    took = {check: _took(results) for check, results in _by_check(report["results"]).items()}
    if parts:
        for patch in series["patches"]:
            console.print(Text(line(f"{patch['number']} {patch['subject']}")), soft_wrap=True)
    if console.is_terminal:
        numbers = [patch["number"] for patch in series["patches"]]
        for table in (_matrix(parts, numbers, took, console), _whole(wholes, took)):
            if table.rows:
                console.print(table)
    else:
        for check, results in parts.items():
            console.print(Text(line(f"{check}: {_ranges(results)} ({took[check]})")), soft_wrap=True)
        for one in wholes:
            console.print(
                Text(line(f"{one['check']}: {one['status']} ({took[one['check']]}){_why(one)}")), soft_wrap=True
            )
    for result in report["results"]:
        _details(result, console, notes=notes)
    for text in (*since.lines(report), *(made.lines(report) if run else ()), *unproved.lines(report)):
        console.print(Text(text, style="dim"), soft_wrap=True)
    worst = report["status"]
    counts = ", ".join(f"{_count(report, status)} {status}" for status in STATUSES if _count(report, status))
    told = f" ({told}): {counts}" if (told := part(report)) and counts else f" ({counts or 'nothing ran'})"
    end = f"{told}{unproved.part(report)}"
    console.print(Text.assemble("verdict: ", (worst, STYLES[worst]), end), soft_wrap=True)


def _by_check(results: Iterable[ResultEntry]) -> dict[str, list[ResultEntry]]:
    found: dict[str, list[ResultEntry]] = {}
    for one in results:
        found.setdefault(one["check"], []).append(one)
    return found


def _matrix(
    parts: Mapping[str, Sequence[ResultEntry]], numbers: Sequence[int], took: Mapping[str, str], console: Console
) -> Table:
    """Return a row for each check that speaks of patches, and a column for each patch: a letter where it is narrow."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("patch", *map(str, numbers), ""):
        table.add_column(title, no_wrap=True)
    widest = max(map(len, parts), default=0) + _CELL * len(numbers) + _TOOK
    letters = widest > console.width
    for check, results in parts.items():
        cells = {one["patch"]: one["status"] for one in results}
        row = [
            Text(cells[number][:1] if letters else cells[number], STYLES[cells[number]])
            if number in cells
            else Text("")
            for number in numbers
        ]
        table.add_row(Text(printable(check)), *row, Text(took[check], style="dim"))
    return table


def _whole(results: Sequence[ResultEntry], took: Mapping[str, str]) -> Table:
    """Return a row for each check that speaks of the whole series; what is not clean tells its story below."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("the whole series", "", "", ""):
        table.add_column(title, overflow="fold")
    for one in results:
        text = line(one["summary"]) if one["status"] == "PASS" else ""
        status = Text(one["status"], style=STYLES[one["status"]])
        table.add_row(Text(printable(one["check"])), status, Text(took[one["check"]], style="dim"), Text(text))
    return table


def _ranges(results: Sequence[ResultEntry]) -> str:
    """Return which patches have which status: `FAIL 3, PASS 1-2 4`."""
    told = []
    for status in STATUSES:
        numbers = sorted(one["patch"] for one in results if one["status"] == status)
        runs: list[list[int]] = []
        for number in numbers:
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
        told += [f"{status} {' '.join(words)}"] if words else []
    return ", ".join(told)


def _took(results: Sequence[ResultEntry]) -> str:
    """Return how long a check took: all of it, wherever that is told."""
    return "cached" if all(one["cached"] for one in results) else spent(sum(one["seconds"] for one in results))


def _why(result: ResultEntry) -> str:
    """Return what a check of the whole says where it passed; else its story is told below."""
    return f": {result['summary']}" if result["status"] == "PASS" and result["summary"] else ""


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

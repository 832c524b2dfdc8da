# SPDX-License-Identifier: GPL-2.0-only
"""What counted lines say of each patch; see `checks.proofs.coverage`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.parsers.gcov import CountedLine
    from generator.commit import Commit
    from patchset.coverage import Coverage, WaivedLine

_RULE = "B07"


@dataclass(frozen=True, slots=True)
class CoveredFile:
    """A file at the last commit.

    Attributes:
        path: in the tree.
        text: its lines.
        owners: the commit that each line comes from, by its number from 1.
    """

    path: str
    text: Sequence[str]
    owners: Mapping[int, str]

    def above(self, number: int, count: int) -> tuple[str, ...]:
        """Return a line and those above it, without indentation and empty ones: `count` of them, itself the last."""
        kept = [line.strip() for line in self.text[:number] if line.strip()]
        return tuple(kept[-count:])


def judge(
    commits: Sequence[Commit],
    sources: Sequence[CoveredFile],
    lines: Sequence[CountedLine],
    wanted: Coverage,
    start: Result,
) -> list[Result]:
    """Return a result for each patch.

    Args:
        commits: the patches.
        sources: the files that they touch.
        lines: what was counted in any file.
        wanted: how much must run, and what need not.
        start: a result to fill in.
    """
    counted: dict[str, list[CountedLine]] = defaultdict(list)
    for line in lines:
        counted[line.file].append(line)
    used: set[WaivedLine] = set()
    results = [_judge_one(commit, sources, counted, wanted, start, used) for commit in commits]
    unused = [each for each in wanted.waived if each not in used]
    notes = [_note(f"no line here is {each.text[-1]!r}, which the plan waives") for each in unused]
    return [*results[:-1], *(replace(one, findings=(*one.findings, *notes)) for one in results[-1:])]


def _judge_one(  # noqa: PLR0913, PLR0917 - the facts of one patch, and what all of them share
    commit: Commit,
    sources: Sequence[CoveredFile],
    counted: Mapping[str, Sequence[CountedLine]],
    wanted: Coverage,
    start: Result,
    used: set[WaivedLine],
) -> Result:
    findings: list[Finding] = []
    silent: list[str] = []
    files: dict[str, dict[str, int]] = {}
    for source in sources:
        mine = [line for line in counted[source.path] if source.owners.get(line.number) == commit.sha]
        if not mine:
            if commit.sha in source.owners.values():
                silent.append(source.path)
                findings.append(_note("no line that the patch adds here was counted: no code came of it", source.path))
            continue
        files[source.path] = {
            "lines": len(mine),
            "run": sum(line.count > 0 for line in mine),
            "branches": sum(len(line.branches) for line in mine),
            "taken": sum(taken > 0 for line in mine for taken in line.branches),
        }
        findings.append(_note(_says(files[source.path]), source.path))
        for line in mine:
            findings += _of_line(line, source, wanted, used)
    whole = {key: sum(file[key] for file in files.values()) for key in ("lines", "run", "branches", "taken")}
    result = replace(start, patch=commit.number, data={"files": files, **whole})
    if not whole["lines"]:
        return replace(result, status=Status.ERROR, summary="no line of the patch was counted: nothing was read")
    low = whole["run"] * 100 < wanted.least * whole["lines"]
    bad = sum(one.severity is Severity.ERROR for one in findings)
    words = [_says(whole)]
    if low:
        words.append(f"at least {wanted.least} % must run")
    if bad:
        words.append(f"{bad} lines and reasons do not match")
    if silent:
        words.append(f"no line of {', '.join(silent)} was counted")
    status = Status.FAIL if low or bad else Status.PASS
    return replace(result, status=status, summary="; ".join(words), findings=tuple(findings))


def _of_line(line: CountedLine, source: CoveredFile, wanted: Coverage, used: set[WaivedLine]) -> list[Finding]:
    """Say what is wrong with a line, and what is excused."""
    mine = [
        each
        for each in wanted.waived
        if source.path in each.files and source.above(line.number, len(each.text)) == each.text
    ]
    used.update(mine)
    text = source.text[line.number - 1].strip()
    if line.count and mine:
        told = f"it runs, but the plan says that it cannot: {text}"
        return [Finding(Severity.ERROR, told, source.path, line.number, _RULE)]
    if line.count:
        idle = sum(not taken for taken in line.branches)
        return [_note(f"{idle} of {len(line.branches)} branches not taken: {text}", source.path, line.number)] * (
            idle > 0
        )
    if mine:
        return [_note(f"does not run: {text}: {mine[0].reason}", source.path, line.number)]
    told = f"no suite runs it, and no reason is given: {text}"
    return [Finding(Severity.ERROR, told, source.path, line.number, _RULE)]


def _says(counts: Mapping[str, int]) -> str:
    branches = f", {counts['taken']} of {counts['branches']} branches" if counts["branches"] else ""
    percent = counts["run"] * 100 / counts["lines"] if counts["lines"] else 0.0
    return f"{percent:.1f} % of {counts['lines']} lines run{branches}"


def _note(text: str, file: str = "", line: int = 0) -> Finding:
    return Finding(Severity.NOTE, text, file, line, _RULE)

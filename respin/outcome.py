# SPDX-License-Identifier: GPL-2.0-only
"""The outcome of a run as the one JSON object that every report is made from: whatever reports need is read here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.lint import CHECK
from checks.verdict import overall
from respin import gitlog
from respin.report.model import (
    BaseEntry,
    CheckEntry,
    FindingEntry,
    LineEntry,
    OriginEntry,
    PatchEntry,
    Report,
    ResultEntry,
    RuleEntry,
    SeriesEntry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from checks.contract import Check, Finding, Result, Subject
    from checks.known import Known
    from generator.commit import Commit
    from patchset.rules import Rule
    from respin.origin import Origin
    from respin.report.made import RunEntry
    from respin.report.model import ExtentEntry


@dataclass(frozen=True, slots=True)
class Extras:
    """What a report tells beside results.

    Attributes:
        checks: those that there are.
        rules: of the series.
        diffs: of its patches, by number.
        messages: of its commits, by number.
        options: of the call, that a line to reproduce repeats.
        extent: how much of what a check knows was chosen; None for all of it.
        run: how the report came to be; None where nobody tells.
        known: what is kept of the program; None asks anew what may be kept.
    """

    checks: Sequence[Check] = ()
    rules: Sequence[Rule] = ()
    diffs: Mapping[int, str] = field(default_factory=dict)
    messages: Mapping[int, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    extent: ExtentEntry | None = None
    run: RunEntry | None = None
    known: Known | None = None


def collected(subject: Subject, checks: Iterable[Check], told: Mapping[int, tuple[str, str]] | None = None) -> Extras:
    """Read what a report tells beside results.

    Args:
        subject: what was checked; its repository is only read.
        checks: those that there are.
        told: the message and the diff of each patch, by number; None to ask git.

    Raises:
        InfrastructureError: git cannot read the commits.
        InputError: the rules cannot be read.
    """
    if told is None:
        told = gitlog.told(subject.repository, subject.commits)
    diffs = {number: diff for number, (_, diff) in told.items()}
    messages = {number: message for number, (message, _) in told.items()}
    return Extras(tuple(checks), subject.series.rules, diffs, messages)


def report(subject: Subject, results: Sequence[Result], version: str, extras: Extras | None = None) -> Report:
    """Make the object of a run.

    Args:
        subject: what was checked.
        results: of the checks.
        version: of respin.
        extras: what else is known.
    """
    from respin.origin import Origins  # noqa: PLC0415 - it reads diffs, and the first word does not wait for that

    series, extras = subject.series, extras or Extras()
    origins = Origins(series, subject.commits, extras.diffs, extras.known)
    made = Report(
        tool="respin",
        version=version,
        base=BaseEntry(
            spec=subject.spec,
            name=subject.name,
            version=subject.version,
            commit=subject.base,
            tree=subject.base_tree,
        ),
        series=SeriesEntry(
            name=series.name,
            title=series.title,
            digest=series.digest,
            patches=[_patch(one, extras) for one in subject.commits],
            rules=[
                RuleEntry(
                    id=one.id,
                    title=one.title,
                    patches=list(one.patches),
                    tests=list(one.tests),
                    checks=list(one.checks),
                )
                for one in extras.rules
            ],
        ),
        status=overall(results).value,
        checks=[check_entry(one.id, one.title, one.rules, results, extras.known) for one in extras.checks],
        results=[result_entry(one, origins.of) for one in results],
    )
    origins.keep()
    if extras.extent:
        made["extent"] = extras.extent
    if extras.options:
        made["options"] = [*extras.options]
    if extras.run:
        made["run"] = extras.run
    return made


def lines(known: Known | None = None) -> Mapping[str, Mapping[str, str]]:
    """Return the lines of the checklist by id: what each part of one asks for, and its source."""
    kept = known.read("lines") if known else None
    if isinstance(kept, dict):
        return kept
    from checks.lint.lines import LINES  # noqa: PLC0415 - it imports all that judges mails

    titles: dict[str, dict[str, str]] = {}
    for one in LINES:
        titles.setdefault(one.id, {})[one.title] = one.source
    if known:
        known.write("lines", titles)
    return titles


def check_entry(
    name: str, title: str, rules: Sequence[str], results: Sequence[Result], known: Known | None = None
) -> CheckEntry:
    """Return a check as it stands in the report, with the lines of the checklist that its results name."""
    entry = CheckEntry(id=name, title=title, rules=list(rules))
    named = {finding.rule for one in results if one.check == name for finding in one.findings}
    if name == CHECK and named - {""}:
        entry["lines"] = [
            LineEntry(id=line, title="; ".join(parts), source=[*parts.values()][-1])
            for line, parts in lines(known).items()
            if line in named
        ]
    return entry


def _patch(commit: Commit, extras: Extras) -> PatchEntry:
    entry = PatchEntry(
        number=commit.number,
        name=commit.name,
        subject=commit.subject,
        commit=commit.sha,
        tests=commit.tests,
        diff=extras.diffs.get(commit.number, ""),
    )
    if message := extras.messages.get(commit.number):
        entry["message"] = message
    return entry


def result_entry(result: Result, origin: Callable[[Result, Finding], Origin | None]) -> ResultEntry:
    """Return one result as it stands in the report; `origin` tells where a finding comes from."""
    entry = ResultEntry(
        check=result.check,
        scope=result.scope.value,
        patch=result.patch,
        status=result.status.value,
        summary=result.summary,
        date=result.date,
        seconds=round(result.seconds, 3),
        cached=result.cached,
        findings=[finding_entry(one, origin(result, one)) for one in result.findings],
        reproduce=result.reproduce,
    )
    if result.data:
        entry["data"] = dict(result.data)
    return entry


def finding_entry(finding: Finding, origin: Origin | None = None) -> FindingEntry:
    """Return one finding as it stands in the report."""
    entry = FindingEntry(
        severity=finding.severity.value,
        message=finding.message,
        file=finding.file,
        line=finding.line,
        rule=finding.rule,
    )
    if finding.waived:
        entry["waived"] = finding.waived
    if origin:
        entry["origin"] = OriginEntry(file=origin.file, line=origin.line)
    return entry

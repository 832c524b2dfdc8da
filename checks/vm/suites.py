# SPDX-License-Identifier: GPL-2.0-only
"""KUnit suites in a guest, and what their evidence allows to say."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from checks.contract import WORST_FIRST, Finding, Severity, Status
from checks.parsers import compiler, kunit
from checks.vm import complaints, guest, oneshot
from generator import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from checks.contract import Subject
    from checks.kernel import image
    from patchset.allowed import Allowed
    from patchset.plan import KUnit

_UNTAKEN = "Not all Kconfig options selected"
_RULE = "B07"
_PARSE_SECONDS = 60.0
_WORDS = frozenset({"PASS", "FAIL", "ERROR", "SKIP"})
"""kunit.py's words for how a case ended."""
Verdict = tuple[Status, str, tuple[Finding, ...]]
"""Status, summary and findings of a result."""


@dataclass(frozen=True, slots=True)
class SuitesRun:
    """All that a run of the suites leaves behind.

    Attributes:
        returncode: what the program ended with that builds the kernel; it decides nothing by itself.
        output: what it wrote.
        report: kunit.py's JSON, or empty.
        console: what the guest printed, or None where none was started.
        root: the source folder.
        program: the program's name.
    """

    returncode: int
    output: str
    report: str
    console: str | None
    root: str = ""
    program: str = "kunit.py"


def untested(subject: Subject) -> str:
    """Return why there is no suite to run, or an empty text."""
    if not any(commit.tests for commit in subject.commits):
        return "the series was rendered without its tests: --with-tests adds them, unless the base lacks what they need"
    return ""


def boot(made: image.KernelImage, wanted: KUnit, script: str, source: Path) -> SuitesRun:
    """Boot a kernel that respin built itself, and return what it left; kunit.py reads the console.

    Args:
        made: the kernel, or why there is none.
        wanted: what it must show.
        script: the guest's init, see `checks.vm.oneshot`.
        source: the kernel tree, which kunit.py is a part of.
    """
    absent = [each for each in made.refused if each.symbol not in wanted.configuration.optional]
    if absent:
        said = f"{_UNTAKEN}\nMissing: {', '.join(map(str, absent))}"
        return SuitesRun(made.returncode, f"{made.output}\n{said}", "", None, str(source), "make")
    if made.file is None:
        return SuitesRun(made.returncode, made.output, "", None, str(source), "make")
    console, text = oneshot.boot(made, wanted, script)
    report = made.build / "respin.kunit.json"
    report.unlink(missing_ok=True)
    tool = source / "tools/testing/kunit/kunit.py"
    argv = ["python3", str(tool), "parse", f"--json={report}", str(console)]
    done = process.run(argv, seconds=_PARSE_SECONDS, cwd=source, check=False)
    return SuitesRun(done.returncode, done.text, read(report) or "", text, str(source))


def judge(
    evidence: SuitesRun,
    wanted: KUnit,
    where: str = "kunit",
    allowed: Sequence[Allowed] = (),
    named: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Verdict:
    """Return the status, the summary and the findings that a run's evidence allows.

    Args:
        evidence: what the run left.
        wanted: what it must show.
        where: the id of the check whose run it is.
        allowed: what the kernel may print although it is a complaint.
        named: the cases that must have passed, `suite.case`, with the rules that name them.
    """
    if evidence.console is None:
        return _not_booted(evidence)
    console = kunit.console(evidence.console)
    read = complaints.read(evidence.console, where, allowed)
    told = complaints.findings(read)
    cases = kunit.cases(evidence.report)
    silent = f"last lines of the guest's console: {' | '.join(console.tail) or '(none)'}"
    faults = _faults(console, wanted)
    if not cases and not faults:
        reason = "the guest printed nothing" if not console.tail else "the guest ran no test case"
        notes = [_note(silent)]
        return (
            (Status.FAIL, f"{reason}: the kernel crashed", (*told, *notes))
            if told
            else (Status.MISS, reason, tuple(notes))
        )
    reached = 0 < console.planned <= console.reached
    failed = [case for case in cases if case.status == "FAIL" or (case.status == "ERROR" and (reached or told))]
    absent = _absent(cases, named, reached=reached)
    findings = [_failure(case, console) for case in failed] + faults + absent + told
    statuses = [Status.FAIL] if findings else [Status.PASS]
    reasons = [f"{len(failed)} of {len(cases)} cases failed"] if failed else []
    reasons += [each.message for each in faults]
    reasons += [f"{len({each.message for each in absent})} cases that a rule names did not pass"] if absent else []
    if findings and not reasons:
        reasons.append("the kernel complained")
    if read.unread:
        reasons.append(read.unread)
        statuses.append(Status.ERROR)
    for suite in wanted.suites:
        mine = [case for case in cases if case.suite == suite or case.suite.startswith(f"{suite}.")]
        if console.plans.get(suite) != 0 and suite != console.suite and not any(each.status != "SKIP" for each in mine):
            reasons.append(f"every case of suite {suite} was skipped" if mine else f"suite {suite} did not run")
            statuses.append(Status.MISS)
    if odd := [case for case in cases if case.status not in _WORDS]:
        reasons.append(f"{odd[0]} ended with {odd[0].status!r}, which proves nothing")
        statuses.append(Status.MISS)
    if not reached:
        reasons.append(f"the plan was not reached: {console.reached} of {console.planned or '?'} suites reported")
        statuses.append(Status.MISS)
        findings.append(_note(silent))
    findings += [_note(f"{case} was skipped") for case in cases if case.status == "SKIP"]
    status = min(statuses, key=WORST_FIRST.index)
    passed = sum(case.status == "PASS" for case in cases)
    suites = len({case.suite.partition(".")[0] for case in cases})
    return status, "; ".join(reasons) or f"{passed} cases of {suites} suites passed", tuple(findings)


def _faults(console: kunit.Console, wanted: KUnit) -> list[Finding]:
    """Return what is the series' own fault though no case failed: suites without a case, a guest that ended in one.

    kunit.py's JSON has no suite that announces no case (`1..0`), and its last line counts such a case as passed.
    """
    told = [f"suite {suite} has no case" for suite in wanted.suites if console.plans.get(suite) == 0]
    if console.suite in wanted.suites:
        where = f"after case {console.case}" if console.case else "before its first case had a result"
        told.append(f"the guest came to its end, or to a halt, in suite {console.suite}, {where}")
    return [Finding(Severity.ERROR, message, rule=_RULE) for message in told]


def _absent(cases: Sequence[kunit.KunitCase], named: Mapping[str, Sequence[str]], *, reached: bool) -> list[Finding]:
    """Return a finding for each rule whose case was skipped or, where all suites have reported, did not run.

    A case that failed is told by its own finding. One with parameters is a group of cases that has its name.
    """
    found = []
    for name, by in named.items():
        mine = [case.status for case in cases if name in {str(case), case.suite}]
        if mine and all(status == "SKIP" for status in mine):
            message = f"{name} was skipped"
        elif not mine and reached:
            message = f"{name} did not run"
        else:
            continue
        found += [Finding(Severity.ERROR, message, rule=rule) for rule in by]
    return found


def measured(evidence: SuitesRun) -> dict[str, Any]:
    """Return what a report tells of the cases: `suite.case` and how each ended; nothing where none ran."""
    cases = [{"case": str(each), "status": each.status} for each in kunit.cases(evidence.report)]
    return {"cases": cases} if cases else {}


def _not_booted(evidence: SuitesRun) -> Verdict:
    """Return what it means that no guest was started."""
    lines = [line.strip() for line in evidence.output.splitlines() if line.strip()]
    if broken := compiler.not_ours(evidence.output):
        return Status.ERROR, f"the machine, not the series: {broken}", ()
    errors = [
        Finding(Severity.ERROR, each.text, each.file, each.line, "B01")
        for each in compiler.parse(evidence.output, root=evidence.root)
        if each.kind is compiler.DiagnosticKind.ERROR
    ]
    if errors:
        return Status.FAIL, "the kernel with the tests does not build", tuple(errors)
    if any(_UNTAKEN in line for line in lines):
        missing = next((line for line in lines if line.startswith("Missing:")), "(kunit.py does not say which)")
        return Status.ERROR, f"lines of the configuration did not take. {missing}", ()
    how = f"{evidence.program} ended with {evidence.returncode} before it booted"
    return Status.ERROR, f"{how}: {' | '.join(lines[-3:])}", ()


def _failure(case: kunit.KunitCase, console: kunit.Console) -> Finding:
    log = console.logs.get(case.name, ())
    how = "failed" if case.status == "FAIL" else "crashed"
    return Finding(Severity.ERROR, f"{case} {how}" + (f": {' | '.join(log)}" if log else ""), rule=_RULE)


def _note(text: str) -> Finding:
    return Finding(Severity.NOTE, text, rule=_RULE)


def read(file: Path) -> str | None:
    """Return a file's text, or None where there is none."""
    return guest.text(file.read_bytes()) if file.is_file() else None

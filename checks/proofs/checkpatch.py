# SPDX-License-Identifier: GPL-2.0-only
"""B03: the base's own checkpatch.pl, strict, on each patch; what is waived has a written reason in checks.toml.

checkpatch runs in a sparse work tree of its own, so that it need not wait for a build to leave the other one; it needs
the top folders to exist (docs/kernels.md).
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checks import python3
from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight
from checks.kernel.worktree import WorkTree
from checks.lint.of_trailers import NOBODY_SIGNED
from checks.parsers import checkpatch as parser
from generator import process
from patchset.counted import counted
from patchset.waiver import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checks.contract import Context
    from generator.commit import Commit
    from patchset.lint import Lint

SECONDS = 300.0
"""The deadline of one patch; docs/kernels.md: 0.3 s, and once a few more for the list of camel case names."""
FOLDERS = ("Documentation", "arch", "include", "drivers", "fs", "init", "ipc", "kernel", "lib", "scripts")
"""What checkpatch looks for to know that it is in a kernel tree."""
PATTERNS = ("/*", "!/*/", "/LICENSES/", "/include/", "/scripts/")
"""The files at the top, the licenses that spdxcheck.py knows, the headers whose camel case names are allowed."""
TERSE = "--terse"
OPTIONS = ("--strict", TERSE, "--showfile", "--show-types", "--no-color")
SPDX_UNCHECKED = (
    "SPDX expressions were not checked: no python3 here has both ply and git; apt-get install python3-ply python3-git"
)
_SEVERITY = {
    parser.Level.ERROR: Severity.ERROR,
    parser.Level.WARNING: Severity.WARNING,
    parser.Level.CHECK: Severity.WARNING,
}


class Checkpatch:
    """The check; see the module."""

    id: str = "checkpatch"
    title: str = "checkpatch.pl --strict has nothing to say that is not waived with a reason"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (Tool("git", "git"), Tool("perl", "perl"), python3.PYTHON3)
    rules: Sequence[str] = ("B03", "B06")
    asked_by: str = ""
    weight: Weight = Weight.LIGHT
    usual: float = 30.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree (its checkpatch), each commit, whether SPDX can be checked, and what lint waives."""
        commits = (commit.sha for commit in context.subject.commits)
        lint = context.subject.series.lint.digest
        return (context.subject.base_tree, *commits, python3.interpreter(context.programs), lint)

    def run(self, context: Context) -> Sequence[Result]:
        """Check every patch."""
        subject, plan = context.subject, context.subject.series.plan
        tree = WorkTree(
            context.cache / "trees" / f"{subject.base_tree[:16]}-sparse",
            subject.repository,
            (*PATTERNS, *(f"/{path}" for path in sorted({path for each in subject.commits for path in each.paths}))),
        )
        used: set[Waiver] = set()
        python = python3.interpreter(context.programs)
        results = []
        with tree.held():
            context.progress(self.id, "checking out")
            tree.checkout(subject.base)
            for folder in FOLDERS:
                (tree.source / folder).mkdir(exist_ok=True)
            for commit in subject.commits:
                context.progress(self.id, f"patch {commit.number} of {len(subject.commits)}")
                valid = [each for each in plan.waivers if each.patch in ("", commit.name)]
                valid += _unsigned(subject.series.lint)
                waivers = _Waivers(valid, used, _leftover(plan.waivers, subject.commits, commit))
                results.append(_one(tree, commit, waivers, python))
        return results


class _Waivers(NamedTuple):
    """Waivers, as one patch sees them.

    Attributes:
        valid: for this patch.
        used: by this patch or an earlier one.
        last: those that no later patch can use.
    """

    valid: Sequence[Waiver]
    used: set[Waiver]
    last: Sequence[Waiver]


def _one(tree: WorkTree, commit: Commit, waivers: _Waivers, python: str) -> Result:
    """Check one patch; for `python` see `checks.python3.interpreter`."""
    started = time.monotonic()
    patch = tree.folder / "patches" / f"{commit.number:04}-{commit.name}.patch"
    patch.parent.mkdir(exist_ok=True)
    mail = tree.git("format-patch", "--stdout", "--no-signature", "--no-renames", "-1", commit.sha)
    patch.write_bytes(mail.stdout)
    environment = dict(tree.environment)
    if python:
        environment["PATH"] = f"{Path(python).parent}:{os.environ.get('PATH', os.defpath)}"
    argv = [str(tree.source / "scripts/checkpatch.pl"), *OPTIONS, str(patch)]
    done = process.run(argv, seconds=SECONDS, cwd=tree.source, env=environment, check=False)
    complaints, total = parser.parse(done.text), parser.total(done.text)
    if done.returncode == 0 and not done.stdout:  # with --terse it says of a clean patch nothing at all
        wordy = [each for each in argv if each != TERSE]
        total = parser.total(process.run(wordy, seconds=SECONDS, cwd=tree.source, env=environment, check=False).text)
    findings = [_finding(each, waivers.valid, waivers.used) for each in complaints]
    findings += [_unused(waiver) for waiver in waivers.last if waiver not in waivers.used]
    if not python:
        findings.append(Finding(Severity.NOTE, SPDX_UNCHECKED, rule="B06"))
    status, summary = _judge(done, total, len(complaints), findings)
    return Result(
        "checkpatch",
        Scope.PATCH,
        status,
        summary,
        time.monotonic() - started,
        commit.number,
        tuple(findings),
        "" if status is Status.PASS else process.command_line(argv, cwd=tree.source),
    )


def _judge(done: process.Completed, total: parser.Total, read: int, findings: Iterable[Finding]) -> tuple[Status, str]:
    """Return the status and the summary; checkpatch ends with 0 or 1 when it did its work, and says what it read."""
    if done.returncode not in (0, 1):
        return Status.ERROR, done.why()
    if total.lines == 0:
        return Status.ERROR, "checkpatch read no line of the patch"
    bad = sum(each.severity is not Severity.NOTE for each in findings)
    if bad:
        return Status.FAIL, f"{counted(bad, 'finding')} in {counted(total.lines, 'line')}"
    if total.complaints != read or bool(read) != bool(done.returncode):
        return Status.ERROR, f"checkpatch counts {counted(total.complaints, 'finding')}, and respin can read {read}"
    return Status.PASS, f"{counted(total.lines, 'line')} checked" + (
        f", {counted(read, 'finding')} waived" if read else ""
    )


def _finding(complaint: parser.CheckpatchLine, waivers: Iterable[Waiver], used: set[Waiver]) -> Finding:
    """Return a complaint as a finding: a note with the reason where a waiver takes it."""
    line = complaint.line if complaint.file else 0
    for waiver in waivers:
        if (
            waiver.type == complaint.type
            and waiver.file in ("", complaint.file)
            and re.search(waiver.match, complaint.text)
        ):
            used.add(waiver)
            message = f"waived ({waiver.reason}): {complaint.text}"
            return Finding(Severity.NOTE, message, complaint.file, line, complaint.type, waiver.reason)
    return Finding(_SEVERITY[complaint.level], complaint.text, complaint.file, line, complaint.type)


def _unsigned(lint: Lint) -> list[Waiver]:
    """Return what a waiver of T01 means here: who posts a series signs it off, whichever check asks."""
    waived = (one for one in lint.waivers if one.line == "T01" and re.search(one.match, NOBODY_SIGNED))
    return [Waiver("MISSING_SIGN_OFF", one.reason) for one in waived]


def _leftover(waivers: Iterable[Waiver], commits: Sequence[Commit], commit: Commit) -> list[Waiver]:
    """Return the waivers for which this commit is the last chance to match."""
    return [each for each in waivers if each.patch == commit.name or (not each.patch and commit == commits[-1])]


def _unused(waiver: Waiver) -> Finding:
    return Finding(
        Severity.NOTE, f"the waiver of {waiver.type} matched nothing here ({waiver.reason})", rule=waiver.type
    )

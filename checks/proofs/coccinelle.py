# SPDX-License-Identifier: GPL-2.0-only
"""B04: the base's own semantic patches have nothing new to say of the files that the series touches.

What `make coccicheck MODE=report` does, script by script, for the touched files alone: each in the version of the base
and of every patch. A script that cannot run is told by name, and counts as one that said nothing.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Scope, Severity, Tool, Weight
from checks.kernel import spatch
from checks.kernel.compared import RULE, ToolOutput, judge
from checks.kernel.worktree import WorkTree
from checks.parallel import gather
from checks.parsers import cleanup
from checks.parsers.compiler import Diagnostic, DiagnosticKind
from checks.python3 import PYTHON3
from generator import process
from generator.git import open_tree
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from checks.contract import Context
    from checks.kernel.spatch import FileVersion, Ran

SCRIPTS = "scripts/coccinelle"


class Coccinelle:
    """The check; see the module."""

    id: str = "coccinelle"
    title: str = "the base's semantic patches have nothing new to say of the files that the series touches"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (Tool("git", "git"), spatch.SPATCH, PYTHON3)
    rules: Sequence[str] = (RULE,)
    asked_by: str = ""
    weight: Weight = Weight.HEAVY
    usual: float = 120.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree, its scripts in it, and each patch's."""
        return (context.subject.base_tree, *(commit.tree for commit in context.subject.commits))

    def run(self, context: Context) -> Sequence[Result]:
        """Run every script over all versions of the touched files."""
        started, subject = time.monotonic(), context.subject
        name = f"{subject.base_tree[:16]}-cocci"
        tree = WorkTree(context.cache / "trees" / name, subject.repository, (f"/{SCRIPTS}/",))
        folder = tree.folder / "files"
        with tree.held():
            tree.checkout(subject.base)
            points = _versions(context, folder)
            found = (tree.source / SCRIPTS).rglob("*.cocci")
            scripts = sorted(str(script.relative_to(tree.source)) for script in found)
            versions = sorted({each for point in points for each in point}, key=lambda each: each.name)
            context.progress(self.id, f"{len(scripts)} scripts, {len(versions)} versions of files")
            (tool,) = context.programs.versions([spatch.SPATCH])
            run = spatch.Scripts(folder, tree.source, tool, context.cache).run
            runs = [functools.partial(run, script, versions) for script in scripts if versions]
            ran = gather(runs, workers=context.jobs)
        seconds = (time.monotonic() - started) / max(1, len(subject.commits))
        said = [_said(point, ran) for point in points]
        idle = [
            Finding(Severity.NOTE, f"{each.script} did not run: {each.broken}", rule=RULE)
            for each in ran
            if each.broken
        ]
        results = []
        for number, commit in enumerate(subject.commits, 1):
            status, summary, findings = judge(said[0], said[number - 1], said[number])
            told = (*findings, *_unseen(folder, points[number - 1], points[number]), *idle)
            line = _line(folder, points[number], ran, findings[0]) if findings else ""
            results.append(Result(self.id, self.scope, status, summary, seconds, commit.number, told, line))
        return results


def _versions(context: Context, folder: Path) -> list[tuple[FileVersion, ...]]:
    """Return the touched C files as the base and each commit have them."""
    subject = context.subject
    paths = sorted({path for each in subject.commits for path in each.paths if path.endswith((".c", ".h"))})
    points = []
    for sha in (subject.base, *(commit.sha for commit in subject.commits)):
        with open_tree(subject.repository, sha) as tree:
            texts = [(path, tree.read(path)) for path in paths]
        points.append(tuple(spatch.store(folder, path, text) for path, text in texts if text is not None))
    return points


def _said(point: Sequence[FileVersion], ran: Sequence[Ran]) -> ToolOutput:
    """Return what all scripts say of the files of one commit."""
    diagnostics = [
        Diagnostic(DiagnosticKind.WARNING, version.path, f"{_stem(each)}: {text}", line)
        for each in ran
        for version in point
        for line, text in each.said.get(version, ())
    ]
    worked = [each for each in ran if not each.broken]
    broken = ""
    if not point:
        broken = "it has none of the touched files: nothing was read"
    elif not worked:
        broken = f"no script of {SCRIPTS} could run: nothing was read"
    return ToolOutput(
        tuple(diagnostics), f"{len(worked)} of {counted(len(ran), 'script')}, {counted(len(point), 'file')}", broken
    )


def _unseen(folder: Path, before: Sequence[FileVersion], now: Sequence[FileVersion]) -> Iterator[Finding]:
    """Yield a note for each place in touched functions that spatch does not see."""
    old = {each.path: each for each in before}
    for each in now:
        if (known := old.get(each.path)) != each:
            text = (folder / known.name).read_bytes() if known else b""
            for line, why in cleanup.unread(text, (folder / each.name).read_bytes()):
                yield Finding(Severity.NOTE, why, each.path, line, RULE)


def _line(folder: Path, point: Sequence[FileVersion], ran: Sequence[Ran], finding: Finding) -> str:
    """Return the command that shows a finding."""
    argv = next(each.argv for each in ran if finding.message.startswith(f"{_stem(each)}: "))
    names = [version.name for version in point if version.path == finding.file]
    return process.command_line([*argv, *names], cwd=folder)


def _stem(ran: Ran) -> str:
    return ran.script.rpartition("/")[2].removesuffix(".cocci")

# SPDX-License-Identifier: GPL-2.0-only
"""B04: the base's own scripts/kernel-doc has no new complaint about the C files that the series touches.

All of its warnings are asked for, as far as the base's script knows them, and compared as sets: with those of the patch
before, and with the base's. It runs in a sparse work tree of its own, so that it need not wait for a build.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checks.contract import Result, Scope, Status, Tool, Weight
from checks.kernel.compared import RULE, ToolOutput, judge
from checks.kernel.worktree import WorkTree
from checks.parsers import kerneldoc as parser
from checks.python3 import PYTHON3
from generator import process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context

SECONDS = 300.0
"""The deadline of one commit; twenty files take a second."""
SCRIPT = "scripts/kernel-doc"
PATTERNS = ("/scripts/kernel-doc*", "/scripts/lib/kdoc/", "/tools/docs/", "/tools/lib/python/")
"""The script, and where later versions keep what it imports."""
_ENVIRONMENT = {"KBUILD_VERBOSE": "", "KCFLAGS": "", "KDOC_WERROR": "", "LC_ALL": "C"}
"""What kernel-doc would take options from."""


class KernelDoc:
    """The check; see the module."""

    id: str = "kernel-doc"
    title: str = "scripts/kernel-doc has no new complaint about the files that the series touches"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (Tool("git", "git"), Tool("perl", "perl"), PYTHON3)
    rules: Sequence[str] = (RULE,)
    asked_by: str = ""
    weight: Weight = Weight.LIGHT
    usual: float = 6.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree, its kernel-doc in it, and each patch's."""
        return (context.subject.base_tree, *(commit.tree for commit in context.subject.commits))

    def run(self, context: Context) -> Sequence[Result]:
        """Read the touched files on the base and at each patch."""
        subject = context.subject
        paths = sorted({path for each in subject.commits for path in each.paths if path.endswith((".c", ".h"))})
        name = f"{subject.base_tree[:16]}-docs"
        patterns = (*PATTERNS, *(f"/{path}" for path in paths))
        tree = WorkTree(context.cache / "trees" / name, subject.repository, patterns)
        results = []
        with tree.held():
            context.progress(self.id, "reading the base")
            base = before = _read(tree, subject.base, paths)
            for commit in subject.commits:
                context.progress(self.id, f"patch {commit.number} of {len(subject.commits)}")
                started = time.monotonic()
                now = _read(tree, commit.sha, paths)
                status, summary, findings = judge(base, before, now)
                if not any(path in paths for path in commit.paths):
                    status, summary, findings = Status.SKIP, "the patch touches no C file", ()
                seconds = time.monotonic() - started
                line = "" if status in {Status.PASS, Status.SKIP} else now.reproduce
                results.append(Result(self.id, self.scope, status, summary, seconds, commit.number, findings, line))
                before = now
        return results


def _read(tree: WorkTree, sha: str, paths: Sequence[str]) -> ToolOutput:
    """Run kernel-doc on the files that a commit has."""
    tree.checkout(sha)
    script = tree.source / SCRIPT
    if not script.is_file():
        return ToolOutput(broken=f"the tree has no {SCRIPT}")
    known = script.read_text("utf-8", "replace")
    # 6.1 has one level of warnings only; the Python one says -Wall somewhere below.
    everything = ["-Wall"] if "Wall" in known or "python" in known.splitlines()[0] else []
    there = [path for path in paths if (tree.source / path).is_file()]
    argv = [SCRIPT, "-v", "-none", *everything, *there]
    if not there:
        return ToolOutput(extent="no such file here")
    done = process.run(argv, seconds=SECONDS, cwd=tree.source, env=dict(_ENVIRONMENT), check=False)
    said = done.stderr.decode("utf-8", "replace")
    diagnostics, read = parser.parse(said), parser.scanned(said)
    broken = ""
    if done.returncode != 0 and not diagnostics:
        broken = done.why()
    elif read == 0 and any("\n/**\n" in (tree.source / path).read_text("utf-8", "replace") for path in there):
        broken = "kernel-doc read nothing, and there is something to read"
    reproduce = f"{tree.checkout_line(sha)} && {process.command_line(argv, cwd=tree.source)}"
    return ToolOutput(diagnostics, f"{read} documented things in the touched files", broken, reproduce)

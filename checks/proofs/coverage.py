# SPDX-License-Identifier: GPL-2.0-only
"""B07: how many of the lines that the series adds its own KUnit suites run, by gcov.

gcov a file, with a build folder of its own and a guest whose init prints the counters (docs/kernels.md). Whose a line
is says git blame of the last commit. A line that does not run has its reason in the plan, or is a finding; so is a
reason whose line does run. Counters that did not arrive are none: MISS, never 0 % and never 100 %.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Result, Scope, Status, Tool, Weight, asked_for
from checks.kernel import image, objects
from checks.kernel.covered import CoveredFile, judge
from checks.kernel.points import TOOLS, make_builder, stamp_of
from checks.parsers import blame, gcov
from checks.vm import complaints, oneshot, suites
from generator import process
from generator.git import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checks.contract import Context, Subject
    from patchset.coverage import Coverage

SCRIPT = "coverage.sh"
_FOLDER = "respin.gcov"
_GCOV_SECONDS = 120.0


class CoverageCheck:
    """The check; see the module."""

    id: str = "coverage"
    title: str = "the KUnit suites run the lines that the series adds, but for those with a reason"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (*TOOLS, Tool("gcov", "gcc"), *oneshot.TOOLS)
    rules: Sequence[str] = ("B07", "R19")
    asked_by: str = "[coverage]"
    weight: Weight = Weight.HEAVY
    usual: float = 150.0
    version: int = 2

    def content(self, context: Context) -> Sequence[str]:
        """Every tree, for whose a line is follows from all of them; the guest's init; what no kernel may print."""
        trees = (commit.tree for commit in context.subject.commits)
        return (context.subject.base_tree, *trees, oneshot.script(SCRIPT), complaints.text())

    def run(self, context: Context) -> Sequence[Result]:
        """Build the last commit so that it counts, run its suites, and read the counters."""
        subject, plan = context.subject, context.subject.series.plan
        wanted = asked_for(plan.coverage)
        result = Result(self.id, self.scope, Status.SKIP, suites.untested(subject))
        if result.summary:
            return [result]
        started = time.monotonic()
        builder = make_builder(context, plan)
        last, sources = subject.commits[-1].sha, _sources(subject, wanted)
        with builder.tree.held():
            context.progress(self.id, "checking out")
            builder.tree.checkout(last)
            context.progress(self.id, "building")
            configuration = wanted.kunit.configuration
            made = image.make(
                builder,
                configuration,
                stamp=stamp_of(subject, last),
                jobs=context.jobs,
                variables=[f"GCOV_PROFILE_{Path(each).stem}.o=y" for each in sources if each.endswith(".c")],
            )
            context.progress(self.id, "in the guest")
            evidence = suites.boot(made, wanted.kunit, SCRIPT, builder.tree.source)
            texts = {each: (builder.tree.source / each).read_text("utf-8", "replace").splitlines() for each in sources}
        status, summary, findings = suites.judge(evidence, wanted.kunit, self.id, plan.allowed)
        lines = [builder.tree.checkout_line(last), *made.reproduce]
        if made.file:
            lines.append(oneshot.line(made, wanted.kunit))
        reproduce = " && ".join(lines)
        result = replace(result, seconds=time.monotonic() - started, reproduce=reproduce)
        if status is not Status.PASS or evidence.console is None:
            return [replace(result, status=status, summary=summary, findings=findings)]
        counters = gcov.counters(evidence.console)
        if lost := _lost(counters, made.build, sources):
            return [replace(result, status=Status.MISS, summary=lost)]
        context.progress(self.id, "reading the counters")
        counted = gcov.lines(_gcov(counters, made.build), root=str(builder.tree.source))
        told = [CoveredFile(each, texts[each], _owners(subject, each)) for each in sources]
        commits = [commit for commit in subject.commits if commit.name in wanted.patches]
        return [replace(one, reproduce=reproduce) if one.status is not Status.PASS else one
                for one in judge(commits, told, counted, wanted, replace(result, reproduce=""))]  # fmt: skip


def _sources(subject: Subject, wanted: Coverage) -> tuple[str, ...]:
    """Return the C files and headers of the guest's architecture that the patches in question touch."""
    paths = {path for commit in subject.commits if commit.name in wanted.patches for path in commit.paths}
    return tuple(sorted(objects.of_arch(_of_c(paths), wanted.kunit.configuration.arch)))


def _of_c(paths: Iterable[str]) -> Iterable[str]:
    return (path for path in paths if path.endswith((".c", ".h")))


def _lost(counters: gcov.Counters, build: Path, sources: Sequence[str]) -> str:
    """Say which counters did not arrive, or nothing."""
    if counters.damaged:
        return f"the guest's counters did not arrive whole: {counters.damaged[0]}"
    wanted = (str((build / each).with_suffix(".gcda")) for each in sources if each.endswith(".c"))
    missing = [each for each in wanted if each not in counters.files]
    return f"the guest has no counters of {missing[0]}" if missing else ""


def _gcov(counters: gcov.Counters, build: Path) -> str:
    """Run gcov on the counters beside the compiler's notes; return its JSON."""
    argv = ["gcov", "--json-format", "--stdout", "--branch-probabilities", *sorted(_copied(counters, build))]
    return process.run(argv, seconds=_GCOV_SECONDS, cwd=build / _FOLDER).text


def _copied(counters: gcov.Counters, build: Path) -> Iterable[str]:
    """Put the counters of this build, and the notes that belong to them, into a folder; yield their names there."""
    folder = build / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    for path, data in counters.files.items():
        notes = Path(path).with_suffix(".gcno")
        if ".." in notes.parts or not notes.is_relative_to(build) or not notes.is_file():
            continue
        name = Path(path).relative_to(build)
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
        shutil.copyfile(notes, copy.with_suffix(".gcno"))
        yield str(name)


def _owners(subject: Subject, path: str) -> dict[int, str]:
    span = f"{subject.base}..{subject.commits[-1].sha}"
    return blame.owners(git(subject.repository, "blame", "--porcelain", span, "--", path).text)

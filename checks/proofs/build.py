# SPDX-License-Identifier: GPL-2.0-only
"""B01, B02, R17: each patch builds in every configuration, and none brings a new diagnostic.

One pass over the commits, all configurations at each: the work tree moves forward once. The configurations that link
take all cores one after another, the others one core each beside one another: never more compilers than `jobs`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight
from checks.kernel import found, kconfig, objects, seed
from checks.kernel.observe import Builder, Observation, Point
from checks.kernel.points import CLANG, TOOLS, added, make_builder, points, stamp_of
from checks.kernel.unproved import Extent, extent
from checks.parallel import gather
from checks.parsers import compiler
from generator.git import open_tree
from patchset.counted import counted
from patchset.plan import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.contract import Context
    from generator.commit import Commit
    from patchset.plan import Configuration, Plan

UNPROVED = "unproved"
"""In a result's `data`: files of which it proves nothing, and why."""
Shown = Callable[[Sequence[Observation]], Extent]
"""Tells how much of a patch was compiled, by what all configurations showed of it."""
Observations = dict[tuple[int, str], Observation]
"""What was observed, by patch number and configuration name."""


class Build:
    """The check; see the module."""

    id: str = "build"
    title: str = "every patch builds in every configuration, without a new diagnostic"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (*TOOLS, CLANG)
    rules: Sequence[str] = ("B01", "B02", "R17")
    asked_by: str = "[[configuration]]"
    weight: Weight = Weight.HEAVY
    usual: float = 1500.0
    version: int = 2

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree and each patch's."""
        trees = (commit.tree for commit in context.subject.commits)
        return (context.subject.base_tree, *trees, *found.content(context))

    def run(self, context: Context) -> Sequence[Result]:
        """Build what no earlier run has built, and judge each patch by the one before it and by the base."""
        subject, matrix = context.subject, found.planned(context)
        plan = matrix.plan
        introduced: frozenset[str] = frozenset()
        judges = {}
        for commit, previous in zip(subject.commits, (0, *(each.number for each in subject.commits)), strict=False):
            introduced |= added(subject, commit)
            pending, shown = plan.introduces - introduced, _shown(context, commit, matrix)
            judges[commit.number] = functools.partial(judge, commit, previous, plan, pending=pending, shown=shown)

        def tell(number: int, seen: Observations) -> None:
            if number in judges and not _linked_last(plan, seen, number):
                context.found(judges[number](seen))

        seen = observe_all(context, plan, make_builder(context, plan), tell)
        return [each(seen) for each in judges.values()]


def _shown(context: Context, commit: Commit, matrix: found.FoundPlan) -> Shown | None:
    """Return what tells how much of a patch was compiled; None where the series itself says what that has to be."""
    left = matrix.left
    if left is None:
        return None
    with open_tree(context.subject.repository, commit.sha) as tree:
        gone = [path for path in commit.paths if tree.read(path) is None]

    def shown(seen: Sequence[Observation]) -> Extent:
        built = {each for one in seen for each in one.built}
        return extent(commit.paths, gone, built, {each for one in seen for each in one.read}, left)

    return shown


def observe_all(
    context: Context, plan: Plan, builder: Builder, tell: Callable[[int, Observations], None]
) -> Observations:
    """Return what every configuration shows at every point; no work tree is touched where all of it is known.

    Args:
        context: what is built.
        plan: the series' plan.
        builder: what builds it.
        tell: takes the number of a point that was built, and what was seen so far.
    """
    seen: Observations = {}
    for point in points(context.subject):
        for each in plan.configurations:
            if known := builder.known(each, point):
                seen[point.number, each.name] = known
    todo = [
        (point, [each for each in plan.configurations if (point.number, each.name) not in seen])
        for point in points(context.subject)
    ]
    if not any(configurations for _, configurations in todo):
        return seen
    with builder.tree.held():
        for point, configurations in todo:
            if configurations:
                seen |= _observe_point(context, builder, point, configurations)
                tell(point.number, seen)
        base = replace(points(context.subject)[0], last=True)
        for each in plan.configurations:
            if any(_linked_last(plan, seen, point.number, each.name) for point in points(context.subject)):
                # Would the untouched base link? Asked only where the answer decides whose fault it is.
                context.progress("build", f"the base: {each.name}, linked")
                builder.tree.checkout(base.sha)
                stamp = stamp_of(context.subject, base.sha)
                seen[0, each.name] = builder.observe(each, base, stamp=stamp, jobs=context.jobs)
    return seen


def _linked_last(plan: Plan, seen: Observations, number: int, name: str = "") -> bool:
    """Tell whether a configuration, or one of all, that links once has an error at a point: the base's, maybe."""
    names = [each.name for each in plan.configurations if each.link is Link.LAST and name in {"", each.name}]
    return any(seen[number, each].errors for each in names)


def _observe_point(
    context: Context, builder: Builder, point: Point, configurations: Sequence[Configuration]
) -> Observations:
    place = f"patch {point.number} of {len(context.subject.commits)}" if point.number else "the base"
    context.progress("build", f"{place}: checking out")
    builder.tree.checkout(point.sha)
    stamp = stamp_of(context.subject, point.sha)
    seen: Observations = {}
    for each in configurations:
        if each.link is not Link.NEVER:
            context.progress("build", f"{place}: {each.name}")
            builder.begin(each)
            seen[point.number, each.name] = builder.observe(each, point, stamp=stamp, jobs=context.jobs)
    small = [each for each in configurations if each.link is Link.NEVER]
    if not small:
        return seen
    first = seed.first((builder.folder(each), each) for each in small)
    for group in (first, [each for each in small if each not in first]):
        for each in group:
            builder.begin(each)
        context.progress("build", f"{place}: {', '.join(each.name for each in group)}")
        made = gather(
            [functools.partial(builder.observe, each, point, stamp=stamp, jobs=1) for each in group],
            workers=context.jobs,
        )
        seen |= {(point.number, each.name): one for each, one in zip(group, made, strict=True)}
    return seen


def judge(  # noqa: PLR0913, PLR0917 - what was seen, and what that can show
    commit: Commit,
    previous: int,
    plan: Plan,
    seen: Mapping[tuple[int, str], Observation],
    pending: frozenset[str],
    shown: Shown | None = None,
) -> Result:
    """Return the result of one patch.

    Args:
        commit: the patch.
        previous: the number of the one before it, 0 for the base.
        plan: the series' plan.
        seen: all observations.
        pending: symbols that no patch so far has added.
        shown: tells how much of the patch was compiled, where the matrix was found; of what was not, nothing is proved.
    """
    findings: list[Finding] = []
    broken: list[str] = []
    measured: list[dict[str, str | int | float | bool]] = []
    reproduce = ""
    for each in plan.configurations:
        now, before, base = seen[commit.number, each.name], seen[previous, each.name], seen[0, each.name]
        found, why = _judge_one(each, now, before, base, plan.introduces, pending)
        findings += found
        broken += why
        measured.append(_measured(each, now, found, why))
        if not reproduce and (why or any(one.severity is not Severity.NOTE for one in found)):
            reproduce = now.reproduce
    mine = [seen[commit.number, each.name] for each in plan.configurations]
    part = shown(mine) if shown else None
    findings += unproved(part) if part else _unbuilt(commit, plan)
    bad = sum(one.severity is not Severity.NOTE for one in findings)
    count, linked = sum(one.objects for one in mine), sum(one.linked for one in mine)
    told = f"{counted(len(mine), 'configuration')}, {counted(count, 'object')}, {linked} linked"
    status = Status.FAIL if bad else Status.ERROR if broken or not mine else Status.PASS
    summary = counted(bad, "new diagnostic") if bad else broken[0] if broken else "no new diagnostic"
    if part and part.left and status is Status.PASS:
        first, *more = part.left
        told += f"; not compiled: {first}" + (f", and {len(more)} more" if more else "")
    if part and not part.proved and status is Status.PASS:
        status, summary = Status.SKIP, f"nothing of it is compiled: {part.why}"
    return Result(
        "build",
        Scope.PATCH,
        status,
        summary if status is Status.SKIP else f"{summary} ({told})",
        sum(one.seconds for one in mine),
        commit.number,
        (*findings, *(Finding(Severity.NOTE, f"not proven: {why}", rule="R17") for why in broken)),
        reproduce,
        cached=bool(mine) and all(one.cached for one in mine),
        data={"configurations": measured, **({UNPROVED: dict(part.left)} if part and part.left else {})},
    )


def _measured(
    configuration: Configuration, now: Observation, found: Sequence[Finding], broken: Sequence[str]
) -> dict[str, str | int | float | bool]:
    """Return what a report tells of one configuration at one patch."""
    bad = sum(one.severity is not Severity.NOTE for one in found)
    return {
        "name": configuration.name,
        "title": configuration.title,
        "arch": configuration.arch,
        "status": (Status.FAIL if bad else Status.ERROR if broken else Status.PASS).value,
        "objects": now.objects,
        "linked": now.linked,
        "new": bad,
        "seconds": round(now.seconds, 1),
    }


def unproved(part: Extent) -> list[Finding]:
    """Say of each file that was not compiled, why."""
    return [Finding(Severity.NOTE, f"not compiled: {why}", path, rule="B01") for path, why in part.left.items()]


def _unbuilt(commit: Commit, plan: Plan) -> list[Finding]:
    """Say of each touched source of an architecture that no configuration is for, that it was not built."""
    sources = [path for path in commit.paths if path.endswith((".c", ".S"))]
    built = {path for each in plan.configurations for path in objects.of_arch(sources, each.arch)}
    text = "no configuration of the plan is for this architecture: not built"
    return [Finding(Severity.NOTE, text, path, rule="R17") for path in sources if path not in built]


def _judge_one(  # noqa: PLR0913, PLR0917 - three points of one configuration, and what it may lack
    configuration: Configuration,
    now: Observation,
    before: Observation,
    base: Observation,
    introduces: frozenset[str],
    pending: frozenset[str],
) -> tuple[list[Finding], list[str]]:
    """Return what a configuration shows of a patch, and why it proves nothing (mostly: not at all)."""
    name = configuration.name
    findings: list[Finding] = []
    broken = [f"[{name}] {now.broken}"] if now.broken else []
    for what, compared in (("the base", base), ("the patch before", before)):
        if compared.broken:
            broken.append(f"[{name}] nothing to compare with; {what}: {compared.broken}")
    took = {*configuration.refuses} - {line.symbol for line in now.refused} - pending
    findings += [
        Finding(Severity.ERROR, f"[{name}] CONFIG_{symbol} is set, though its dependencies are not met", rule="R17")
        for symbol in sorted(took if not now.broken else ())
    ]
    for line in kconfig.unmet(now.refused, pending | {*configuration.refuses}):
        if line.symbol in configuration.optional:
            findings.append(Finding(Severity.NOTE, f"[{name}] {line} cannot be expressed here", rule="R17"))
        elif line.symbol in introduces or line not in base.refused:
            findings.append(Finding(Severity.ERROR, f"[{name}] {line} did not take at this patch", rule="R17"))
        else:
            broken.append(f"[{name}] the base cannot express {line}")
    old = {each.identity for each in base.errors}
    if same := [each for each in now.errors if each.identity in old]:
        where = f"{same[0].file}:{same[0].line}"
        broken.append(f"[{name}] the untouched base does not build: {where}: {same[0].text}")
    for each in compiler.new(now.diagnostics, base.diagnostics, before.diagnostics):
        if each.identity in old:
            continue
        error = each.kind is compiler.DiagnosticKind.ERROR
        if not error and (base.broken or before.broken):
            continue
        severity, rule = (Severity.ERROR, "B01") if error else (Severity.WARNING, "B02")
        findings.append(Finding(severity, f"[{name}] {each.text}", each.file, each.line, rule))
    return findings, broken

# SPDX-License-Identifier: GPL-2.0-only
"""B04: sparse has no new complaint about the objects that the series touches.

`make C=2` runs it on every source whose object is asked for. The objects are made first, without it, so that what is
read is sparse's own words; kbuild's `CHECK` lines are the evidence that it ran.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from checks import cache
from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight, asked_for
from checks.kernel import found, kbuild, kconfig, objects
from checks.kernel.compared import RULE, ToolOutput, judge
from checks.kernel.points import TOOLS, make_builder, points, stamp_of
from checks.parsers import cleanup, compiler
from checks.parsers import sparse as parser
from generator import process
from generator.git import open_tree
from patchset.counted import counted
from patchset.plan import symbols

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from checks.contract import Context
    from checks.kernel.observe import Builder, Point
    from patchset.plan import Configuration

SPARSE = Tool("sparse", "sparse")
VARIABLES = ("C=2", "CHECK=sparse", "CF=-fmax-warnings=unlimited -fmax-errors=unlimited")
_NONE = "the configuration builds no object of the series"


class Sparse:
    """The check; see the module."""

    id: str = "sparse"
    title: str = "sparse has no new complaint about the objects that the series touches"
    scope: Scope = Scope.PATCH
    tools: Sequence[Tool] = (*TOOLS, SPARSE)
    rules: Sequence[str] = (RULE,)
    asked_by: str = "[[configuration]]"
    weight: Weight = Weight.HEAVY
    usual: float = 60.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree and each patch's."""
        trees = (commit.tree for commit in context.subject.commits)
        return (context.subject.base_tree, *trees, *found.content(context))

    def run(self, context: Context) -> Sequence[Result]:
        """Run it where no earlier run has, and compare."""
        subject, plan = context.subject, found.planned(context).plan
        configuration = asked_for(plan.fullest)
        builder = make_builder(context, plan)
        sources = sorted({path for commit in subject.commits for path in commit.paths if path.endswith(".c")})
        if plan.find:  # what others include is read with them
            sources = [path for path in builder.sources if path.endswith(".c")]
        toolchain = (*builder.toolchains[configuration.compiler], *context.programs.versions([SPARSE]))
        seen: dict[int, tuple[ToolOutput, float]] = {}
        keys = {
            point.number: cache.key(
                "sparse",
                self.version,
                configuration.arch,
                configuration.fragment,
                point.tree,
                *sources,
                *toolchain,
                str(builder.tree.folder),
            )
            for point in points(subject)
        }
        for point in points(subject):
            if known := _known(cache.read(context.cache, keys[point.number])):
                seen[point.number] = known, 0.0
        if todo := [point for point in points(subject) if point.number not in seen]:
            with builder.tree.held():
                for point in todo:
                    started = time.monotonic()
                    context.progress(self.id, f"patch {point.number}" if point.number else "the base")
                    said = _read(context, builder, configuration, point, sources)
                    seen[point.number] = said, time.monotonic() - started
                    if not said.broken:
                        cache.write(context.cache, keys[point.number], asdict(said))
        files = _files(context)
        results, before = [], 0
        for commit in subject.commits:
            (base, _), (old, _), (now, seconds) = seen[0], seen[before], seen[commit.number]
            told = (_told(base, files[0]), _told(old, files[before]), _told(now, files[commit.number]))
            status, summary, findings = judge(*told)
            if plan.find and status is Status.PASS and (why := _unread(commit.paths, now)):
                status, summary = Status.SKIP, why
            line = "" if status in {Status.PASS, Status.SKIP} else now.reproduce
            notes = tuple(_unchecked(now, files[before], files[commit.number]))
            results.append(
                Result(self.id, self.scope, status, summary, seconds, commit.number, (*findings, *notes), line)
            )
            before = commit.number
        return results


def _files(context: Context) -> dict[int, dict[str, bytes]]:
    """Return the touched C files and headers as they are at each point."""
    found = {}
    paths = sorted({path for one in context.subject.commits for path in one.paths if path.endswith((".c", ".h"))})
    for point in points(context.subject):
        with open_tree(context.subject.repository, point.sha) as tree:
            found[point.number] = {path: text for path in paths if (text := tree.read(path)) is not None}
    return found


def _guarded(path: str, text: bytes) -> dict[tuple[str, str], str]:
    """Return why sparse cannot tell whether locks are balanced, by file and function."""
    return {(path, each.name): why for each in cleanup.functions(text) if (why := cleanup.unlocked(each))}


def _told(said: ToolOutput, files: Mapping[str, bytes]) -> ToolOutput:
    """Leave out what sparse says of locks that it does not see being released."""
    doubted = {place for path, text in files.items() for place in _guarded(path, text)}
    return replace(said, diagnostics=tuple(each for each in said.diagnostics if _place(each) not in doubted))


def _unchecked(said: ToolOutput, before: Mapping[str, bytes], now: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield a note for each touched function whose locks sparse cannot check; one that it complains of at its line."""
    complaints = {_place(each): each for each in said.diagnostics}
    for path, text in now.items():
        fresh = {each.name for each in cleanup.touched(before.get(path, b""), text)}
        for (_, function), why in _guarded(path, text).items():
            if function in fresh:
                complaint = complaints.get((path, function))
                what = f"{complaint.text}: that proves nothing" if complaint else "its locks are not checked"
                yield Finding(Severity.NOTE, f"{what}: {why}", path, complaint.line if complaint else 0, RULE)


def _place(complaint: compiler.Diagnostic) -> tuple[str, str]:
    return complaint.file, cleanup.imbalanced(complaint.text)


def _read(
    context: Context, builder: Builder, configuration: Configuration, point: Point, sources: Sequence[str]
) -> ToolOutput:
    """Make the objects at one commit, then run sparse on their sources."""
    tree, build = builder.tree, builder.begin(configuration)
    tree.checkout(point.sha)
    configured = kconfig.configure(
        configuration, tree.source, build, stamp=stamp_of(context.subject, point.sha), cache=context.cache
    )
    if not configured.text:
        why = f"the kernel cannot be configured: {configured.why}"
        return ToolOutput(broken=why, reproduce=kconfig.line(configuration, tree.source, build))
    wanted = objects.built(
        objects.of_arch(sources, configuration.arch), symbols(configured.text), lambda path: _text(tree.source / path)
    )
    if not wanted:
        none = f"{_NONE}: nothing was read"
        return ToolOutput(extent=none) if context.subject.series.plan.find else ToolOutput(broken=none)
    environment = kbuild.environment(context.cache, tree.source)
    plain = kbuild.command(configuration, tree.source, build, wanted, context.jobs)
    argv = kbuild.command(configuration, tree.source, build, [*VARIABLES, *wanted], context.jobs)
    reproduce = " && ".join(
        (tree.checkout_line(point.sha), kconfig.line(configuration, tree.source, build), kbuild.line(argv))
    )
    log = build / "respin.sparse.log"
    for command in (plain, argv):
        with log.open("wb") as output:
            done = process.run(command, seconds=kbuild.SECONDS, env=environment, output=output, check=False)
        text = log.read_bytes().decode("utf-8", "replace")
        if done.returncode != 0:
            why = compiler.not_ours(text) or f"make ended with {done.returncode}; {log} tells why"
            return ToolOutput(broken=why, reproduce=reproduce)
    # kbuild checks files of its own too: scripts/mod/empty.c at every call.
    read = {name.removeprefix(f"{tree.source}/") for name in parser.checked(text)}
    if unread := [name for name in wanted if f"{name.removesuffix('.o')}.c" not in read]:
        return ToolOutput(broken=f"sparse was not run on {', '.join(unread)}", reproduce=reproduce)
    diagnostics = parser.parse(text, root=str(tree.source))
    return ToolOutput(diagnostics, counted(len(wanted), "object"), "", reproduce, _sources(wanted))


def _sources(wanted: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name.removesuffix('.o')}.c" for name in wanted)


def _unread(paths: Sequence[str], said: ToolOutput) -> str:
    """Say why sparse shows nothing of a patch, where its configuration was not made for it; empty where it does."""
    code = [path for path in paths if path.endswith((".c", ".h"))]
    if not code:
        return "it touches no C file"
    headers = any(path.endswith(".h") for path in code) and said.files
    return "" if headers or {*code} & {*said.files} else f"the configuration compiles none of it: {code[0]}"


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _known(value: Any) -> ToolOutput | None:  # noqa: ANN401 - JSON, as it was written
    try:
        said = ToolOutput(**value)
        diagnostics = (
            compiler.Diagnostic(**{**each, "kind": compiler.DiagnosticKind(each["kind"])})
            for each in value["diagnostics"]
        )
        return ToolOutput(tuple(diagnostics), said.extent, said.broken, said.reproduce, tuple(said.files))
    except (TypeError, KeyError, ValueError):
        return None

# SPDX-License-Identifier: GPL-2.0-only
"""B01, before anything is built: libclang reads the rendered files in memory, and finds no error that the base has not.

Each touched C file that the configuration compiles is parsed with kbuild's own flags, with the series' options y and n.
What the base says of the same file is compared as a set, line numbers left out; a file of which the base itself has a
fatal error is not checked, and said so.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight, asked_for
from checks.kernel import clang, found, objects
from checks.kernel.clang import Job
from checks.kernel.points import TOOLS
from checks.kernel.prepared import prepared
from generator.git import open_tree
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from checks.contract import Context, Subject
    from checks.kernel.clang import Error
    from checks.kernel.prepared import Prepared

RULE = "B01"
LIBRARY = Tool("libclang", "", (), extra="semantic")
VALUES = ("y", "n")
ErrorsSeen = dict[tuple[str, str], tuple["Error", ...]]
"""The errors of each file, by its path and the value of the series' options; the value is empty for the base."""


class Semantic:
    """The check; see the module."""

    id: str = "semantic"
    title: str = "the rendered files have no type error that the base has not, with the option y and n"
    scope: Scope = Scope.SERIES
    tools: Sequence[Tool] = (*TOOLS, LIBRARY)
    rules: Sequence[str] = (RULE, "R17")
    asked_by: str = "[[configuration]]"
    weight: Weight = Weight.GATE
    usual: float = 20.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree and the last commit's."""
        subject = context.subject
        return (subject.base_tree, *(commit.tree for commit in subject.commits[-1:]), *found.content(context))

    def run(self, context: Context) -> Sequence[Result]:
        """Parse what no earlier run has parsed, and compare."""
        started, subject = time.monotonic(), context.subject
        plan = found.planned(context).plan
        configuration = asked_for(plan.fullest)
        touched = sorted({path for commit in subject.commits for path in commit.paths})
        rendered = _files(subject, subject.commits[-1].sha, touched)
        with prepared(context, configuration, touched) as ready:
            context.progress(self.id, counted(len(touched), "file"))
            sources = [path for path in touched if path.endswith(".c") and path in rendered]
            read = functools.partial(_text, rendered, ready.source)
            built = {
                value: [
                    _source(each)
                    for each in objects.built(
                        objects.of_arch(sources, configuration.arch),
                        {**ready.config, **dict.fromkeys(plan.introduces, value)},
                        read,
                    )
                ]
                for value in VALUES
            }
            paths = built["y"]
            defines = tuple(f"-DCONFIG_{symbol}=1" for symbol in sorted(plan.introduces))
            ask = functools.partial(_ask, context, ready, rendered)
            with_it = {(path, "y"): Job(path, rendered=True, defines=defines) for path in paths}
            seen = ask(with_it | {(path, "n"): Job(path, rendered=True) for path in built["n"]})
            # The base is asked only about files of which there is something to compare.
            bad = dict.fromkeys(path for (path, _), errors in seen.items() if errors)
            old = (path for path in bad if (ready.source / path).is_file())
            seen |= ask({(path, ""): Job(path, rendered=False) for path in old})
        left = [path for path in sources if path not in paths and not clang.included(path, rendered)]
        status, summary, findings = judge(seen, paths, left)
        if plan.find and not paths:
            status, summary = Status.SKIP, f"nothing was read: {configuration.name} compiles no C file of the series"
        return [Result(self.id, self.scope, status, summary, time.monotonic() - started, 0, findings)]


def _ask(
    context: Context, ready: Prepared, rendered: Mapping[str, bytes], jobs: Mapping[tuple[str, str], Job]
) -> ErrorsSeen:
    """Parse, and return the errors by path and value."""
    errors = clang.parse(ready, rendered, list(jobs.values()), kept=context.cache, workers=context.jobs)
    return {unit: errors[job] for unit, job in jobs.items()}


def judge(seen: ErrorsSeen, paths: Sequence[str], left: Sequence[str] = ()) -> tuple[Status, str, tuple[Finding, ...]]:
    """Return the verdict on what was parsed.

    Args:
        seen: the errors of every file: of the base, and rendered with either value.
        paths: the files that were parsed.
        left: touched files that were not, as the configuration does not compile them.
    """
    findings: list[Finding] = []
    unchecked = 0
    for path in paths:
        base = seen.get((path, ""), ())  # a new file has no base to be compared with
        if fatal := [each for each in base if each.fatal]:
            unchecked += 1
            where = f"{fatal[0].file}:{fatal[0].line}"
            text = f"not checked: the base has a fatal error of its own: {where}: {fatal[0].text}"
            findings.append(Finding(Severity.NOTE, text, path, 0, RULE))
        else:
            findings += _fresh(path, seen, {each.identity for each in base})
    bad = len(dict.fromkeys(each for each in findings if each.severity is Severity.ERROR))
    text = "not checked: the configuration does not compile it"
    told = (*dict.fromkeys(findings), *(Finding(Severity.NOTE, text, path, 0, RULE) for path in left))
    checked = len(paths) - unchecked
    extent = f"{counted(checked, 'file')}, the option y and n" + (f"; {unchecked} not checked" if unchecked else "")
    if bad:
        return Status.FAIL, f"{counted(bad, 'new error')} ({extent})", told
    if not checked:
        return Status.ERROR, "no file could be checked: nothing was read", told
    return Status.PASS, f"no new error ({extent})", told


def _fresh(path: str, seen: ErrorsSeen, known: set[tuple[str, str]]) -> list[Finding]:
    """Return the errors of a file that the base has not, each once, with the values of the option that show it."""
    fresh: dict[tuple[str, str], tuple[Error, list[str]]] = {}
    for value in VALUES:
        for each in seen.get((path, value), ()):  # with the option n, a file of its own is not built
            if each.identity not in known and value not in fresh.setdefault(each.identity, (each, []))[1]:
                fresh[each.identity][1].append(value)
    return [
        Finding(Severity.ERROR, f"[option {' and '.join(values)}] {each.text}", each.file or path, each.line, RULE)
        for each, values in fresh.values()
    ]


def _files(subject: Subject, sha: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return the files that a commit has."""
    with open_tree(subject.repository, sha) as tree:
        found = ((path, tree.read(path)) for path in paths)
        return {path: text for path, text in found if text is not None}


def _source(made: str) -> str:
    return f"{made.removesuffix('.o')}.c"


def _text(rendered: Mapping[str, bytes], source: Path, path: str) -> str:
    if path in rendered:
        return rendered[path].decode("utf-8", "replace")
    file = source / path
    return file.read_text("utf-8", "replace") if file.is_file() else ""

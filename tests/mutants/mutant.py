# SPDX-License-Identifier: GPL-2.0-only
"""One broken series: how it is defined, how it is made, and whether what has to catch it does."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Context, Severity, Status, Subject
from checks.proofs.crash import SCENARIOS, CrashTest
from checks.registry import CHECKS
from checks.runner import run_checks
from generator.commit import Stamp, commit_all
from generator.git import line
from generator.render import render
from generator.rendering import RenderError, demand
from generator.store import opened
from generator.tree import Overlay
from patchset.loader import load, read
from patchset.toml import Table, Toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.contract import Check, Result
    from generator.base import Base
    from generator.tree import Tree
    from patchset.types import Series

STAMP = Stamp("A U Thor <author@example.org>", 1_700_000_000)
SERIES = "luks-kdump"
RENDER = "render"
"""The check that is no check: rendering on a base that has the series already."""


class Mutant(Table, frozen=True):
    """A text that is exchanged for another.

    Attributes:
        rule: what it breaks.
        file: a template, or a file of the definition.
        old: what stands there, once.
        new: what takes its place.
        check: the id of the check that has to catch it, `crash:SCENARIO`, `build:CONFIGURATION`, or `render`.
        says: what is in the message of one of its findings.
        fast: True where it is caught in seconds, or within a kernel that is built anyway.
    """

    rule: str
    file: str
    old: str
    new: str
    check: str
    says: str
    fast: bool = False


class _Mutants(Table, frozen=True):
    mutant: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True)
class Caught:
    """What came of one.

    Attributes:
        how: empty where nothing caught it, else the finding that did.
        told: what the check said in the end.
    """

    how: str
    told: str


def mutants(series: str = SERIES) -> tuple[Mutant, ...]:
    """Return all of a series, in the order of their file."""
    name = "mutants.toml" if series == SERIES else f"{series}.toml"
    text = resources.files("tests.mutants").joinpath(name).read_text("utf-8")
    return Toml(name, text).read(_Mutants).mutant


@contextlib.contextmanager
def broken(mutant: Mutant, whole: Series | None = None) -> Iterator[Series]:
    """Give a copy of the series with the mutant's text in it.

    Args:
        mutant: what is exchanged.
        whole: the series, where it is not the one that comes with respin.

    Raises:
        ValueError: what it exchanges does not stand there exactly once.
    """
    whole = whole or load(SERIES)
    with tempfile.TemporaryDirectory(prefix="respin-mutant-") as room:
        definition, templates = Path(room, "series"), Path(room, "c")
        shutil.copytree(Path(str(whole.folder)), definition, copy_function=shutil.copyfile)
        shutil.copytree(Path(str(whole.templates)), templates, copy_function=shutil.copyfile)
        file = (templates if mutant.file.endswith(".j2") else definition) / mutant.file
        text = file.read_text("utf-8")
        if text.count(mutant.old) != 1:
            raise ValueError(f"{mutant.file} has {text.count(mutant.old)} times {mutant.old!r}")
        file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        test, _, configuration = mutant.check.partition(":")
        if test == "build" and configuration:
            narrow(definition / "checks.toml", configuration)
        yield read(definition, templates)


def narrow(plan: Path, *names: str) -> None:
    """Leave only some configurations of a copied plan, each with both compilers; and nothing but the build."""
    blocks = re.split(r"(?m)^(?=\[)", plan.read_text("utf-8"))
    wanted = ("[build]", "[common]", *(f'[[configuration]]\nname = "{name}"\n' for name in names))
    kept = [block for block in blocks if block.startswith(wanted)]
    if len(kept) != len(wanted):
        raise ValueError(f"{plan} has not each of {', '.join(names)} once")
    plan.write_text("".join(kept), "utf-8")


def catch(mutant: Mutant, base: Base, cache: Path, jobs: int, whole: Series | None = None) -> Caught:
    """Find out whether the check that has to catch a mutant does; `whole` is as `broken` has it."""
    with broken(mutant, whole) as series:
        if mutant.check == RENDER:
            with base.open() as tree:
                return _twice(series, tree)
        try:
            results = prove(series, base, cache, jobs, check(mutant.check))
        except RenderError as error:
            return Caught("", f"it cannot be rendered: {error.message}")
    findings = [one for each in results for one in each.findings if one.severity is not Severity.NOTE]
    how = next((one.message for one in findings if mutant.says in one.message), "")
    failed = any(each.status is Status.FAIL for each in results)
    told = "; ".join(f"{each.status.value} {each.summary}" for each in results if each.status is not Status.PASS)
    return Caught(how if failed else "", told or "PASS")


def check(name: str) -> Check:
    """Return a check by its id; `crash:SCENARIO` is the crash test with that scenario alone."""
    test, _, scenario = name.partition(":")
    return CrashTest([SCENARIOS[scenario]]) if test == "crash" and scenario else CHECKS[test]


def prove(series: Series, base: Base, cache: Path, jobs: int, what: Check) -> tuple[Result, ...]:
    """Run one check on a series, rendered on a base."""
    with base.open() as tree:
        patches = demand(render(series, tree, with_tests=True), base.spec).patches
    with opened(base, cache, print) as store:
        commits = commit_all(store, patches, STAMP)
        tree_id = line(store.repository, "rev-parse", f"{store.base}^{{tree}}")
        repository, commit = store.repository, store.base
        subject = Subject(base.spec, base.name, base.version, repository, commit, tree_id, series, commits)
        return run_checks(Context(subject, cache, jobs), [what])


def _twice(series: Series, tree: Tree) -> Caught:
    """Render the true series, then the broken one on top: it has to see that all of it is there."""
    overlay = Overlay(tree)
    for patch in demand(render(load(SERIES), tree, with_tests=False), "the base").patches:
        for path, text in patch.files.items():
            overlay.write(path, text)
    try:
        verdict = demand(render(series, overlay, with_tests=False), "the base").verdict
    except RenderError as error:
        verdict = error.rendering.verdict
    return Caught("" if verdict == "already present" else f"rendered twice, the base is '{verdict}'", verdict)

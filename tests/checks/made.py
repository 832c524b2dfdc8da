# SPDX-License-Identifier: GPL-2.0-only
"""Small subjects, results and checks for the tests of the machinery around them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks.contract import Context, Result, Scope, Status, Subject, Tool, Weight
from generator.commit import Commit
from patchset.edits import Patch
from patchset.types import Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHA, TREE = "a" * 40, "b" * 40


def commit(number: int, *, name: str = "", sha: str = SHA, tree: str = TREE, tests: bool = False) -> Commit:
    stem = name or f"{number}-patch"
    return Commit(number, stem, f"fake: patch {number}", sha, tree, (f"kernel/{number}.c",), tests)


def subject(folder: Path, *commits: Commit, plan: str = "") -> Subject:
    """Return a subject whose series' folder holds nothing but a plan."""
    (folder / "checks.toml").write_text(plan)
    patches = tuple(
        Patch(subject=one.subject, edits=(), tests=one.tests, number=one.number, name=one.name, message="")
        for one in commits
    )
    series = digested(Series("fake", "a fake series", patches, {}, (), folder, folder), "c")
    return Subject("git:fake", "fake-6.1", "6.1.0", folder / "repository.git", SHA, TREE, series, commits)


def digested(series: Series, digit: str) -> Series:
    """Return a series whose digest does not follow from what a test writes beside it."""
    one = replace(series)
    vars(one)["digest"] = digit * 64
    return one


def reread(context: Context) -> Context:
    """Return a context whose series is read anew, as in a later run."""
    return replace(context, subject=replace(context.subject, series=digested(context.subject.series, "c")))


def context(folder: Path, *commits: Commit, plan: str = "", jobs: int = 2) -> Context:
    return Context(subject(folder, *commits, plan=plan), folder / "cache", jobs)


def result(status: Status, *, check: str = "fake", patch: int = 0, reproduce: str = "") -> Result:
    return Result(check, Scope.PATCH, status, f"it is {status}", 1.5, patch, (), reproduce)


@dataclass
class FakeCheck:
    """Returns what it is given, or raises it, and counts how often it was asked."""

    id: str
    answer: Sequence[Result] | Exception = ()
    tools: Sequence[Tool] = ()
    weight: Weight = Weight.LIGHT
    usual: float = 1.0
    asked_by: str = ""
    version: int = 1
    words: Sequence[str] = ("content",)
    title: str = "a fake"
    scope: Scope = Scope.PATCH
    rules: Sequence[str] = ()
    runs: int = 0
    order: list[str] = field(default_factory=list)
    step: str = ""

    def content(self, context: Context) -> Sequence[str]:
        del context
        return self.words

    def run(self, context: Context) -> Sequence[Result]:
        if self.step:
            context.progress(self.id, self.step)
        self.runs += 1
        self.order.append(self.id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


WHO = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER")
       for what, text in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "1700000000 +0000"))},
}  # fmt: skip


def git(where: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(where), *arguments], env=os.environ | WHO, capture_output=True, check=True)
    return done.stdout.decode().strip()


def committed(folder: Path, number: int, files: Mapping[str, str]) -> Commit:
    """Write files into a repository (made where it is not there) and commit them; number 0 is the base."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if text.startswith("#!"):
            file.chmod(0o755)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message=fake: patch {number}")
    sha, tree = git(folder, "rev-parse", "HEAD", "HEAD^{tree}").split()
    return Commit(number, f"{number}-patch", f"fake: patch {number}", sha, tree, tuple(sorted(files)), tests=False)

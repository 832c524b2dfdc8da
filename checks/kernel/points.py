# SPDX-License-Identifier: GPL-2.0-only
"""What is built of a subject, the base and every patch, and what builds it: checks that build share both."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.kernel import arch, kconfig, worktree
from checks.kernel.observe import Builder, Point
from checks.kernel.spared import Spared
from generator.git import git
from patchset.plan import Compiler

if TYPE_CHECKING:
    from checks.contract import Context, Subject
    from generator.commit import Commit
    from patchset.plan import Plan

TOOLS = (
    Tool("git", "git"),
    Tool("make", "make"),
    Tool("gcc", "gcc"),
    Tool("ld", "binutils"),
    Tool("flex", "flex"),
    Tool("bison", "bison"),
    Tool("bc", "bc"),
    Tool("perl", "perl"),
)
CLANG = Tool("clang", "clang")
_GIT_SECONDS = 60.0


def make_builder(context: Context, plan: Plan) -> Builder:
    """Return what builds this subject; the KUnit check shares it, and the folders with it."""
    touched = {path for commit in context.subject.commits for path in commit.paths}
    sources = {path for path in touched if path.endswith((".c", ".S"))}
    # What is found says what it built at each patch: users of a header at each, too.
    watched = tuple(sorted(touched)) if plan.find else None
    sources |= {*plan.sources} if plan.find else set()
    versions = context.programs.versions
    linker = versions(tool for tool in TOOLS if tool.name == "ld")
    compilers = {each: versions(tool for tool in (*TOOLS, CLANG) if tool.name == each) for each in Compiler}
    others = {name for each in plan.configurations if (name := arch.cross(each.arch))}
    foreign = versions(tool for tool in arch.compilers() if tool.name.removesuffix("gcc") in others)
    toolchains = {each: (*compiler, *linker, *foreign) for each, compiler in compilers.items()}
    tree = worktree.full(context)
    return Builder(tree, context.cache, tuple(sorted(sources)), plan.sources, toolchains, Spared(tree), watched)


def points(subject: Subject) -> tuple[Point, ...]:
    """Return the base and every commit, as what is built."""
    last = max((commit.number for commit in subject.commits if not commit.tests), default=0)
    trees = (subject.base_tree, *(commit.tree for commit in subject.commits))
    return (
        Point(0, subject.base, subject.base_tree, ""),
        *(
            Point(commit.number, commit.sha, commit.tree, before, last=commit.number == last)
            for commit, before in zip(subject.commits, trees, strict=False)
        ),
    )


def stamp_of(subject: Subject, sha: str) -> str:
    """Return an id of all Kconfig files at a commit: the base's tree, and what the series made of those it touches."""
    paths = sorted({path for commit in subject.commits for path in _kconfigs(commit)})
    return subject.base_tree + (_git(subject, "ls-tree", "-r", "--full-tree", sha, "--", *paths) if paths else "")


def added(subject: Subject, commit: Commit) -> frozenset[str]:
    """Return the Kconfig symbols that a patch adds."""
    paths = _kconfigs(commit)
    if not paths:
        return frozenset()
    return kconfig.introduced(_git(subject, "diff-tree", "-p", "-r", f"{commit.sha}^", commit.sha, "--", *paths))


def _kconfigs(commit: Commit) -> list[str]:
    return [path for path in commit.paths if PurePosixPath(path).name.startswith("Kconfig")]


def _git(subject: Subject, *arguments: str) -> str:
    return git(subject.repository, *arguments, seconds=_GIT_SECONDS).text

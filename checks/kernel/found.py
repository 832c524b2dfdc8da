# SPDX-License-Identifier: GPL-2.0-only
"""The plan that a series is built by: its own, or one whose matrix is found (`checks.kernel.matrix`).

What is found is kept: the checks of a run, and later ones, search once for the same trees.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from checks import cache
from checks.kernel import arch, kconfig, worktree
from checks.kernel.matrix import Matrix, TreeRequest, search
from checks.kernel.points import TOOLS, added, stamp_of
from checks.kernel.worktree import WorkTree
from generator.git import git, open_tree
from patchset.errors import InfrastructureError
from patchset.plan import symbols

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from checks.contract import Context
    from checks.kernel.users import Included
    from patchset.plan import Configuration, Plan

VERSION = 1
"""Raised with each change after which the same patches may get another matrix: it is part of the key."""
_PATTERNS = ("Kconfig*", "Makefile*", "Kbuild*", "/scripts/", "/include/")
"""What Kconfig needs of a tree, and make to start it."""
_GIT_SECONDS = 600.0
_INCLUDE = r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*/)?({})[>\"]"
_SAID = re.compile(r"#\s*include\s*[<\"]([^>\"]+)")


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan, and what its configurations cannot show.

    Attributes:
        plan: the series' own, or one with the matrix that was found.
        left: why a touched file is compiled by none of it; None where the series names its configurations itself.
    """

    plan: Plan
    left: Mapping[str, str] | None = None


def planned(context: Context) -> FoundPlan:
    """Return the plan that a series is built by.

    Raises:
        InfrastructureError: the kernel cannot be configured.
    """
    subject, plan = context.subject, context.subject.series.plan
    if not plan.find:
        return FoundPlan(plan)
    touched = sorted({path for commit in subject.commits for path in commit.paths})
    trees = (subject.base_tree, *(commit.tree for commit in subject.commits))
    name = cache.key("found", VERSION, *trees, *touched, *content(context), *context.programs.versions(TOOLS))
    introduces = frozenset(symbol for commit in subject.commits for symbol in added(subject, commit))
    matrix = _load(cache.read(context.cache, name))
    if matrix is None:
        matrix = _look(context, touched, introduces)
        cache.write(context.cache, name, msgspec.to_builtins(matrix))
    whole = replace(plan, configurations=matrix.configurations, sources=matrix.users, introduces=introduces)
    return FoundPlan(whole, matrix.left)


def content(context: Context) -> tuple[str, ...]:
    """Return what a plan that is found follows from, beside the trees and the tools; nothing where it is told."""
    if not context.subject.series.plan.find:
        return ()
    return (f"found {VERSION}", arch.native(), *context.programs.versions(arch.compilers()))


def _load(data: Any) -> Matrix | None:  # noqa: ANN401 - JSON, as it was written
    try:
        return msgspec.convert(data, Matrix)
    except msgspec.ValidationError:
        return None


def _look(context: Context, touched: list[str], introduces: Collection[str]) -> Matrix:
    """Search at the last commit, in a sparse work tree of its own."""
    subject = context.subject
    folder = worktree.trees(context) / f"{subject.base_tree[:16]}-found"
    tree, tip = WorkTree(folder, subject.repository, _PATTERNS), subject.commits[-1].sha
    with tree.held(), open_tree(subject.repository, tip) as files:
        tree.checkout(tip)
        texts: dict[str, str] = {}

        def read(path: str) -> str:
            if path not in texts:
                texts[path] = (files.read(path) or b"").decode("utf-8", "replace")
            return texts[path]

        def configure(configuration: Configuration) -> dict[str, str]:
            context.progress("build", f"looking for what compiles the touched files: {configuration.name}")
            build = tree.folder / configuration.name
            stamp = stamp_of(subject, tip)
            made = kconfig.configure(configuration, tree.source, build, stamp=stamp, cache=context.cache)
            if not made.text:
                hint = kconfig.line(configuration, tree.source, build)
                raise InfrastructureError(f"the kernel cannot be configured: {made.why}", hint=hint)
            return symbols(made.text)

        def grep(names: Collection[str], below: str) -> Included:
            return _grep(context, tip, names, below)

        return search(TreeRequest(read, configure, grep), touched, introduces, arch.usable())


def _grep(context: Context, tip: str, names: Collection[str], below: str) -> Included:
    """Return the include lines that name one of some files, below a folder."""
    context.progress("build", f"looking for users of {', '.join(sorted(names)[:3])}")
    pattern = _INCLUDE.format("|".join(re.escape(name) for name in sorted(names)))
    paths = [posixpath.join(below, f"*{ending}") for ending in (".c", ".h", ".S")]
    words = ("grep", "-z", "-E", "-e", pattern, tip, "--", *paths)
    done = git(context.subject.repository, *words, seconds=_GIT_SECONDS, check=False)
    rows = (row.removeprefix(f"{tip}:").partition("\0") for row in done.text.splitlines())
    return [(path, found[1]) for path, _, line in rows if (found := _SAID.search(line))]

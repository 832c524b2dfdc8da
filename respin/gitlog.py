# SPDX-License-Identifier: GPL-2.0-only
"""Messages and diffs of commits, as git shows them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from checks import cache
from checks.toolchain import GIT
from generator.git import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.contract import Context
    from generator.commit import Commit

VERSION = 1
"""Raised with each change after which the same commits are shown otherwise: it is part of the key."""


def diffs(repository: Path, commits: Sequence[Commit]) -> dict[int, str]:
    """Return each patch as git shows it, by number; undecodable bytes are replaced."""
    return {number: diff for number, (_, diff) in told(repository, commits).items()}


def told(repository: Path, commits: Sequence[Commit]) -> dict[int, tuple[str, str]]:
    """Return the message and the diff of each patch, by number: one git shows all of them.

    A null stands round each id, and none in a message; whatever else a diff may hold, it holds no commit's id that way.
    """
    if not commits:
        return {}
    shown = ("--format=%x00%H%x00%B%x00", "-p", "--no-renames", "--no-ext-diff", "--no-textconv")
    rest = git(repository, "log", "--no-walk=unsorted", *shown, *(one.sha for one in commits)).text
    made = {}
    for one, after in zip(commits, [*commits[1:], None], strict=True):
        rest = rest.partition(f"\0{one.sha}\0")[2]
        message, _, diff = rest.partition("\0")
        made[one.number] = message.strip(), (diff.partition(f"\0{after.sha}\0")[0] if after else diff).lstrip("\n")
    return made


def kept(context: Context) -> dict[int, tuple[str, str]]:
    """Return what `told` does of the commits of a run, or did when this git showed them last: no commit changes."""
    subject = context.subject
    name = cache.key("told", VERSION, *context.programs.versions([GIT]), *(one.sha for one in subject.commits))
    numbers = [one.number for one in subject.commits]
    match cache.read(context.cache, name):
        case [*rows] if len(rows) == len(numbers) and all(_row(one) for one in rows):
            return {number: (message, diff) for number, (message, diff) in zip(numbers, rows, strict=True)}
    made = told(subject.repository, subject.commits)
    with contextlib.suppress(OSError):  # a full disk makes no diff untrue
        cache.write(context.cache, name, [*made.values()])
    return made


def _row(row: object) -> bool:
    """Tell whether something is a message and a diff."""
    return isinstance(row, list) and [type(one) for one in row] == [str, str]

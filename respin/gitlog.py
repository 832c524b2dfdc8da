# SPDX-License-Identifier: GPL-2.0-only
"""Messages and diffs of commits, as git shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.git import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.commit import Commit


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

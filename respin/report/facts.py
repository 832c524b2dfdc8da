# SPDX-License-Identifier: GPL-2.0-only
"""What a report tells beside results: rules, diffs and messages of the series, and what checks say they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.git import git
from respin.report.model import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from checks.contract import Check, Subject
    from generator.commit import Commit


def collect(subject: Subject, checks: Iterable[Check]) -> Facts:
    """Read the facts of what was checked.

    Args:
        subject: what was checked; its repository is only read.
        checks: those that there are.

    Raises:
        InfrastructureError: git cannot read the commits.
        InputError: the rules cannot be read.
    """
    told = _told(subject.repository, subject.commits)
    diffs = {number: diff for number, (_, diff) in told.items()}
    messages = {number: message for number, (message, _) in told.items()}
    return Facts(tuple(checks), subject.series.rules, diffs, messages)


def diffs(repository: Path, commits: Sequence[Commit]) -> dict[int, str]:
    """Return each patch as git shows it, by number; undecodable bytes are replaced."""
    return {number: diff for number, (_, diff) in _told(repository, commits).items()}


def _told(repository: Path, commits: Sequence[Commit]) -> dict[int, tuple[str, str]]:
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

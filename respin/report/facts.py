# SPDX-License-Identifier: GPL-2.0-only
"""What a report tells beside results: rules, diffs and messages of the series, and what checks say they prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.git import git
from respin.report.model import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    repository, commits = subject.repository, subject.commits
    messages = {one.number: git(repository, "log", "-1", "--format=%B", one.sha).text.strip() for one in commits}
    return Facts(tuple(checks), subject.series.rules, diffs(repository, commits), messages)


def diffs(repository: Path, commits: Iterable[Commit]) -> dict[int, str]:
    """Return each patch as git shows it, by number; undecodable bytes are replaced."""
    options = ("--no-commit-id", "--no-renames", "--no-ext-diff", "--no-textconv", "-p", "-r")
    return {one.number: git(repository, "diff-tree", *options, one.sha).text for one in commits}

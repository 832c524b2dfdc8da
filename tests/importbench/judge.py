# SPDX-License-Identifier: GPL-2.0-only
"""Whether a tool did what Debian's maintainers did."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.git import git
from tests.importbench.history import tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.importbench.corpus import Case

RIGHT, REFUSED, WRONG = "right", "refused", "wrong"
VERDICTS = (RIGHT, REFUSED, WRONG)
SPACE = "but for white space"
LESS = "as far as the patch goes: Debian changed more"
ORDER = "but for the order of a defconfig, which means nothing"
OWN = "the patch's own lines: Debian wrote others"
EXCUSES = (SPACE, LESS, ORDER)
"""The notes of what is no mistake. That Debian wrote other lines says nothing of the place of these."""
_FILE = re.compile(r"^diff --git ", re.MULTILINE)
_HUNK = re.compile(r"^@@ -(\S+) \S+ @@.*\n", re.MULTILINE)


class Verdict(NamedTuple):
    """What a tool's tree is worth.

    Attributes:
        word: right, refused or wrong: equal to the truth, or not, and nothing between.
        note: of a wrong one, why it may be no mistake.
        said: of a refusal, what the tool said.
    """

    word: str
    note: str = ""
    said: str = ""


def judge(repository: Path, case: Case, tree: str | None, said: str = "") -> Verdict:
    """Compare the tree that a tool left, or None for a refusal, with the truth."""
    if tree is None:
        return Verdict(REFUSED, said=said)
    truth = tree_of(repository, case.truth)
    if tree == truth:
        return Verdict(RIGHT)
    if not git(repository, "diff", "-w", "--ignore-blank-lines", tree, truth).stdout:
        return Verdict(WRONG, SPACE)
    if _defconfigs(repository, tree, truth):
        return Verdict(WRONG, ORDER)
    ours, theirs = (_edits(repository, case.new_base, one) for one in (tree, truth))
    if ours and ours < theirs:
        return Verdict(WRONG, LESS)
    lines, asked, wanted = (
        _lines(repository, *pair)
        for pair in ((case.new_base, tree), (case.old_base, case.patch), (case.new_base, truth))
    )
    return Verdict(WRONG, OWN if lines == asked != wanted else "")


def _defconfigs(repository: Path, tree: str, truth: str) -> bool:
    """Tell whether two trees differ in the order of lines of defconfigs alone."""
    paths = git(repository, "diff", "--name-only", "--no-renames", "-z", tree, truth).text.split("\0")[:-1]
    return all(path.endswith("_defconfig") for path in paths) and all(
        sorted(git(repository, "show", f"{tree}:{path}").stdout.splitlines())
        == sorted(git(repository, "show", f"{truth}:{path}").stdout.splitlines())
        for path in paths
    )


def _lines(repository: Path, old: str, new: str) -> list[str]:
    """Return the lines that go and come between two trees, whatever the files are called."""
    diff = git(repository, "diff", "-U0", "--no-renames", old, new).stdout.decode("latin-1")
    parts = (hunk for part in _FILE.split(diff)[1:] for hunk in _HUNK.split(part)[2::2])
    return sorted(line for hunk in parts for line in hunk.splitlines())


def _edits(repository: Path, base: str, tree: str) -> set[tuple[str, str, str]]:
    """Return what a tree changes: the file, the place in the old file, and the text."""
    diff = git(repository, "diff", "-U0", "--no-renames", base, tree).stdout.decode("latin-1")
    found = set()
    for part in _FILE.split(diff)[1:]:
        head, *hunks = _HUNK.split(part)
        path = head.splitlines()[0]
        found |= {(path, place, text) for place, text in zip(hunks[::2], hunks[1::2], strict=True)}
    return found

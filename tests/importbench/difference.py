# SPDX-License-Identifier: GPL-2.0-only
"""What two versions of a patch differ in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.importbench.history import Applied

TEXT, CHANGE, OTHER = "same text", "same change", "other change"
GROUPS = {
    TEXT: "the same text",
    CHANGE: "the same change, other surroundings",
    OTHER: "the change itself differs",
}
_PLACE = re.compile(r"^(?:diff |index |similarity |--- |\+\+\+ |@@ ).*\n?", re.MULTILINE)


def group(repository: Path, one: Applied, other: Applied, *, same_file: bool) -> str:
    """Return the group of two versions: one file, the same lines taken out and put in, or neither.

    Args:
        repository: has the commits of both.
        one: a version.
        other: another.
        same_file: the patches are the same, byte for byte: nobody had to refresh it.
    """
    if same_file:
        return TEXT
    first, second = (_lines(repository, each) for each in (one, other))
    return CHANGE if first == second else OTHER


def _lines(repository: Path, one: Applied) -> str:
    """Return the lines that a commit takes out and puts in, wherever that is."""
    options = ("-U0", "--no-color", "--no-renames", "--binary")
    return _PLACE.sub("", git(repository, "diff", *options, one.base, one.commit).stdout.decode("latin-1"))

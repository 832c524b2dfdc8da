# SPDX-License-Identifier: GPL-2.0-only
"""Where a path of a tree leads when the links on its way are followed: the same in a commit and in a folder."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 40
"""As many links as Linux and git follow."""
SHOWN = 100
"""Characters of a link's target that are told."""


class PathKind(enum.Enum):
    """What stands at a path and is no link."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


def follow(path: str, look: Callable[[str], PathKind | str | None]) -> str | None:
    """Return where a path leads: to a regular file of the tree, by a path without links, or None.

    Args:
        path: from the top of the tree.
        look: tells what stands at a path without links: its kind, the target of a link, or None for nothing.

    Raises:
        InputError: a link leads out of the tree, to nothing, or in circles.
    """
    there, link, lost = _walk(path, look)
    if link and lost:
        raise InputError(f"{path} cannot be read: the link {link} {lost}", hint="mend the link in the base")
    return there


def _walk(path: str, look: Callable[[str], PathKind | str | None]) -> tuple[str | None, str, str]:
    """Return the file that a path leads to, the last link on the way, and how the way got lost."""
    todo, here, kind = path.split("/")[::-1], "", PathKind.FOLDER
    link, links = "", 0
    while todo:
        part = todo.pop()
        if part in {"", "."}:
            continue
        if kind is not PathKind.FOLDER:
            return None, link, "leads to nothing"
        if part == "..":
            if not here:
                return None, link, "leads out of the tree"
            here = here.rpartition("/")[0]
            continue
        there = f"{here}/{part}".lstrip("/")
        found = look(there)
        if found is None:
            return None, link, "leads to nothing"
        if isinstance(found, PathKind):
            here, kind = there, found
            continue
        link, links = f"{there} -> {found[:SHOWN]}", links + 1
        if found.startswith("/"):
            return None, link, "leads out of the tree"
        if links > MOST:
            return None, link, "leads in circles"
        todo += found.split("/")[::-1]
    return (here if kind is PathKind.FILE else None), link, ""

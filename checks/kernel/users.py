# SPDX-License-Identifier: GPL-2.0-only
"""Which sources to compile for a file that is compiled only where others include it: a header, a .c of another one.

Text says who might: what include lines name. Whether one did says the .cmd file of its object, once it is made.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

from checks.kernel import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    Included = Sequence[tuple[str, str]]
    """Files, and what an include line of each says between <> or quotes."""

MOST = 3
"""How many users of a file are compiled: the next one would show what they show."""
_DEEP = 3
"""Over how many headers a user is looked for."""
_LINE = re.compile(r"#\s*include\s*[<\"]([^>\"]+)[>\"]")
_ROOTS = re.compile(r"(?:arch/[^/]+/)?include/(?:uapi/|generated/)?")


def users(
    goals: Sequence[str],
    built: Callable[[Iterable[str]], Collection[str]],
    read: Callable[[str], str],
    grep: Callable[[Collection[str], str], Included],
    first: Collection[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Return for each file a few sources that a configuration compiles and that include it, those near it first.

    Args:
        goals: paths of what others include.
        built: returns those of some sources that the configuration compiles.
        read: returns a file's text, empty where it does not exist.
        grep: returns the include lines that name one of some files, by their last parts, below a folder.
        first: sources that are compiled in any case: where one of them includes a file, no other is named.
    """
    told = [(path, text) for path in first for text in _LINE.findall(read(path))]
    found = {goal: those for goal in goals if (those := tuple(path for path, text in told if names(path, text, goal)))}
    for goal in goals:
        if goal not in found:
            near = posixpath.dirname(goal)
            everywhere = _ROOTS.match(f"{near}/") is not None
            # Who includes a source stands beside it; a header may be meant for all.
            below = ("",) if everywhere else (f"{near}/",) if objects.is_source(goal) else (f"{near}/", "")
            found[goal] = next(filter(None, (_of(goal, built, grep, where) for where in below)), ())
    return {goal: those for goal, those in found.items() if those}


def _of(
    goal: str,
    built: Callable[[Iterable[str]], Collection[str]],
    grep: Callable[[Collection[str], str], Included],
    below: str,
) -> tuple[str, ...]:
    """Look for users below a folder, over a few headers that include the file."""
    wanted, seen = {goal}, {goal}
    for _ in range(_DEEP):
        by: dict[str, None] = {}
        for path, text in grep({posixpath.basename(each) for each in wanted}, below):
            if path not in seen and any(names(path, text, each) for each in wanted):
                by[path] = None
        sources = sorted((path for path in by if objects.is_source(path)), key=lambda path: (_far(path, goal), path))
        chosen: list[str] = []
        for path in sources:
            chosen += [path] if built([path]) else []
            if len(chosen) == MOST:
                break
        if chosen:
            return tuple(chosen)
        wanted = {path for path in by if path.endswith(".h")}
        seen |= wanted
        if not wanted:
            break
    return ()


def names(path: str, text: str, goal: str) -> bool:
    """Tell whether what an include line of a file says may be a file: beside it, or below a folder of headers."""
    if posixpath.normpath(posixpath.join(posixpath.dirname(path), text)) == goal:
        return True
    root = goal.removesuffix(text)
    return root != goal and (_ROOTS.fullmatch(root) is not None or (root.endswith("/") and _shared(path, root)))


def _shared(path: str, root: str) -> bool:
    """Tell whether a folder that is no place for all headers is one of a file's own driver."""
    own = path.split("/")[:2]
    return root.split("/")[:2] == own


def _far(path: str, goal: str) -> int:
    """Return how far a source is from a file: how many folders they do not share."""
    common = os.path.commonpath([posixpath.dirname(path), posixpath.dirname(goal)])
    return posixpath.dirname(path).count("/") + goal.count("/") - 2 * common.count("/") - (2 if common else 0)

# SPDX-License-Identifier: GPL-2.0-only
"""The `series` file of quilt, and what guilt, Debian and the kernels of SUSE add to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GUARD = re.compile(r"#?[+-][\w.-]+")
_STRIP = re.compile(r"-p(\d+|ab)")


class Row(NamedTuple):
    """A patch that a series file names.

    Attributes:
        name: its path, from the series file's folder.
        line: where it is named, from 1.
        strip: how many folders its paths have before those of the tree.
        reverse: True for one that is taken out.
        guard: the guard that keeps it out, as `+rt`; empty for a patch that is applied.
    """

    name: str
    line: int
    strip: int = 1
    reverse: bool = False
    guard: str = ""


def rows(text: str, name: str) -> Iterator[Row]:
    """Yield what a series file names, in order.

    A guard with a plus, before the name or as `#+guard` behind it, keeps a patch out until somebody chooses it; one
    with a minus does not.

    Raises:
        InputError: a line is none of a series.
    """
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        found, guard, strip, reverse = "", "", 1, False
        for word in words:
            if _GUARD.fullmatch(word) and not _STRIP.fullmatch(word) and (not found or word.startswith("#")):
                guard = guard or word.lstrip("#") * word.lstrip("#").startswith("+")
            elif word.startswith("#"):
                break
            elif not found:
                found = word
            elif match := _STRIP.fullmatch(word):
                strip = 1 if match[1] == "ab" else int(match[1])
            elif word == "-R":
                reverse = True
            else:
                raise InputError(f"{name}:{number}: unknown option '{word}' of a patch: there are -p0, -p1, -R")
        if found:
            yield Row(found, number, strip, reverse, guard)

# SPDX-License-Identifier: GPL-2.0-only
"""Which files of a patch no build has compiled, and why: what was not compiled is not proved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checks.kernel import objects
from checks.kernel.matrix import kernels

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_TEXT = frozenset({"MAINTAINERS", "CREDITS", "COPYING", ".gitignore", ".mailmap", "README"})
_TREE = frozenset({".dts", ".dtsi", ".dtso"})
_ELSEWHERE = "no object of a kernel: it has a makefile of its own"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a build shows of one patch.

    Attributes:
        proved: files that an object was made of.
        left: files that none was made of, with the reason.
        nothing: files of which no object is made anywhere, with what they are: text, Kconfig, a makefile, removed.
    """

    proved: tuple[str, ...]
    left: Mapping[str, str]
    nothing: Mapping[str, str]

    @property
    def why(self) -> str:
        """What to say of a patch of which nothing was compiled."""
        told = [f"{path}: {why}" for path, why in (*self.left.items(), *self.nothing.items())]
        return f"{told[0]}{f', and {len(told) - 1} more' if len(told) > 1 else ''}" if told else "it touches no file"


def extent(
    paths: Collection[str],
    gone: Collection[str],
    built: Collection[str],
    read: Collection[str],
    left: Mapping[str, str],
) -> Extent:
    """Return what is compiled of a patch.

    Args:
        paths: the files that it touches.
        gone: those of them that it removes.
        built: objects that are there after it.
        read: touched files that these were made of.
        left: why the matrix compiles a file nowhere, as far as that is known.
    """
    proved, open_, nothing = [], {}, {}
    for path in sorted(paths):
        if path in read or (objects.is_source(path) and f"{path[:-2]}.o" in built):
            proved.append(path)
        elif path in gone:
            nothing[path] = "removed"
        elif what := _no_code(path):
            nothing[path] = what
        else:
            open_[path] = left.get(path) or _unknown(path)
    return Extent(tuple(proved), open_, nothing)


def _no_code(path: str) -> str:
    """Return what a file is that no object is ever made of; empty where it is none of these."""
    name = PurePosixPath(path).name
    if path.startswith("Documentation/") or name in _TEXT or name.endswith((".rst", ".txt", ".md")):
        return "text"
    if name.startswith("Kconfig"):
        return "Kconfig, which was parsed"
    return "a makefile" if name.startswith(("Makefile", "Kbuild")) and kernels(path) else ""


def _unknown(path: str) -> str:
    if PurePosixPath(path).suffix in _TREE:
        return "a device tree: none is compiled"
    if not kernels(path):
        return f"{path.partition('/')[0]}/: {_ELSEWHERE}"
    if objects.is_source(path) or path.endswith(".h"):
        return "nothing that was compiled here reads it"
    return "respin knows no object that is made of it"

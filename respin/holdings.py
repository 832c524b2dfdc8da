# SPDX-License-Identifier: GPL-2.0-only
"""What the cache holds, how large it is, and what of it can go."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from checks.crash import kernel
from checks.kernel import worktree
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHAT = {
    "bases": "imported kernels",
    "trees": "work trees, and what was built in them",
    "ccache": "compiled objects",
    "crash": "kernels, disks and initramfs of the crash test",
    "results": "verdicts",
    "reports": "reports that are kept for the letter",
    "stores": "rendered commits",
    "apt": "lists of other suites of Debian",
    "watched": "what was last seen of bases that are watched",
}
"""The folders of the cache, and what they are for."""
_UNITS = "KMGT"
_STEP, _EXACT = 1024, 10
"""From one unit to the next, and below how many of them a decimal is told."""
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[KMGT]?)(?:i?B)?", re.IGNORECASE)


class Holding(NamedTuple):
    """One folder of the cache.

    Attributes:
        name: below the cache.
        size: in bytes, as the disk counts them.
        entries: how many files and folders lie right below it.
    """

    name: str
    size: int
    entries: int


def holdings(cache: Path) -> list[Holding]:
    """Return what the cache holds, in the order of `WHAT`."""
    present = [name for name in WHAT if (cache / name).is_dir()]
    return [Holding(name, size(cache / name), sum(1 for _ in (cache / name).iterdir())) for name in present]


def size(folder: Path) -> int:
    """Return how much of the disk a folder takes, in bytes; what goes meanwhile does not count."""
    total, todo = 0, [os.fspath(folder)]
    while todo:
        for one in _entries(todo.pop()):
            if one.is_dir(follow_symlinks=False):
                todo.append(one.path)
            try:
                total += one.stat(follow_symlinks=False).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return


def parsed(text: str) -> int:
    """Return the bytes that a size means: 500M, 20G.

    Raises:
        InputError: it is no size.
    """
    matched = _SIZE.fullmatch(text.strip())
    if matched is None:
        raise InputError(f"'{text}' is not a size", hint="e.g. 500M or 20G")
    power = _UNITS.find(matched["unit"].upper()) + 1 if matched["unit"] else 0
    return int(float(matched["number"]) * _STEP**power)


def told(size: int) -> str:
    """Return a size as du -h writes it: 1.9G, 532M."""
    value, unit = float(size), ""
    for larger in _UNITS:
        if value < _STEP:
            break
        value, unit = value / _STEP, larger
    return f"{value:.1f}{unit}" if unit and value < _EXACT else f"{value:.0f}{unit}"


def prune(cache: Path, most: int) -> Iterator[str]:
    """Remove what can be made again, what was used longest ago first, until the cache takes at most so many bytes.

    Those are the work trees, base by base, and then the crash test's kernels; what is in use stays.

    Yields:
        A line for each thing that went.
    """
    left = sum(one.size for one in holdings(cache))
    for _, trees in reversed(worktree.by_base((cache / "trees").resolve())):
        for tree in trees:
            if left <= most:
                return
            taken = size(tree)
            if worktree.drop(tree):
                left -= taken
                yield f"trees/{tree.name}: {told(taken)}"
    guests = cache / "crash"
    if left > most and (taken := size(guests)):
        kernel.forget(guests, keep=0)
        if went := taken - size(guests):
            yield f"kernels of the crash test: {told(went)}"

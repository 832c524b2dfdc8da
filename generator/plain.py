# SPDX-License-Identifier: GPL-2.0-only
"""Writing a rendered series into a plain directory, and taking it out again: all files or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.switch import switch
from generator.temporary import temporary
from patchset.errors import FindingsError, InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from generator.rendering import RenderedPatch
    from generator.tree import Tree

States = dict[str, bytes | None]
"""Texts by path; None is a file that does not exist."""


def states(patches: Sequence[RenderedPatch], tree: Tree) -> tuple[States, States]:
    """Return every touched file as the base has it, and as the whole series leaves it."""
    after: States = {}
    for patch in patches:
        after.update(dict.fromkeys(patch.removed))
        after.update(patch.files)
    return {path: tree.read(path) for path in after}, after


def apply(folder: Path, before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]) -> None:
    """Take a folder's files from one state to another.

    Args:
        folder: a plain copy of the base.
        before: what its files must be now.
        after: what they become.

    Raises:
        InputError: there is no such folder, or it cannot be written to.
        FindingsError: its files are not in the first state; nothing was changed.
        InfrastructureError: the disk is full; nothing was changed.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", hint="--to takes a plain copy of the base's tree")
    root = folder.resolve()
    targets = {path: _inside(root, path) for path in after}
    differing = sorted(path for path, target in targets.items() if _read(target) != before[path])
    if differing:
        why = (
            "is in the wanted state already"
            if holds(folder, after)
            else f"differs from the base in {', '.join(differing)}"
        )
        raise FindingsError(f"{folder} {why}; nothing was changed")
    try:
        with temporary(root) as room:
            new = {
                path: _staged(room / f"after-{number}", targets[path], after[path]) for number, path in enumerate(after)
            }
            switch(root, room, new)
    except OSError as error:
        raise InfrastructureError(f"cannot write to {folder}: {error.strerror}; nothing was changed") from None


def holds(folder: Path, state: Mapping[str, bytes | None]) -> bool:
    """Tell whether the files of a folder are in a state."""
    root = folder.resolve()
    return all(_read(_inside(root, path)) == text for path, text in state.items())


def _inside(root: Path, path: str) -> Path:
    """Return the file of a path; a link on the way that leaves the folder is refused."""
    target = root / path
    try:
        outside = target.is_symlink() or not target.resolve().is_relative_to(root)
    except RuntimeError:  # a loop of links, until Python 3.13
        outside = True
    if outside:
        raise InputError(f"{path} leads out of {root} through a link")
    return target


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes() if target.is_file() else None
    except OSError as error:
        raise InputError(f"{target} cannot be read: {error.strerror}") from None


def _staged(file: Path, target: Path, text: bytes | None) -> Path | None:
    """Write a file's new text, with the mode that it has."""
    if text is None:
        return None
    file.write_bytes(text)
    file.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
    return file

# SPDX-License-Identifier: GPL-2.0-only
"""Writing a rendered series into a plain directory, and taking it out again: all files or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from patchset.errors import FindingsError, InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.rendering import RenderedPatch
    from generator.tree import Tree

States = dict[str, bytes | None]
"""Texts by path; None is a file that does not exist."""


def states(patches: Sequence[RenderedPatch], tree: Tree) -> tuple[States, States]:
    """Return every touched file as the base has it, and as the whole series leaves it."""
    after: States = {}
    for patch in patches:
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
        done = all(_read(target) == after[path] for path, target in targets.items())
        why = "is in the wanted state already" if done else f"differs from the base in {', '.join(differing)}"
        raise FindingsError(f"{folder} {why}; nothing was changed")
    try:
        with contextlib.ExitStack() as stack:
            staged = {path: _stage(stack, target, after[path]) for path, target in targets.items()}
            _switch(targets, staged, before)
    except OSError as error:
        raise InfrastructureError(f"cannot write to {folder}: {error.strerror}; nothing was changed") from None


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


def _stage(stack: contextlib.ExitStack, target: Path, text: bytes | None) -> Path | None:
    """Write a file's new text beside it; it goes away again unless it was moved to its place."""
    if text is None:
        return None
    for missing in reversed([one for one in target.parents if not one.exists()]):
        missing.mkdir()
        stack.callback(_remove_empty, missing)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.respin-")
    stack.callback(Path(name).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
    Path(name).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
    return Path(name)


def _switch(targets: Mapping[str, Path], staged: Mapping[str, Path | None], before: Mapping[str, bytes | None]) -> None:
    """Move every file to its place; when that is cut short, put back what was there."""
    try:
        for path, target in targets.items():
            new = staged[path]
            if new is None:
                target.unlink()
            else:
                new.replace(target)
        for path, target in targets.items():
            if staged[path] is None:
                _remove_empty(*target.parents[: len(Path(path).parts) - 1])
    except BaseException:
        for path, target in targets.items():
            text = before[path]
            if text is None:
                target.unlink(missing_ok=True)
            elif _read(target) != text:
                target.write_bytes(text)
        raise


def _remove_empty(*folders: Path) -> None:
    """Remove folders, inner before outer, up to the first that holds something."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()

# SPDX-License-Identifier: GPL-2.0-only
"""Commits as patch files, exactly as `git format-patch` writes them, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from generator.git import git
from generator.room import room_in
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generator.commit import Commit
    from generator.store import Store


class Style(NamedTuple):
    """How patch files look.

    Attributes:
        signature: the line below each one's `-- `.
        base_line: True to end the first with the base's commit id (S01): not where the base is no commit.
    """

    signature: str
    base_line: bool


def write_patches(store: Store, commits: Sequence[Commit], folder: Path, style: Style) -> list[Path]:
    """Write one mail a commit into the user's folder: every file is whole before the first one appears there.

    Args:
        store: where the commits are.
        commits: in order, each on the one before, the first on the base.
        folder: the user's.
        style: how the files look.

    Returns:
        The files, in order: 0001-... .patch.

    Raises:
        InputError: the folder cannot be written to, or holds patches of another series.
        InfrastructureError: the disk is full, or git failed.
    """
    options = [
        *("--quiet", "--no-color", "--full-index", f"--signature={style.signature}"),
        *([f"--base={store.base}"] if style.base_line else []),
    ]
    with room_in(folder) as room:
        output = f"--output-directory={room.path.resolve()}"
        git(store.repository, "format-patch", *options, output, f"{store.base}..{commits[-1].sha}")
        files = sorted(room.path.glob("*.patch"))
        if len(files) != len(commits):
            raise InfrastructureError(f"git format-patch wrote {len(files)} files for {len(commits)} commits")
        return room.deliver(files)

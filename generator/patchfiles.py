# SPDX-License-Identifier: GPL-2.0-only
"""Commits as patch files, exactly as `git format-patch` writes them, all of them or none."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from generator.git import git
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.commit import Commit
    from generator.store import Store

_PATCH_FILE = re.compile(r"\d{4}-.*\.patch")


def format_patches(
    store: Store, commits: Sequence[Commit], folder: Path, *, signature: str, base_line: bool
) -> list[Path]:
    """Write one mail a commit into an existing, empty folder.

    Args:
        store: where the commits are.
        commits: in order, each on the one before, the first on the base.
        folder: where the files go: 0001-... .patch.
        signature: the line below each mail's `-- `.
        base_line: True to end the first mail with the base's commit id (S01): not where the base is no commit.

    Returns:
        The files, in order.
    """
    git(
        store.repository,
        "format-patch",
        "--quiet",
        "--no-color",
        "--full-index",
        f"--signature={signature}",
        *([f"--base={store.base}"] if base_line else []),
        f"--output-directory={folder.resolve()}",
        f"{store.base}..{commits[-1].sha}",
    )
    files = sorted(folder.glob("*.patch"))
    if len(files) != len(commits):
        raise InfrastructureError(f"git format-patch wrote {len(files)} files for {len(commits)} commits")
    return files


def write_patches(
    store: Store, commits: Sequence[Commit], folder: Path, *, signature: str, base_line: bool
) -> list[Path]:
    """Write the mails into the user's folder: every file is whole before the first one appears there.

    The arguments are those of `format_patches`.

    Raises:
        InputError: the folder cannot be written to, or holds patches of another series.
        InfrastructureError: the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".respin-") as room:
            made = format_patches(store, commits, Path(room), signature=signature, base_line=base_line)
            strangers = {one.name for one in folder.iterdir() if _PATCH_FILE.fullmatch(one.name)}
            strangers -= {one.name for one in made}
            if strangers:
                hint = "choose an empty folder, so that `git am *.patch` takes one series"
                raise InputError(f"{folder} holds other patches: {', '.join(sorted(strangers)[:3])}", hint=hint)
            blocked = [one.name for one in made if (folder / one.name).is_dir()]
            if blocked:
                raise InputError(f"{folder / blocked[0]} is a folder, where a patch file goes")
            return [one.replace(folder / one.name) for one in made]
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}") from None

# SPDX-License-Identifier: GPL-2.0-only
"""Commits as patch files, exactly as `git format-patch` writes them, all of them or none."""

from __future__ import annotations

import errno
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.git import git
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generator.commit import Commit
    from generator.store import Store

_PATCH_FILE = re.compile(r"(?:v\d+-)?\d{4}-.*\.patch")


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


@dataclass(frozen=True, slots=True)
class Posting:
    """How patches look as mails to be posted.

    Attributes:
        sender: `Name <mail>`; an author who is somebody else is named in the body (M02).
        date: of the cover, in seconds since the epoch.
        prefix: what stands before PATCH, or empty.
        version: of the series.
        signature: the line below each mail's `-- `.
        base_line: True to end the cover with the base's commit id (S01).
    """

    sender: str
    date: int
    prefix: str
    version: int
    signature: str
    base_line: bool


def format_mails(store: Store, commits: Sequence[Commit], folder: Path, posting: Posting) -> list[Path]:
    """Write a cover letter, still to be filled in, and one mail a commit into an existing, empty folder.

    Returns:
        The files, in order: 0000-cover-letter.patch first, with vN- before their names from the second version on.
    """
    name, _, address = posting.sender.rpartition(" ")
    committer = {
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": address.strip("<>"),
        "GIT_COMMITTER_DATE": f"@{posting.date} +0000",
    }
    options = [
        *("--cover-letter", "--full-index", "--no-color", "--quiet", "--no-thread", f"--signature={posting.signature}"),
        f"--from={posting.sender}",
        f"--subject-prefix={f'{posting.prefix} PATCH'.lstrip()}",
        *([f"--reroll-count={posting.version}"] if posting.version > 1 else []),
        *([f"--base={store.base}"] if posting.base_line else []),
        f"--output-directory={folder.resolve()}",
    ]
    git(store.repository, "format-patch", *options, f"{store.base}..{commits[-1].sha}", env=committer)
    files = sorted(folder.glob("*.patch"))
    if len(files) != len(commits) + 1:
        raise InfrastructureError(f"git format-patch wrote {len(files)} files for {len(commits)} commits and a cover")
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
    return write_all(
        folder, lambda room: format_patches(store, commits, room, signature=signature, base_line=base_line)
    )


def write_all(folder: Path, make: Callable[[Path], list[Path]]) -> list[Path]:
    """Let files be made aside, and move them into a folder once all of them are whole.

    Args:
        folder: the user's.
        make: writes files into the folder that it is given, and returns them.

    Raises:
        InputError: the folder cannot be written to, or holds patches of another series.
        InfrastructureError: the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".respin-") as room:
            made = make(Path(room))
            strangers = {one.name for one in folder.iterdir() if _PATCH_FILE.fullmatch(one.name)}
            strangers -= {one.name for one in made}
            if strangers:
                hint = "choose an empty folder, so that `git am *.patch` takes one series"
                raise InputError(f"{folder} holds other patches: {', '.join(sorted(strangers)[:3])}", hint=hint)
            blocked = [one.name for one in made if (folder / one.name).is_dir()]
            if blocked:
                raise InputError(f"{folder / blocked[0]} is a folder, where a file goes")
            return [one.replace(folder / one.name) for one in made]
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise InfrastructureError(f"cannot write to {folder}: {error.strerror}; nothing was changed") from None
        raise InputError(f"cannot write to {folder}: {error.strerror}") from None

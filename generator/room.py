# SPDX-License-Identifier: GPL-2.0-only
"""A place beside where patch files go, to make them in: a user's folder gets all of them or none."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from generator.switch import switch, take_back
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What is the disk's fault, and not that of whoever named a file on it."""
_PATCH_FILE = re.compile(r"(?:v\d+-)?\d{4}-.*\.patch")


class Room(NamedTuple):
    """A folder in a user's folder, which is gone afterwards.

    Attributes:
        folder: the user's.
        path: where files are made.
    """

    folder: Path
    path: Path

    def deliver(self, made: Sequence[Path]) -> list[Path]:
        """Move files that are whole to where they go; return them there.

        Raises:
            InputError: the folder cannot be written to, or holds patches of another series.
            InfrastructureError: the disk is full.
        """
        with telling(self.folder):
            strangers = {one.name for one in self.folder.iterdir() if _PATCH_FILE.fullmatch(one.name)}
            strangers -= {one.name for one in made}
            if strangers:
                hint = "choose an empty folder, so that `git am *.patch` takes one series"
                raise InputError(f"{self.folder} holds other patches: {', '.join(sorted(strangers)[:3])}", hint=hint)
            blocked = [one.name for one in made if (self.folder / one.name).is_dir()]
            if blocked:
                raise InputError(f"{self.folder / blocked[0]} is a folder, where a file goes")
            switch(self.folder, self.path, {one.name: one for one in made})
            return [self.folder / one.name for one in made]


@contextlib.contextmanager
def room_in(folder: Path) -> Iterator[Room]:
    """Open a user's folder, which is made where it is missing, and is gone again where nothing comes into it.

    What a run that was killed left there half delivered is taken back first.

    Raises:
        InputError: the folder cannot be written to.
        InfrastructureError: the disk is full.
        FindingsError: what was left half delivered was changed since.
    """
    missing: list[Path] = []
    try:
        with contextlib.ExitStack() as stack:
            with telling(folder):
                missing += [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
                folder.mkdir(parents=True, exist_ok=True)
                take_back(folder)
                path = stack.enter_context(temporary(folder))
            yield Room(folder, path)
    finally:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()


@contextlib.contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Say of what the disk refuses that it is about a folder.

    Raises:
        InputError: it may not be written to.
        InfrastructureError: the disk is full or broken.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK:
            raise InfrastructureError(f"cannot write to {folder}: {error.strerror}; nothing was changed") from None
        raise InputError(f"cannot write to {folder}: {error.strerror}") from None

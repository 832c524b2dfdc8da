# SPDX-License-Identifier: GPL-2.0-only
"""Bases: what a user names, found, identified and opened for reading; one kind of them a module.

To add a kind: a module here that satisfies `Provider`, and its line in KINDS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.bases.debian import Debian
from generator.bases.folder import FolderProvider
from generator.bases.git import Git
from generator.named import NoBaseError
from patchset.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Base, Say
    from generator.bases.provider import Provider

KINDS: tuple[Provider, ...] = (Debian(), FolderProvider(), Git())
"""All kinds, in the order in which they are asked; the last one takes what no other does, and says what is wrong."""


def find(words: str, cache: Path, say: Say) -> Base:
    """Find a base.

    Args:
        words: as the user named it.
        cache: respin's cache folder.
        say: takes lines that tell what is being waited for.

    Raises:
        InputError: there is no such path, revision or folder, it is no kernel, or git does not trust its owner.
        InfrastructureError: it could not be fetched, or the repository is damaged.
    """
    kind = next(one for one in KINDS if one.matches(words))
    try:
        return kind.open(words, cache, say)
    except NoBaseError as error:
        raise InputError(error.message, hint="; ".join(filter(None, (forms(), error.hint)))) from None


def forms() -> str:
    """Say how all kinds of bases are written."""
    *first, last = (one.form for one in reversed(KINDS))
    return f"a base is {', '.join(first)}, or {last}"

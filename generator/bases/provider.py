# SPDX-License-Identifier: GPL-2.0-only
"""What a kind of base is to the rest of respin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from generator.base import Base, Say


class OfferedBase(NamedTuple):
    """A base that can be named without a path.

    Attributes:
        words: how it is named.
        cached: True where it is in the cache already, False where it would be fetched.
    """

    words: str
    cached: bool


class Provider(Protocol):
    """One kind of base.

    Attributes:
        form: how it is written, for hints.
        names: how it is written without a path, and a pattern of that; so it may stand in the file of a tree, which may
            be a stranger's.
    """

    form: str
    names: Mapping[str, str]

    def matches(self, words: str) -> bool:
        """Tell whether words mean a base of this kind; one that is not there may be meant too."""

    def open(self, words: str, cache: Path, say: Say) -> Base:
        """Find the base, and fetch it where it has to be.

        Raises:
            NoBaseError: the words mean nothing that is here: the user is told how all kinds are written.
            InputError: there is none, or it is no kernel.
            InfrastructureError: it cannot be had.
        """

    def offers(self, cache: Path) -> Iterable[OfferedBase]:
        """Yield what can be named without a path and a look at the current folder; cached ones first."""

    def completions(self, begun: str, cache: Path) -> Iterable[str]:
        """Yield what a shell may make of a begun word; whatever does not begin with it is left out by who asks."""

# SPDX-License-Identifier: GPL-2.0-only
"""Plain directories as bases: `PATH`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generator.base import Base, checked, filed
from generator.switch import begun as half_written
from generator.theirs import holds_repository
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.base import Say
    from generator.bases.provider import OfferedBase


class FolderProvider:
    """A directory that is no repository, though it may lie in one."""

    form: str = "a plain folder's PATH"
    names: Mapping[str, str] = {}

    def matches(self, words: str) -> bool:
        """Tell whether words are the path of such a directory."""
        try:
            return bool(words) and Path(words).is_dir() and not holds_repository(Path(words))
        except OSError:  # too long for a path
            return False

    def open(self, words: str, cache: Path, say: Say) -> Base:
        """Find the base.

        Raises:
            InputError: it is no kernel, or a run that was killed has left it half written.
        """
        del cache, say
        folder = Path(words)
        if half_written(folder):
            hint = "`respin apply` or `respin apply --reverse` with --to this folder puts back what was there first"
            raise InputError(f"{folder} is half written: a run that applied a series was killed", hint=hint)
        return checked(Base(words, filed(folder.resolve().name) or "base", "", None, "", folder))

    def offers(self, cache: Path) -> tuple[OfferedBase, ...]:
        """Return none: they all have paths."""
        del self, cache
        return ()

    def completions(self, begun: str, cache: Path) -> tuple[str, ...]:
        """Return none: shells complete paths themselves."""
        del self, begun, cache
        return ()

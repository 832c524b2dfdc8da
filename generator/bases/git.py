# SPDX-License-Identifier: GPL-2.0-only
"""Git repositories as bases: `PATH[@REV[:FOLDER]]`, or a revision of the current one (generator/named.py)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from generator.base import Base, checked, filed
from generator.named import NoBaseError, named, repository_here, revisions
from generator.subfolder import committed, split
from generator.theirs import is_repository, resolve_commit
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.base import Say
    from generator.bases.provider import OfferedBase

_PLAIN = re.compile(r"\w[\w./+=-]*", re.ASCII)
"""A branch of a stranger may be called $(program), and what is completed stands on the command line unquoted."""


class Git:
    """A commit of a repository, or a folder in one."""

    form: str = "PATH[@REV[:FOLDER]], a revision of the current repository"
    names: Mapping[str, str] = {"@REV": r"@[A-Za-z0-9](?:(?!\.\.)[\w./~^+-])*"}

    def matches(self, words: str) -> bool:
        """Take whatever is no other kind's: most often what is wrong is a revision that is not there."""
        del self, words
        return True

    def open(self, words: str, cache: Path, say: Say) -> Base:
        """Find the base.

        Raises:
            NoBaseError: the words mean nothing that is here.
            InputError: there is no such revision or folder, it is no kernel, or git does not trust its owner.
            InfrastructureError: the repository is damaged.
        """
        place, revision = named(words)
        if not place.is_dir():
            raise NoBaseError(f"{place} is a file, not a folder")
        if not is_repository(place):
            raise InputError(f"{place} is not a git repository, so it has no revision '{revision}'")
        name = filed(place.resolve().name) or "base"
        revision, inside = split(revision)
        commit = resolve_commit(place, revision or "HEAD")
        whole = Base(words, f"{name}-{commit[:12]}", "", place, commit, None)
        if not inside:
            return checked(whole)
        repository, made = committed(place, commit, inside, cache, say)
        name = filed(f"{name}-{inside.rpartition('/')[2]}-{commit[:12]}")
        return checked(whole._replace(name=name, repository=repository, commit=made, origin=place))

    def offers(self, cache: Path) -> tuple[OfferedBase, ...]:
        """Return none: they all have paths, or are of the current folder."""
        del self, cache
        return ()

    def completions(self, begun: str, cache: Path) -> Iterator[str]:
        """Yield the revisions of the current repository, or of the one before the @."""
        del cache
        path, at, _ = begun.rpartition("@")
        folder = Path(path) if path else repository_here()
        if folder is not None and folder.is_dir():
            yield from (f"{path}{at}{one}" for one in revisions(folder) if _PLAIN.fullmatch(one))

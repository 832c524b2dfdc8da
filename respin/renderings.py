# SPDX-License-Identifier: GPL-2.0-only
"""Renderings that were committed before: what has the same base, definition, author and date has the same commits.

They are looked for in the store, each with what it changes. Where anything is missing the series is rendered again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from generator.commit import Commit
from generator.git import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checks.known import Known
    from generator.base import Base
    from generator.commit import Stamp
    from generator.store import Store
    from patchset.types import Series

KIND = "rendering"


class KeptRendering(NamedTuple):
    """What came of a rendering.

    Attributes:
        commits: in order.
        left: what was left out of it, in words.
        objects: what git says of the base's tree and of all that the commits bring, a line each.
    """

    commits: tuple[Commit, ...]
    left: str
    objects: tuple[str, ...]

    @property
    def base_tree(self) -> str:
        """The id of the base's tree."""
        return self.objects[0].partition(" ")[0]


def words(base: Base, series: Series, stamp: Stamp) -> tuple[str, ...]:
    """Return what a rendering of the series follows from, beside the program; none where the base is no commit."""
    return (base.commit, series.digest, stamp.author, str(stamp.date), str(stamp.signoff)) if base.commit else ()


def read(known: Known, what: Sequence[str]) -> KeptRendering | None:
    """Return what came of a rendering; None where it was not kept."""
    try:
        left, commits, objects = known.read(KIND, *what)
        made = tuple(Commit._make([*one[:5], tuple(one[5]), *one[6:]]) for one in commits)
        return KeptRendering(made, left, tuple(objects)) if made and objects else None
    except (TypeError, ValueError, IndexError):
        return None


def keep(known: Known, what: Sequence[str], kept: KeptRendering) -> None:
    """Keep what came of a rendering."""
    known.write(KIND, [kept.left, kept.commits, kept.objects], *what)


def objects(store: Store, commits: Sequence[Commit]) -> tuple[str, ...]:
    """Return what git says of the base's tree and of all that commits bring: id, kind and size, or that it is missing.

    A file's name leads through every tree that is new, so that a pack that was lost is seen.
    """
    asked = "".join(f"{one}\n" for one in _names(store.base, commits))
    return tuple(git(store.repository, "cat-file", "--batch-check", stdin=asked.encode()).text.splitlines())


def _names(base: str, commits: Sequence[Commit]) -> Iterator[str]:
    yield f"{base}^{{tree}}"
    for one in commits:
        yield one.sha
        yield from (f"{one.sha}:{path}" for path in one.paths)

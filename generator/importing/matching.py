# SPDX-License-Identifier: GPL-2.0-only
"""Which patch of a definition is which of a later version, and which of its edits."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from patchset.edits import Edit, Patch
    from patchset.snapshot import Folder
    from patchset.types import Series

_ALIKE = 0.5
"""How much of two patches, or of two edits, is the same where one became the other."""


class Text(NamedTuple):
    """What an edit does, wherever that is.

    Attributes:
        file: the file that it is in.
        old: what gives way.
        new: what takes its place.
    """

    file: str
    old: bytes
    new: bytes


def text_of(edit: Edit, templates: Folder) -> Text:
    """Return what an edit does."""
    texts = [templates.joinpath(one).read_bytes() if one else b"" for one in (edit.old, edit.template)]
    return Text(edit.files[0], texts[0], texts[1])


def patches(old: Series, new: Series) -> dict[str, str]:
    """Return the old name of each new patch, by its new one: it does the same, is called so, or is like it."""
    known = {one.name: one for one in old.patches if not one.tests}
    fresh = {one.name: one for one in new.patches}

    def does(series: Series, patch: Patch) -> list[Text]:
        return [text_of(one, series.templates) for one in patch.edits]

    mine = {name: does(old, one) for name, one in known.items()}
    theirs = {name: does(new, one) for name, one in fresh.items()}
    ways: tuple[Callable[[str, str], float], ...] = (
        lambda one, other: float(mine[one] == theirs[other]),
        lambda one, other: float(one == other),
        lambda one, other: float(known[one].subject == fresh[other].subject),
        lambda one, other: _alike(mine[one], theirs[other]),
    )
    return _paired(list(known), list(fresh), ways)


def edits(old: Patch, new: Patch, templates: Folder, others: Folder) -> dict[str, str]:
    """Return the old ids of new edits, by their new ones."""
    mine = {one.id: text_of(one, templates) for one in old.edits}
    theirs = {one.id: text_of(one, others) for one in new.edits}
    ways: tuple[Callable[[str, str], float], ...] = (
        lambda one, other: float(mine[one] == theirs[other]),
        lambda one, other: float(one == other and mine[one].file == theirs[other].file),
        lambda one, other: _alike([mine[one]], [theirs[other]]) if mine[one].file == theirs[other].file else 0.0,
    )
    return _paired(list(mine), list(theirs), ways)


def _paired(old: list[str], new: list[str], ways: Sequence[Callable[[str, str], float]]) -> dict[str, str]:
    """Pair names, each once: by the first of some ways that finds one, the likest first."""
    found: dict[str, str] = {}
    for way in ways:
        scores = [
            (-way(one, other), at, order, one, other)
            for order, one in enumerate(old)
            for at, other in enumerate(new)
            if one not in found.values() and other not in found
        ]
        for score, _, _, one, other in sorted(scores):
            if -score >= _ALIKE and one not in found.values() and other not in found:
                found[other] = one
    return found


def _alike(mine: Sequence[Text], theirs: Sequence[Text]) -> float:
    """Return how much of what some edits do is the same."""
    lines = [
        [line for one in some for text in one[1:] for line in text.split(b"\n") if line.strip()]
        for some in (mine, theirs)
    ]
    if not {one.file for one in mine} & {one.file for one in theirs}:
        return 0.0
    return difflib.SequenceMatcher(None, lines[0], lines[1], autojunk=False).ratio()

# SPDX-License-Identifier: GPL-2.0-only
"""Candidates for what a base refuses, each tried: written into its file, read again, and rendered.

The patches are rendered one after another, each on the base with those before it. For the ones that follow, the first
candidate of each edit is taken for granted: else all that builds on a refused edit would be refused with it.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from generator.lines import TOKEN, named
from generator.render import render
from generator.resolving.margin import Offer, cleared, taken
from generator.resolving.proposing import LEVELS, Proposer
from generator.tree import Overlay
from patchset.errors import InputError
from patchset.loader import revised
from patchset.snapshot import text, where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from generator.rendering import Failure, Rendering
    from generator.shared import Shared
    from generator.tree import Tree
    from patchset.edits import Edit, Patch
    from patchset.types import Series

MOST = 3
"""How many candidates an edit gets."""
_TRIALS = 12
_SHOWN, _WIDE = 16, 110
_SHORT = 3
"""A word of so many letters may be in two texts by chance."""


class Refused(NamedTuple):
    """An edit that a base refuses.

    Attributes:
        patch: its patch.
        at: its number in its patch, from 0.
        failure: what was looked for.
        offers: what helps, the likeliest first.
    """

    patch: Patch
    at: int
    failure: Failure
    offers: tuple[Offer, ...]


class Search(NamedTuple):
    """What looks through a whole base.

    Attributes:
        called: tells which files of the base are called as one is that it lacks.
        others: tells which files may have what an edit looked for.
    """

    called: Callable[[str], Sequence[str]]
    others: Callable[[Failure], Sequence[str]]


class Trial:
    """A series on a base.

    Args:
        series: the series.
        base: the base's files.
        name: how the user calls the base.
        shared: what was parsed so far.
        search: looks through the whole base.
    """

    def __init__(self, series: Series, base: Tree, name: str, shared: Shared, search: Search) -> None:
        self._series, self._base, self._name, self._shared = series, base, name, shared
        self._elsewhere, self._others = search
        self._state = Overlay(base)
        self._lost: set[str] = set()

    def refused(self) -> Iterator[Refused]:
        """Yield the edits that are refused, in order."""
        for patch in self._series.patches:
            rendering = self._render(self._series, patch)
            self._lost = {one.file for one in rendering.failures if one.missing}
            some = [self._tried(patch, one, rendering) for one in rendering.failures]
            together = self._with_first(patch, some) if any(one.offers for one in some) else None
            yield from self._belonging(some, together)
            rendering = together or rendering
            for made in rendering.patches:
                for path in made.removed:
                    self._state.remove(path)
                for path, content in made.files.items():
                    self._state.write(path, content)

    def _render(self, series: Series, patch: Patch) -> Rendering:
        """Render one patch on what those before it made."""
        one = next(each for each in series.patches if each.number == patch.number)
        alone = dataclasses.replace(series, patches=(replace(one, marker=""),), present=())
        return render(
            alone, self._state, with_tests=True, shared=self._shared, elsewhere=self._called, asked=self._base
        )

    def _called(self, path: str) -> Sequence[str]:
        """Return the files that are called as one is; of one that was looked for already, none."""
        return () if path in self._lost else self._elsewhere(path)

    def _text(self, patch: Patch) -> str:
        name = f"{patch.name}.toml"
        return cleared(text(self._series.folder, name), self._name, where(self._series.folder, name))

    def _tried(self, patch: Patch, failure: Failure, before: Rendering) -> Refused:
        """Return a refused edit with the candidates that help."""
        index = [one.id for one in patch.edits].index(failure.edit.id)
        proposer = Proposer(patch, self._state, self._series.templates, self._shared.sources)
        known = {one.edit.id for one in before.failures} - {failure.edit.id}
        offers: list[Offer] = []
        results: list[bytes] = []
        proposals = sorted(proposer.proposals(failure, self._others), key=lambda one: LEVELS.index(one.level))
        for one in proposals[:_TRIALS]:
            offer = Offer((f"{one.level}: {one.why}",), one.entries, one.head, one.more)
            after = self._after(patch, index, offer)
            if after is None or not _helps(failure.edit, after, known):
                continue
            path = str(one.entries.get("path", failure.file))
            then, now = (self._file(each, path) for each in (after, before))
            if then in results:
                continue
            results.append(then)
            made = next(each for each in after.made if each.edit.id == failure.edit.id)
            head = f"leaves it out: {made.skipped}" if made.skipped else f"{path}:{made.line}"
            offers.append(offer._replace(words=(*offer.words, head, *_shown(now, then))))
            if len(offers) == MOST:
                break
        return Refused(patch, index, failure, tuple(offers))

    def _after(self, patch: Patch, index: int, offer: Offer) -> Rendering | None:
        """Return the rendering of a patch with a candidate taken; None where it cannot be written."""
        file = where(self._series.folder, f"{patch.name}.toml")
        try:
            series = revised(self._series, patch, taken(self._text(patch), index, offer, file))
        except InputError:
            return None
        return self._render(series, patch)

    def _with_first(self, patch: Patch, some: Sequence[Refused]) -> Rendering:
        """Return the rendering of a patch with the first candidate of each of its edits taken."""
        file = where(self._series.folder, f"{patch.name}.toml")
        content = self._text(patch)
        for one in sorted(some, key=lambda each: -each.at):
            if one.offers:
                content = taken(content, one.at, one.offers[0], file)
        return self._render(revised(self._series, patch, content), patch)

    def _belonging(self, some: Sequence[Refused], together: Rendering | None) -> Iterator[Refused]:
        """Yield refused edits with a word on those that belong to one another, and on those that do not go together.

        Two do of which both have a word that is new to the base: what one declares, the other uses.
        """
        refused = {one.edit.id: one.reasons[0] for one in together.failures} if together else {}
        words = [self._fresh(one) if one.offers else set() for one in some]
        for at, one in enumerate(some):
            told = []
            for other, theirs in zip(some, words, strict=True):
                if other is not one and (shared := words[at] & theirs):
                    told.append(
                        f"take it together with one of edit {other.failure.edit.id}: `{min(shared)}` is in both"
                    )
            if one.failure.edit.id in refused and len(some) > 1:
                told.append(f"with candidate 1 of every other edit it is refused: {refused[one.failure.edit.id]}")
            offers = [each._replace(words=(each.words[0], *told, *each.words[1:])) for each in one.offers]
            yield one._replace(offers=tuple(offers))

    def _fresh(self, one: Refused) -> set[str]:
        """Return the words that an edit brings to the base's file."""
        edit = one.failure.edit
        texts = [
            self._series.templates.joinpath(path).read_bytes() if path else b"" for path in (edit.template, edit.old)
        ]
        made, known = (
            {*TOKEN.findall(text)} for text in (texts[0], texts[1] + (self._state.read(one.failure.file) or b""))
        )
        return {word.decode("utf-8", "replace") for word in made - known if named(word) and len(word) > _SHORT}

    def _file(self, rendering: Rendering, path: str) -> bytes:
        for one in rendering.patches:
            if path in one.files:
                return one.files[path]
        return self._state.read(path) or b""


def _helps(edit: Edit, after: Rendering, known: set[str]) -> bool:
    """Tell whether an edit is made, and no other refused for it.

    That it leaves lines which it should not may be the fault of another that is refused.
    """
    left = {one.edit.id for one in after.failures} - known
    return edit.id in {one.edit.id for one in after.made} and (not left or (left == {edit.id} and bool(known)))


def _shown(before: bytes, after: bytes) -> Iterator[str]:
    """Yield what a candidate changes, as a diff; of much, its beginning."""
    texts = [one.decode("utf-8", "replace").split("\n") for one in (before, after)]
    rows = list(difflib.unified_diff(texts[0], texts[1], n=2, lineterm=""))[2:]
    for row in rows[:_SHOWN]:
        shown = "".join(one if one.isprintable() or one == "\t" else "\ufffd" for one in row).expandtabs(8)
        yield (shown if len(shown) <= _WIDE else f"{shown[:_WIDE]}…").rstrip()
    if len(rows) > _SHOWN:
        yield f"… and {len(rows) - _SHOWN} more lines"

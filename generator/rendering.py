# SPDX-License-Identifier: GPL-2.0-only
"""What came of rendering a series on a base, and how to say it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from generator.spot import Evidence
from patchset.counted import counted
from patchset.errors import FindingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from patchset.edits import Edit, Patch


class Made(NamedTuple):
    """One edit that found its place, or was not wanted on this base.

    Attributes:
        patch: the patch's number.
        edit: the edit's definition.
        file: the edited file.
        line: where the fragment starts in the file as the edit found it, from 1; 0 for an edit that was not made.
        path: the #if path there.
        alternative: which of the anchors was used, from 1; 0 for an edit that was not made.
        skipped: why it was not made: the probe that decided; empty for one that was.
        evidence: why the place can be trusted.
    """

    patch: int
    edit: Edit
    file: str
    line: int = 0
    path: str = ""
    alternative: int = 0
    skipped: str = ""
    evidence: Evidence = Evidence.NAMED


class Failure(NamedTuple):
    """One edit that found no place.

    Attributes:
        patch: the patch's number.
        edit: the edit's definition.
        file: the file that was looked in.
        reasons: for each alternative, what was looked for and what is there instead.
        nearest: names like the one that was looked for, or all matches.
        hint: what to do.
        missing: True where the base has none of the edit's files.
        there: True where the base has already what the edit makes.
    """

    patch: int
    edit: Edit
    file: str
    reasons: tuple[str, ...]
    nearest: tuple[str, ...] = ()
    hint: str = ""
    missing: bool = False
    there: bool = False


class RenderedPatch(NamedTuple):
    """One patch as bytes.

    Attributes:
        patch: its definition.
        message: the whole commit message: subject, empty line, body.
        files: the new text of each file it changes, by path.
        modes: the modes of files that it makes or changes, where they are not what is usual.
        renamed: where the files were that it moves, by their new path.
        removed: the files that it takes away, those that it moves among them.
    """

    patch: Patch
    message: str
    files: Mapping[str, bytes]
    modes: Mapping[str, str] = MappingProxyType({})
    renamed: Mapping[str, str] = MappingProxyType({})
    removed: frozenset[str] = frozenset()


class Rendering(NamedTuple):
    """What came of rendering a series on a tree.

    Attributes:
        patches: the rendered patches; complete only where `failures` is empty.
        made: every edit that found its place or was not wanted.
        failures: every edit that did not.
        present: features of the base that make the series superfluous, in words (R20).
        markers: for each patch, by number, whether the base has it already.
        doubts: why a probe cannot tell what the base has, so that nobody knows which edits it needs.
    """

    patches: tuple[RenderedPatch, ...]
    made: tuple[Made, ...]
    failures: tuple[Failure, ...]
    present: tuple[str, ...]
    markers: Mapping[int, bool]
    doubts: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[Made, ...]:
        """The optional edits that the base has no file for."""
        return tuple(one for one in self.made if one.edit.optional and one.skipped == f"no {one.file}")

    @property
    def stayed(self) -> tuple[Made, ...]:
        """The edits that are made, without those that are refused for what comes of them."""
        refused = {(one.patch, one.edit.id) for one in self.failures}
        return tuple(one for one in self.made if (one.patch, one.edit.id) not in refused)

    @property
    def verdict(self) -> str:
        """One of: applies, already present, partly present, conflicts."""
        if self.present or (self.markers and all(self.markers.values())):
            return "already present"
        there = [one.there for one in self.failures]
        if there and all(there) and all(one.skipped for one in self.made):
            return "already present"
        if any(self.markers.values()) or any(there):
            return "partly present"
        return "conflicts" if self.failures or self.doubts else "applies"


class RenderError(FindingsError):
    """A base on which the series does not render; its message lists everything that is wrong."""

    several = True

    def __init__(self, rendering: Rendering, base: str) -> None:
        self.rendering = rendering
        super().__init__(describe(rendering, base), hint=f"`respin explain {base}` shows every edit with its place")


def demand(rendering: Rendering, base: str) -> Rendering:
    """Return a rendering that is whole.

    Raises:
        RenderError: it is not: the feature is there already, edits found no place, or none was wanted.
    """
    if rendering.verdict != "applies" or not rendering.patches:
        raise RenderError(rendering, base)
    return rendering


def without(rendering: Rendering) -> str:
    """Say which patches and which optional edits were left out, and for want of what; empty where none was."""
    told = []
    for number in dict.fromkeys(one.patch for one in rendering.made):
        why = {one.skipped for one in rendering.made if one.patch == number}
        if "" not in why:
            told.append(f"left out: patch {number} ({', '.join(sorted(why))})")
    if left := [f"{one.edit.id} ({one.skipped})" for one in rendering.left_out]:
        told.append(f"left out, being optional: {', '.join(left)}")
    return "; ".join(told)


def describe(rendering: Rendering, base: str) -> str:
    """Say in full what is wrong with a base."""
    if rendering.present:
        return f"{base} has it already: {'; '.join(rendering.present)}"
    there = [str(number) for number, here in rendering.markers.items() if here]
    if there:
        if len(there) == len(rendering.markers):
            return f"{base} has the whole series already"
        return f"{base} has a part of the series already: patch {', '.join(there)} of {len(rendering.markers)}"
    if not (rendering.failures or rendering.doubts):
        return f"{base} has no use for any patch of the series: every edit is skipped"
    blocks = []
    if rendering.doubts:
        blocks = [f"cannot tell what {base} has:", *(f"  {why}" for why in rendering.doubts)]
        blocks.append("  mend the probe's patterns in series.toml, so that one of them is what this base has")
    if rendering.failures:
        blocks.append(f"{counted(len(rendering.failures), 'edit')} found no place in {base}:")
    for alike in _alike(rendering.failures):
        failure = alike[0]
        edits = ", ".join(one.edit.id for one in alike)
        which = f"patch {failure.patch}, edit {edits}" if len(alike) == 1 else f"edits {edits}"
        lines = [f"{which}, {failure.file}", *(f"    {why}" for why in failure.reasons)]
        if failure.nearest:
            lines.append(f"    nearest: {'; '.join(failure.nearest)}")
        if failure.hint:
            lines.append(f"    {failure.hint}")
        blocks.append("  " + "\n".join(lines))
    return "\n".join(blocks)


def _alike(failures: Sequence[Failure]) -> list[list[Failure]]:
    """Put together the edits that failed at the same file for the same reason: one that is not there, or is CRLF."""
    groups: dict[tuple[object, ...], list[Failure]] = {}
    for one in failures:
        groups.setdefault((one.file, one.reasons, one.nearest, one.hint), []).append(one)
    return list(groups.values())


def fitting(rendering: Rendering) -> str:
    """Say how many of the edits that a base needs found their place: `81 of 82 edits fit`."""
    fit = sum(1 for one in rendering.stayed if not one.skipped)
    return f"{fit} of {counted(fit + len(rendering.failures), 'edit')} fit"

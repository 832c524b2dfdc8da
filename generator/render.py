# SPDX-License-Identifier: GPL-2.0-only
"""Rendering a series on a tree: pure, from definition and bytes to new bytes.

1. The edits of a patch are looked for in each file as the patch finds it, so that a file is parsed once a patch.
2. An edit that has no place there, or one that touches what an earlier edit of the patch writes, is looked for in the
   file as the edits before left it.
3. What is found is written at the end of the patch; the next one sees it.

An edit that finds no place does not stop the others, so that one run reports everything that is wrong with a base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.anchor import condition, resolve
from generator.batch import Batch
from generator.cpp import is_dead, opposed
from generator.filewise import Filewise
from generator.fragment import Fragments, LacksError
from generator.leftover import left_over
from generator.merge import MergeError, merged
from generator.probe import answer, answers, doubt, first
from generator.rendering import Failure, Made, RenderedPatch, Rendering
from generator.shared import Shared
from generator.sound import unsound
from generator.spot import AnchorError, Effect, Evidence
from generator.tree import Overlay
from generator.window import Window, present
from patchset.anchors import WHOLE, Place
from patchset.edits import TEMPLATE
from patchset.errors import InputError
from patchset.snapshot import where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generator.spot import Spot
    from generator.tree import Tree
    from patchset.anchors import Anchor
    from patchset.edits import Edit, Patch, Present
    from patchset.types import Series


def render(  # noqa: PLR0913 - one parameter a fact
    series: Series,
    tree: Tree,
    *,
    with_tests: bool,
    shared: Shared | None = None,
    elsewhere: Callable[[str], Sequence[str]] | None = None,
    asked: Tree | None = None,
) -> Rendering:
    """Render a series; never raises for what a base lacks: see `Rendering.failures`.

    Args:
        series: the definition.
        tree: the base's files.
        with_tests: True for the patches with tests, too.
        shared: what the renderings on other bases left.
        elsewhere: tells which files of the base are called as one is that it lacks.
        asked: what probes are asked of, where the tree has patches of the series already.

    Raises:
        InputError: a template is wrong, whatever the base.
    """
    patches = series.chosen(with_tests=with_tests)
    asked = asked or tree
    work = _Work(series, tree, shared or Shared(), elsewhere, asked)
    present = tuple(_present(one, work.probes) for one in series.present if work.probes[one.probe])
    marked = {patch.number: series.probes[patch.marker] for patch in patches if patch.marker and not patch.tests}
    markers = {number: answer(probe, tree, work.sources) for number, probe in marked.items()}
    there = present or any(markers.values())
    doubts = () if there else tuple(filter(None, (doubt(*one, asked, work.sources) for one in series.probes.items())))
    wanted = tuple(one for one in map(work.patch, () if there else patches) if one.files or one.removed)
    return Rendering(wanted, tuple(work.made), tuple(work.failures), present, markers, doubts)


def _present(feature: Present, probes: Mapping[str, bool]) -> str:
    """Say that a base has a feature, and which architectures make use of it."""
    uses = [arch for arch, probe in feature.passes.items() if probes[probe]]
    lacks = [arch for arch, probe in feature.passes.items() if not probes[probe]]
    parts = (("used on", uses), ("there but not used on", lacks))
    told = "; ".join(f"{how} {', '.join(archs)}" for how, archs in parts if archs)
    return f"{feature.what} ({told})" if told else feature.what


_WIDEST = 160
_ADD = "add an anchor that fits this base to the edit's `at`"


class _Work:
    """One rendering on its way.

    Attributes:
        sources: what was parsed so far.
        probes: what the untouched base has.
        made: the edits so far that found their place or were not wanted.
        failures: the edits so far that did not.
    """

    def __init__(
        self,
        series: Series,
        tree: Tree,
        shared: Shared,
        elsewhere: Callable[[str], Sequence[str]] | None,
        asked: Tree,
    ) -> None:
        self._elsewhere = elsewhere
        self.sources = shared.sources
        self.probes = answers(series.probes, asked, self.sources)
        self.made: list[Made] = []
        self.failures: list[Failure] = []
        self._overlay = Overlay(tree)
        self._batches: dict[str, Batch] = {}
        self._found: dict[str, bytes] = {}
        self._folder, self._templates = series.folder, series.templates
        self._fragments = Fragments(series.templates, self.probes, shared.compiler)
        self._filewise = Filewise(self._overlay, self._fragments)

    def patch(self, patch: Patch) -> RenderedPatch:
        """Make a patch's edits; what they change is the patch."""
        before, gone = dict(self._overlay.changed), set(self._overlay.removed)
        for edit in patch.edits:
            self._edit(patch, edit)
        for path, batch in self._batches.items():
            self._overlay.write(path, batch.settle())
        self._batches.clear()
        self.failures += left_over(self.made, patch, self._overlay, self._fragments)
        broken = {one.file for one in self.failures if one.patch == patch.number}
        judged = {path: (text, self._overlay.read(path) or b"") for path, text in self._found.items()}
        judged = {path: texts for path, texts in judged.items() if path not in broken}
        self.failures += unsound(self.made, patch, judged, self._fragments, self.sources)
        self._found.clear()
        modes, renamed = self._filewise.taken()
        now = self._overlay.changed.items()
        files = {path: text for path, text in now if path in modes or path in renamed or before.get(path) != text}
        body = self._fragments.text(patch.message, where(self._folder, f"{patch.name}.txt")).strip("\n")
        message = f"{patch.subject}\n\n{body}".rstrip("\n") + "\n"
        removed = frozenset(self._overlay.removed - gone)
        return RenderedPatch(patch, message, files, modes, renamed, removed)

    def _edit(self, patch: Patch, edit: Edit) -> None:
        path, text = first(edit.files, self._overlay)
        decided = [f"not {name}" for name in edit.when if not self.probes[name]]
        decided += [name for name in edit.unless if self.probes[name]]
        whole = edit.at[0].scope in WHOLE
        said = {one.path: self._overlay.read(one.path) for one in edit.at if one.path}
        if text is None and said:
            path, text = next(((one, has) for one, has in said.items() if has is not None), (path, None))
        if text is None and not whole and not edit.optional and (there := self._moved(patch, path)):
            path, text = there, self._overlay.read(there)
        if edit.optional and text is None and not whole:
            decided.append(f"no {path}")
        if decided:
            self.made.append(Made(patch.number, edit, path, skipped=decided[0]))
            return
        found = self._whole(patch, edit) if whole else self._change(patch, edit, path, text)
        for other, has in said.items():
            if isinstance(found, Failure) and has is not None and other != path:
                made = self._change(patch, edit, other, has)
                found = found if isinstance(made, Failure) else made
        if isinstance(found, Failure):
            self.failures.append(found)
        else:
            self.made.append(found)

    def _moved(self, patch: Patch, path: str) -> str:
        """Return the one file of the same name in which all edits of a patch have their place, or an empty string."""
        known = self._elsewhere(path) if self._elsewhere else ()
        edits = [one for one in patch.edits if one.files[0] == path and one.at[0].inner == "lines"]
        found = []
        for there in known:
            batch = Batch(self._overlay.read(there) or b"")
            places = [self._resolve(patch, one, there, batch) for one in edits]
            spots = [one[1].evidence for one in places if not isinstance(one, Failure)]
            if edits and len(spots) == len(edits) and (len(known) == 1 or {*spots} == {Evidence.SAME}):
                found.append(there)
        return found[0] if len(found) == 1 else ""

    def _does(self, edit: Edit, patch: Patch, anchor: Anchor) -> Effect:
        """Return what an edit does; of a template that is Jinja2 nobody knows what it inserts before it is made."""
        plain = edit.template and not edit.template.endswith(TEMPLATE)
        raw = self._fragments.raw
        gone = b"".join(raw(one.old) for one in patch.edits if one.old and one.files == edit.files)
        dead = any(map(is_dead, edit.cond))
        if isinstance(anchor.text, str):
            return Effect(self._old(edit, anchor), anchor.text.encode(), gone=gone, dead=dead)
        new = raw(edit.template) if plain else b""
        return Effect(self._old(edit, anchor), new, edit.needs, gone, dead, edit.uses, edit.locks, edit.despite)

    def _old(self, edit: Edit, anchor: Anchor) -> bytes:
        """Return the lines that give way to an edit; none where an alternative puts it between lines."""
        if anchor.place not in {Place.REPLACE, Place.DELETE}:
            return b""
        if isinstance(anchor.old_text, str):
            return anchor.old_text.encode()
        return self._fragments.raw(edit.old) if edit.old else b""

    def _whole(self, patch: Patch, edit: Edit) -> Made | Failure:
        """Make an edit that is about a file; what waits to be written into it is written before."""
        for path in (*edit.files, edit.at[0].name):
            if path in self._batches:
                self._overlay.write(path, self._batches.pop(path).settle())
        return self._filewise.make(patch.number, edit)

    def _change(self, patch: Patch, edit: Edit, path: str, text: bytes | None, first: int = 0) -> Made | Failure:
        """Make an edit in a file, by one of its alternatives from a number on."""
        if text is None:
            hint = "name the file that took its place in the edit's `files`"
            why = f"the base has none of {', '.join(edit.files)}"
            return Failure(patch.number, edit, path, (why,), hint=hint, missing=True)
        if b"\r\n" in text:
            hint = "check the base out with core.autocrlf=false"
            return Failure(patch.number, edit, path, ("the file has CRLF line ends",), hint=hint)
        batch = self._batches.get(path) or Batch(text)
        if edit.at[0].inner == "lines":
            self._found.setdefault(path, text)
        found = self._resolve(patch, edit, path, batch, first)
        if batch.begun and (isinstance(found, Failure) or batch.meets(found[1])):
            batch.settle()
            found = self._resolve(patch, edit, path, batch, first)
        if isinstance(found, Failure):
            return self._there(patch, edit, batch.text, found)
        made = self._made(patch, edit, path, batch, found)
        if isinstance(made, Failure):
            other = next((at for at in range(found[0] + 1, len(edit.at)) if isinstance(edit.at[at].old_text, str)), 0)
            again = self._change(patch, edit, path, text, other) if other else made
            return self._there(patch, edit, batch.text, made) if isinstance(again, Failure) else again
        index, spot, here = found
        line = batch.line(spot.start)
        batch.put(spot, made)
        self._batches[path] = batch
        evidence = Evidence.MOVED if path not in edit.files and spot.evidence is Evidence.SAME else spot.evidence
        return Made(patch.number, edit, path, line, here, index + 1, evidence=evidence)

    def _there(self, patch: Patch, edit: Edit, text: bytes, failure: Failure) -> Failure:
        """Return a failure, with another reason where the base has already what the edit makes."""
        anchor, change = edit.at[0], self._does(edit, patch, edit.at[0])
        if anchor.inner != "lines":
            return failure
        sides = [(one or "").encode() for one in (anchor.after, anchor.before)]
        line = present(Window(sides[0], change.old, sides[1], new=change.new), text)
        if not line:
            return failure
        why = f"it is there already, in line {line}"
        return failure._replace(reasons=(why,), nearest=(), hint="the base has this change, or one like it", there=True)

    def _made(self, patch: Patch, edit: Edit, path: str, batch: Batch, found: tuple[int, Spot, str]) -> bytes | Failure:
        """Return what takes the place that was found."""
        index, spot, _ = found
        line = batch.line(spot.start)
        there = batch.text[spot.start : spot.end]
        try:
            fragment = self._fragment(edit.at[index], edit, path, batch.text, spot)
        except MergeError as error:
            why = f"line {line} is not as it was, and {error}: `{_short(there.decode('utf-8', 'replace'))}`"
            told = f", and into {edit.template} what becomes of it" if edit.template else ""
            hint = f"write into {edit.old} what this base has there{told}"
            return Failure(patch.number, edit, path, (why,), hint=hint)
        except LacksError as error:
            wanted, shown = _short(error.wanted), _short(error.text)
            why = f"line {line} has no `{wanted}` for {edit.template} to replace: `{shown}`"
            hint = "this base's text differs: add a template for it, and a probe that tells which one is right"
            return Failure(patch.number, edit, path, (why,), hint=hint)
        if fragment == there:
            would = f"line {line} is what {edit.template} would make of it"
            why = would if fragment else f"{edit.template} makes nothing that could go to line {line}"
            return Failure(patch.number, edit, path, (why,))
        return fragment

    def _resolve(
        self, patch: Patch, edit: Edit, path: str, batch: Batch, first: int = 0
    ) -> tuple[int, Spot, str] | Failure:
        """Return the first alternative that has one place under acceptable conditions, the place, and its #if path."""
        text = batch.text
        reasons: list[str] = []
        errors: list[AnchorError] = []
        elsewhere = ""
        named = path in {anchor.path for anchor in edit.at}
        for index, anchor in enumerate(edit.at):
            if index < first or bool(anchor.path) != named or anchor.path not in {"", path}:
                continue
            try:
                spot = resolve(anchor, path, text, self.sources, self._does(edit, patch, anchor))
            except AnchorError as error:
                reasons.append(f"looked for {anchor}: {error.reason}")
                errors.append(error)
                continue
            here = condition(path, text, spot.start, self.sources)
            same = spot.evidence in {Evidence.SAME, Evidence.MOVED}
            if here in edit.cond or (same and not all(opposed(one, here) for one in edit.cond)):
                return index, spot, "" if same else here
            line = batch.line(spot.start)
            wanted = " or ".join(_under(one) for one in edit.cond)
            reasons.append(f"looked for {anchor}: found in line {line} {_under(here)}, where {wanted} is expected")
            elsewhere = f"if that is right, add '{here}' to the edit's `cond`"
        hint = elsewhere or next(filter(None, (error.hint for error in errors)), _ADD)
        nearest = next((error.nearest for error in errors if error.nearest), ())
        return Failure(patch.number, edit, path, tuple(reasons), nearest, hint)

    def _fragment(self, anchor: Anchor, edit: Edit, path: str, text: bytes, spot: Spot) -> bytes:
        """Return what takes the place of a spot."""
        old = text[spot.start : spot.end]
        if anchor.inner == "lines":
            fragment = self._fragments.fragment(edit.template, path, "") if edit.template else b""
            fragment = anchor.text.encode() if isinstance(anchor.text, str) else fragment
            gone = self._old(edit, anchor)
            return merged(gone, old, fragment, exact=path.endswith(".S")) if gone else fragment
        if anchor.place is Place.DELETE:
            return b""
        fragment = self._fragments.fragment(edit.template, path, old.rstrip(b"\n").decode("utf-8", "surrogateescape"))
        if anchor.place is Place.REPLACE:
            return fragment.strip(b"\n").lstrip(b" \t") + (b"\n" if old.endswith(b"\n") else b"")
        if fragment and not fragment.endswith(b"\n"):
            raise InputError(f"{where(self._templates, edit.template)} has no newline at end of file")
        return b"\n" + fragment if text and spot.start == len(text) and not text.endswith(b"\n") else fragment


def _short(text: str) -> str:
    """Return a text as one line that a person can read."""
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…"


def _under(path: str) -> str:
    return f"under #if {path}" if path else "under no #if"

# SPDX-License-Identifier: GPL-2.0-only
"""A later version of some patches, taken into the definition that was made of an earlier one.

1. The definition is rendered on the base, and imported again: what it has beyond that was made by hand.
2. Each new patch is matched with an old one, and its edits with that one's (`matching`).
3. An edit that does the same is kept as it is, where it gives the same tree. One that does something else gets the new
   texts and the new anchor in front, and what was made by hand stays behind it.
4. What was made by hand for a text that has changed, or gives another tree on the base, becomes a comment.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from generator.commit import Stamp, commit_all
from generator.git import line, open_tree
from generator.importing import matching, writing
from generator.importing.applying import changed, texts
from generator.importing.definition import Writer
from generator.importing.incoming import Incoming
from generator.importing.matching import text_of
from generator.importing.pen import ASIDE, BEHIND, KEPT, Pen
from generator.render import render
from generator.resolving.margin import remarks
from generator.tree import CachedTree, Overlay
from patchset.errors import InputError
from patchset.loader import FILE, TEMPLATES, assembled, revised
from patchset.snapshot import Snapshot, files_below, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from generator.importing.applying import Applied
    from generator.importing.matching import Text
    from generator.shared import Shared
    from generator.store import Store
    from generator.tree import Tree
    from patchset.anchors import Anchor
    from patchset.edits import Edit, Patch
    from patchset.types import Series

_LIST = re.compile(r"""(?m)^patches[ \t]*=[ \t]*\[(?:[^]"'#]|"[^"\n]*"|'[^'\n]*'|\#[^\n]*)*\]""")


class Updated(NamedTuple):
    """A definition of a later version.

    Attributes:
        files: what changes, by path; None for a file that goes.
        told: what became of what, a line each.
    """

    files: dict[str, bytes | None]
    told: tuple[str, ...]


class Versions(NamedTuple):
    """The definitions that an update is made of.

    Attributes:
        old: the one that is there.
        again: what import makes of its patches on the base; None where it does not render there.
        new: what import makes of the new patches.
    """

    old: Series
    again: Series | None
    new: Series


def again(old: Series, store: Store, shared: Shared) -> Series | None:
    """Return what import makes of the patches that a definition renders to; None where it does not render.

    Args:
        old: the definition.
        store: has the base, and takes the commits.
        shared: what was parsed so far.
    """
    with open_tree(store.repository, store.base) as tree:
        rendering = render(old, CachedTree(tree), with_tests=False, shared=shared)
    if rendering.verdict != "applies" or len(rendering.patches) != sum(not one.tests for one in old.patches):
        return None
    commits = commit_all(store, rendering.patches, Stamp("respin <respin@localhost>", 0))
    trees = [line(store.repository, "rev-parse", f"{store.base}^{{tree}}"), *(one.tree for one in commits)]
    patches = [
        Incoming(one.patch.name, one.patch.author, one.patch.date, one.patch.subject, "", b"")
        for one in rendering.patches
    ]
    applied = changed(patches, trees, store.repository)
    made = Writer(texts(applied, store), shared.sources).made(applied, old.name, old.title)
    return in_memory(made.files)


def in_memory(files: Mapping[str, bytes]) -> Series:
    """Return the series that some files make, by path."""
    folder = Snapshot(Path(), files)
    return assembled(folder, folder.joinpath(TEMPLATES))


class Update:
    """An update on its way.

    Args:
        versions: what it is made of.
        tree: the base.
        applied: the new patches, applied.
        blobs: their files, by blob.
        shared: what was parsed so far.
    """

    def __init__(
        self, versions: Versions, tree: Tree, applied: Sequence[Applied], blobs: Mapping[str, bytes], shared: Shared
    ) -> None:
        self._old, self._again, self._new = versions
        self._tree, self._applied, self._blobs, self._shared = tree, applied, blobs, shared
        self._state = Overlay(tree)
        self._files: dict[str, bytes | None] = {}
        self._told: list[str] = []
        self._ids = {one.id for patch in self._old.patches for one in patch.edits}
        self._paths = {path for path, _ in held(self._old)}
        self._written = _anchors(self._again) if self._again else {}

    def made(self) -> Updated:
        """Return the definition of the later version."""
        names = matching.patches(self._old, self._new)
        old = {one.name: one for one in self._old.patches}
        order: list[str] = []
        for patch, applied in zip(self._new.patches, self._applied, strict=True):
            was = names.get(patch.name, "")
            order.append(self._same(old[was], patch, applied) if was else self._fresh(patch))
            self._go_on(applied)
        for one in self._old.patches:
            if one.name not in names.values() and not one.tests:
                self._removed(one)
        before = [one.name for one in self._old.patches if not one.tests]
        stayed = [one for one in before if one in order]
        if stayed != [one for one in order if one in stayed]:
            self._told.append("the patches have another order")
        if order != before:
            self._listed([*order, *(one.name for one in self._old.patches if one.tests)])
        self._swept()
        return Updated(self._files, tuple(self._told))

    def _go_on(self, applied: Applied) -> None:
        for path, content in self._wanted(applied).items():
            if content is None:
                self._state.remove(path)
            else:
                self._state.write(path, content)

    def _wanted(self, applied: Applied) -> dict[str, bytes | None]:
        """Return the files that a patch leaves; None for those that it takes away."""
        found: dict[str, bytes | None] = {one.was: None for one in applied.changes if one.was}
        return found | {one.path: None if one.gone else self._blobs[one.blobs[1]] for one in applied.changes}

    def _same(self, was: Patch, new: Patch, applied: Applied) -> str:
        """Take a patch that was there before; return its name, which stays."""
        before = text(self._old.folder, f"{was.name}.toml")
        told: list[str] = []
        for mode in (KEPT, BEHIND, ASIDE):
            pen = Pen(self, was, new, mode)
            content = pen.text(before)
            told = pen.told
            if mode == ASIDE or self._right(was, content, pen.fragments, applied):
                break
        self._files |= {f"{TEMPLATES}/{path}": body for path, body in pen.fragments.items()}
        self._ids |= pen.ids
        self._paths |= {f"{TEMPLATES}/{path}" for path in pen.fragments}
        if content != before:
            self._files[f"{was.name}.toml"] = content.encode()
        if was.message != new.message:
            self._files[f"{was.name}.txt"] = new.message.encode()
            told.append(f"{was.name}: the message is that of the new version")
        if was.subject != new.subject:
            told.append(f"{was.name}: renamed to `{new.subject}`")
        self._told += told
        return was.name

    def _right(self, was: Patch, content: str, fragments: Mapping[str, bytes], applied: Applied) -> bool:
        """Tell whether a patch gives what the new version gives."""
        try:
            series = revised(self._with(fragments), was, content)
        except InputError:
            return False
        one = next(each for each in series.patches if each.number == was.number)
        alone = dataclasses.replace(series, patches=(replace(one, marker=""),), present=())
        rendering = render(alone, self._state, with_tests=True, shared=self._shared, asked=self._tree)
        if rendering.failures:
            return False
        found: dict[str, bytes | None] = {}
        for made in rendering.patches:
            found |= dict.fromkeys(made.removed) | dict(made.files)
        return found == self._wanted(applied)

    def _with(self, fragments: Mapping[str, bytes]) -> Series:
        here = dict(_texts(self._old)) | dict(fragments)
        return dataclasses.replace(self._old, templates=Snapshot(self._folder / TEMPLATES, here))

    @property
    def _folder(self) -> Path:
        return Path(str(self._old.folder))

    def _fresh(self, patch: Patch) -> str:
        """Take a patch that is new."""
        name = writing.unique(patch.name, {one.name for one in self._old.patches})
        pen = Pen(self, replace(patch, name=name, edits=()), patch, KEPT)
        self._files[f"{name}.toml"] = pen.text("").encode()
        self._files[f"{name}.txt"] = patch.message.encode()
        self._files |= {f"{TEMPLATES}/{path}": body for path, body in pen.fragments.items()}
        self._ids |= pen.ids
        self._paths |= {f"{TEMPLATES}/{path}" for path in pen.fragments}
        self._told.append(f"{name}: new")
        return name

    def _removed(self, patch: Patch) -> None:
        """Leave a patch out; its files go, unless there is something in them that was made by hand."""
        if any(self.by_hand(one) for one in patch.edits):
            self._told.append(f"{patch.name}: removed; its files stay, since something in them was made by hand")
            return
        self._files |= {f"{patch.name}.toml": None, f"{patch.name}.txt": None}
        self._told.append(f"{patch.name}: removed")

    def by_hand(self, edit: Edit) -> list[Anchor]:
        """Return the anchors of an edit that import did not write."""
        if self._again is None:
            return list(edit.at[1:])
        known = self._written.get(text_of(edit, self._old.templates), ())
        return [at for at in edit.at if at not in known]

    def _listed(self, names: Sequence[str]) -> None:
        before = text(self._old.folder, FILE)
        rows = "".join(f'    "{one}",\n' for one in names)
        after, count = _LIST.subn(lambda _: f"patches = [\n{rows}]", before, count=1)
        if not count:
            raise InputError(
                f"{self._folder / FILE} has no list of patches that can be written", hint="write it as import does"
            )
        lost = [one for one in remarks(before) if one not in remarks(after)]
        self._files[FILE] = after.replace(
            "patches = [\n", "patches = [\n" + "".join(f"    {one}\n" for one in lost), 1
        ).encode()

    def _swept(self) -> None:
        """Let fragments go that nothing names any more, and that something named before."""
        now = dict(held(self._old)) | self._files
        texts = [body.decode("utf-8", "replace") for path, body in now.items() if body and path.endswith(".toml")]
        for path in {
            one for patch in self._old.patches for edit in patch.edits for one in (edit.template, edit.old) if one
        }:
            if not any(path in one for one in texts):
                self._files[f"{TEMPLATES}/{path}"] = None

    def name(self, edit: Edit) -> str:
        """Return an id for an edit that is new."""
        return writing.unique(edit.id, self._ids)

    def path(self, path: str, taken: Collection[str]) -> str:
        """Return a path for a fragment that is new."""
        stem, dot, suffix = path.rpartition(".")
        count = 1
        made = path
        while f"{TEMPLATES}/{made}" in self._paths or made in taken:
            count += 1
            made = f"{stem}-{count}{dot}{suffix}"
        return made

    @property
    def sides(self) -> tuple[Series, Series]:
        """The old definition, and that of the new version."""
        return self._old, self._new


def _anchors(series: Series) -> dict[Text, list[Anchor]]:
    """Return the anchors of a series by what their edits do."""
    found: dict[Text, list[Anchor]] = {}
    for patch in series.patches:
        for one in patch.edits:
            found.setdefault(text_of(one, series.templates), []).extend(one.at)
    return found


def _texts(series: Series) -> Iterator[tuple[str, bytes]]:
    return ((path, one.read_bytes()) for path, one in files_below(series.templates))


def held(series: Series) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a definition, by path."""
    yield from ((path, one.read_bytes()) for path, one in files_below(series.folder))
    yield from ((f"{TEMPLATES}/{path}", body) for path, body in _texts(series))

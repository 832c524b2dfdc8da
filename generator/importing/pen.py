# SPDX-License-Identifier: GPL-2.0-only
"""One patch of a definition, written for a later version of it: new texts, and what was made by hand."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from msgspec import to_builtins
from msgspec.structs import replace

from generator.importing import matching, writing
from generator.importing.matching import text_of
from generator.resolving.margin import remarks, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.importing.updating import Update
    from patchset.anchors import Anchor
    from patchset.edits import Edit, Patch

KEPT, BEHIND, ASIDE = range(3)
"""How much of an edit stays: all of it, its hand-made alternatives behind the new one, or those as comments."""
_USUAL = "100644"
_WAS = "# of the version before, and made by hand:"


class Pen:
    """One patch, as it is written for the new version.

    Attributes:
        fragments: the texts of its edits that change, by path.
        ids: the ids that are new.
        told: what became of its edits.
    """

    def __init__(self, update: Update, was: Patch, new: Patch, mode: int) -> None:
        self._update, self._was, self._new, self._mode = update, was, new, mode
        self.fragments: dict[str, bytes] = {}
        self.ids: set[str] = set()
        self.told: list[str] = []
        old, fresh = update.sides
        self._names = matching.edits(was, new, old.templates, fresh.templates)

    def text(self, before: str) -> str:
        """Return its file."""
        parts = segments(before)
        blocks = _blocks(parts)
        own = {one.id: (one, block) for one, block in zip(self._was.edits, blocks, strict=True)}
        behind = self._following(blocks)
        made: list[str] = []
        for edit in self._new.edits:
            was = self._names.get(edit.id, "")
            made.append(self._edit(edit, *own[was]) if was else self._written(edit, "", ()))
            made += [self._unmatched(*one) for one in behind.get(was, ())] if was else []
        made += [self._unmatched(*one) for one in behind.get("", ())]
        lost = {one.id for one in self._was.edits} - {*self._names.values()}
        if not lost and made == blocks and self._head_is_same():
            return before
        head = self._head(parts[0][1] if before else "")
        rest = [body for name, body in parts[1:] if name != "edit" and not name.startswith("edit.")]
        return "\n".join(one.strip("\n") + "\n" for one in (head, *made, *rest) if one.strip())

    def _following(self, blocks: Sequence[str]) -> dict[str, list[tuple[Edit, str]]]:
        """Return the edits that the new version does not have, by the one that they stand behind."""
        found: dict[str, list[tuple[Edit, str]]] = {}
        last = next((one.id for one in self._was.edits if one.id in self._names.values()), "")
        for one, block in zip(self._was.edits, blocks, strict=True):
            if one.id in self._names.values():
                last = one.id
            else:
                found.setdefault(last, []).append((one, block))
        return found

    def _unmatched(self, edit: Edit, block: str) -> str:
        """Return an edit that the new version does not have: what was made by hand stays, where it changes nothing."""
        if not self._update.by_hand(edit):
            self.told.append(f"{self._was.name}: edit {edit.id} is gone")
            return ""
        if self._mode != ASIDE:
            return block
        self.told.append(f"{self._was.name}: edit {edit.id} was made by hand, and is a comment now")
        return _aside(block)

    def _edit(self, new: Edit, was: Edit, block: str) -> str:
        """Return an edit that was there before."""
        old, fresh = self._update.sides
        same = text_of(was, old.templates) == text_of(new, fresh.templates)
        if same and self._mode == KEPT:
            return block
        if not same:
            self.told.append(f"{self._was.name}: edit {was.id} changed")
        hand = self._update.by_hand(was)
        kept = [one for one in hand if self._mode != ASIDE and (same or one.inner != "lines" or not _said(one))]
        aside = [one for one in hand if one not in kept]
        if aside:
            self.told.append(
                f"{self._was.name}: edit {was.id}: {len(aside)} of its alternatives made by hand are comments now"
            )
        tables = "".join(f"\n{_table(one)}" for one in kept)
        notes = "".join(f"{one}\n" for one in remarks(block) if one != _WAS)
        notes += "".join(_aside(_table(one)) for one in aside)
        return self._written(replace(new, id=was.id), notes, (was, tables))

    def _written(self, new: Edit, notes: str, was: tuple[Edit, str] | tuple[()]) -> str:
        """Return an edit as import writes it, with what stays of the old one."""
        fresh = self._update.sides[1]
        name = was[0].id if was else self._update.name(new)
        self.ids.add(name)
        keys = {key: one for key, one in to_builtins(new).items() if key != "at"}
        for key in ("template", "old"):
            path = getattr(new, key)
            if path:
                mine = getattr(was[0], key) if was else ""
                target = (
                    mine if mine and not mine.endswith(".j2") else self._update.path(self._here(path), self.fragments)
                )
                keys[key] = target
                self.fragments[target] = fresh.templates.joinpath(path).read_bytes()
        keys = {"id": name, **{key: one for key, one in keys.items() if key != "id"}}
        if was:
            keys |= {key: getattr(was[0], key) for key in ("when", "unless", "optional")}
            keys["files"] = list(dict.fromkeys((*new.files, *was[0].files)))
            keys["cond"] = list(dict.fromkeys((*new.cond, *was[0].cond)))
        shown = {key: one for key, one in keys.items() if key != "mode" or one != _USUAL}
        shown["cond"] = () if list(keys["cond"]) == [""] else keys["cond"]
        tables = "\n".join(_table(one) for one in new.at)
        return writing.table("edit", shown) + notes + "\n" + tables + (was[1] if was else "")

    def _here(self, path: str) -> str:
        """Return where a fragment of the new version goes: into the folder that is called as the patch."""
        return re.sub(rf"\A{re.escape(self._new.name)}/", f"{self._was.name}/", path)

    def _head_is_same(self) -> bool:
        facts = [(one.subject, one.author, one.date) for one in (self._was, self._new)]
        return facts[0] == facts[1]

    def _head(self, before: str) -> str:
        """Return the keys that the file begins with, those of the new version in their places."""
        facts = {"subject": self._new.subject, "author": self._new.author, "date": self._new.date}
        if not before.strip():
            return writing.head(facts)
        for key, value in facts.items():
            row = f"{key} = {writing.value(value)}"
            before, count = re.subn(
                rf"(?m)^{key}[ \t]*=[^#\n]*?(?=[ \t]*(?:#.*)?$)", functools.partial(_put, row), before, count=1
            )
            if not count and value:
                before = f"{before.rstrip()}\n{row}\n"
        return before


def _blocks(parts: Sequence[tuple[str, str]]) -> list[str]:
    """Return the text of each edit of a file."""
    found: list[str] = []
    for name, body in parts:
        if name == "edit":
            found.append(body)
        elif name.startswith("edit."):
            found[-1] += body
    return found


def _aside(block: str) -> str:
    """Return some lines as a comment."""
    rows = "".join(f"# {row}\n" for row in block.strip("\n").split("\n"))
    return f"{_WAS}\n{rows}"


def _said(anchor: Anchor) -> bool:
    """Tell whether an alternative has a text of its own."""
    return isinstance(anchor.text, str) or isinstance(anchor.old_text, str)


def _table(anchor: Anchor) -> str:
    """Return an anchor as a table."""
    unsaid = {"alike": 1, "depth": 1, "nth": 0}
    keys = {key: one for key, one in to_builtins(anchor).items() if unsaid.get(key) != one}
    return writing.table("edit.at", keys, writing.SIDES)


def _put(row: str, found: re.Match[str]) -> str:
    """Return a row in the place of what a regular expression found, whatever stands in it."""
    del found
    return row

# SPDX-License-Identifier: GPL-2.0-only
"""What could be written into an edit that a base refuses, the likeliest first; whether it helps, `trying` finds out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import to_builtins

from generator.anchor import resolve
from generator.anchor_lines import home as home_of
from generator.blocks import within
from generator.importing.applying import Hunk
from generator.importing.definition import anchor as anchor_keys
from generator.importing.finding import Text, found
from generator.importing.homes import Homes
from generator.lines import read, telling
from generator.resolving.guess import Guess, guesses
from generator.scope import needed
from generator.spot import AnchorError, Spot
from generator.spot import near as near_names
from generator.window import Window
from patchset.anchors import TEXTUAL, WHOLE, Anchor, Place
from patchset.edits import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from generator.rendering import Failure
    from generator.source import Sources
    from generator.tree import Tree
    from patchset.edits import Edit, Patch
    from patchset.snapshot import Folder

LEVELS = LIKELY, POSSIBLE, WEAK = "likely", "possible", "a guess"
_CLEAR, _FAIR, _SAME, _RIVAL = 0.6, 0.3, 0.8, 2 / 3
_BELONGS = re.compile(rb"(?:EXPORT_\w+|NOKPROBE_SYMBOL|ALLOW_ERROR_INJECTION)\((\w+)")
_DEEP, _NTH = 4, 5
_SHORT = 6
"""A text of so many lines is asked for as a whole."""


_BESIDE = {
    (True, True): "the lines before and behind it are there",
    (True, False): "the line before it is there, and the one behind it is another",
    (False, True): "the line behind it is there, and the one before it is another",
    (False, False): "other lines are beside it",
}


class Proposal(NamedTuple):
    """Something that could be written into an edit.

    Attributes:
        level: how likely it is right, in words.
        why: what speaks for it, and against it.
        entries: its keys.
        head: True where they are the edit's own, and no anchor's.
        more: a table that belongs to it, as lines of TOML.
    """

    level: str
    why: str
    entries: Mapping[str, object]
    head: bool = False
    more: tuple[str, ...] = ()


class _Look(NamedTuple):
    """An edit in a file that may have its place: by which of its anchors, and what stood around that."""

    edit: Edit
    at: Anchor
    path: str
    text: bytes
    window: Window


class Proposer:
    """Proposes for the edits of one patch.

    Args:
        patch: the patch.
        tree: the base, with the patches before it.
        templates: the texts.
        sources: what was parsed so far.
    """

    def __init__(self, patch: Patch, tree: Tree, templates: Folder, sources: Sources) -> None:
        self._patch, self._tree, self._templates, self._sources = patch, tree, templates, sources

    def proposals(self, failure: Failure, others: Callable[[Failure], Sequence[str]]) -> Iterator[Proposal]:
        """Yield what could be done about an edit that was refused.

        Args:
            failure: how.
            others: tells which files of the base may have what the edit's file had.
        """
        edit = failure.edit
        if edit.at[0].scope in WHOLE:
            return
        if failure.there:
            yield from self._there(edit, failure.file)
        text = self._tree.read(failure.file)
        if text is not None:
            if b"\r\n" in text:
                return
            here = list(self._lines(edit, failure.file, text))
            yield from (*here, *self._named(edit, failure.file, text), *self._conditions(edit, failure))
            if any(one.level == LIKELY for one in here):
                return
        for path in others(failure):
            there = self._tree.read(path)
            if there is not None and path not in edit.files and b"\r\n" not in there:
                yield from self._lines(edit, path, there)
        if failure.missing and not edit.optional:
            why = f"the base has no {failure.file}, and can do without this edit"
            yield Proposal(POSSIBLE, why, {"optional": True}, head=True)

    def _lines(self, edit: Edit, path: str, text: bytes) -> Iterator[Proposal]:
        """Yield places in a file that resemble the edit's."""
        at = next((one for one in edit.at if one.inner == "lines" and one.path in {"", path}), None)
        if at is None:
            return
        look = _Look(edit, at, path, text, self._window(edit, at))
        yield from self._belonging(look)
        home = self._home(at, path, text)
        some = guesses(look.window, text, home, hug=at.place is Place.BEFORE)
        for number, one in enumerate(some):
            if entries := self._entries(look, one):
                rival = max((other.likely for other in some if other is not one), default=0.0)
                level = _level(one, rival, number)
                if path not in edit.files and (home is None or at.scope == "file"):
                    level = max(level, POSSIBLE, key=LEVELS.index)
                told = f"in {path}; " if path not in edit.files else ""
                yield Proposal(level, told + _why(one, at, home, entries), entries)

    def _belonging(self, look: _Look) -> Iterator[Proposal]:
        """Yield the place behind the function that an insertion names, or behind one with a name like it."""
        edit, _, path, text, window = look
        names = {one.decode() for one in _BELONGS.findall(window.new)}
        if window.old or len(names) != 1 or not path.endswith((".c", ".h")):
            return
        name = names.pop()
        for near in self._functions(name, text):
            try:
                spot = resolve(Anchor(function=near, where=Place.AFTER), path, text, self._sources)
            except AnchorError:
                continue
            new = re.sub(rb"\b%s\b" % re.escape(name.encode()), near.encode(), window.new)
            guess = Guess(Spot(spot.start, spot.end), new, 1.0, (False, False), named=True)
            if entries := self._entries(look, guess):
                told = f"behind function {near}, which the text names"
                told = told if near == name else f"behind function {near}: its name is like {name}, which is not there"
                where = f"in {path}, " if path not in edit.files else ""
                yield Proposal(LIKELY if near == name and not where else POSSIBLE, where + told, entries)

    def _functions(self, name: str, text: bytes) -> Sequence[str]:
        """Return a function of a file, or those with names like it where there is none."""
        known = [one.name for one in self._sources.read(text).every("function")]
        longer = [one for one in known if one.startswith(f"{name}_")]
        return [name] if name in known else list(dict.fromkeys([*longer, *near_names(name, known)]))

    def _window(self, edit: Edit, at: Anchor) -> Window:
        raw = self._raw
        sides = [(one or "").encode() for one in (at.after, at.before)]
        gives = at.place in {Place.REPLACE, Place.DELETE}
        old = at.old_text.encode() if isinstance(at.old_text, str) else raw(edit.old) if edit.old else b""
        new = at.text.encode() if isinstance(at.text, str) else raw(edit.template) if edit.template else b""
        return Window(sides[0], old if gives else b"", sides[1], new=new)

    def _raw(self, name: str) -> bytes:
        return self._templates.joinpath(name).read_bytes()

    def _home(self, at: Anchor, path: str, text: bytes) -> Spot | None:
        try:
            return home_of(at, path, text, self._sources)
        except AnchorError:
            return None

    def _entries(self, look: _Look, guess: Guess) -> dict[str, object]:
        """Return an anchor for a place; none where it cannot be written, or is none for what the edit does."""
        edit, at, path, text, window = look
        there = text[guess.spot.start : guess.spot.end]
        plain = not edit.template.endswith(TEMPLATE)
        if bool(guess.new) != bool(edit.template) or (not plain and (guess.new != window.new or there != window.old)):
            return {}
        old = Text(text)
        new = Text(text[: guess.spot.start] + guess.new + text[guess.spot.end :])
        first, last = old.line(guess.spot.start), old.line(guess.spot.end)
        size = new.count - (old.count - (last - first))
        made = found(path, Hunk(first, last - first, first, size), old, new, Homes(path, text, self._sources))
        if made.at is None or made.old != there:
            return {}
        if not guess.named and (made.at.home.scope == "function") != (at.scope == "function"):
            return {}
        try:
            entries: dict[str, object] = {"path": path} if path not in edit.files else {}
            entries |= anchor_keys(made._replace(hug=guess.hug), made.at)
            entries |= {"within": nested} if (nested := within(path, text, guess.spot.start)) else {}
            entries |= {"old_text": there.decode()} if there != window.old else {}
            entries |= {"text": guess.new.decode()} if guess.new != window.new else {}
        except UnicodeDecodeError:
            return {}
        if edit.needs and "text" not in entries and self._lacks(edit, text, made.at.home.span):
            entries["text"] = guess.new.decode("utf-8", "replace")
        return entries

    @staticmethod
    def _lacks(edit: Edit, text: bytes, span: Spot) -> list[str]:
        """Return the variables that the edit's text uses, and some lines do not have."""
        words = {token for line in read(text, span.start, span.end) for token in line.tokens}
        return [one for one in edit.needs if needed(one).name.encode() not in words]

    def _named(self, edit: Edit, path: str, text: bytes) -> Iterator[Proposal]:
        """Yield other words for anchors that name their place."""
        for at in edit.at:
            if at.inner == "lines" or at.path not in {"", path}:
                continue
            keys = {key: one for key, one in to_builtins(at).items() if one not in ("", False, [])}
            keys |= {"place": str(at.place)}
            try:
                resolve(at, path, text, self._sources)
            except AnchorError as error:
                yield from self._renamed(at, keys, error.nearest)
            for depth in range(1, _DEEP + 1) if at.inner in {"stmt", "call", "assign"} else ():
                told = f"the statement lies {depth} deep there, and not {at.depth}: it runs in other cases"
                yield Proposal(WEAK, told, {**keys, "depth": depth})
            for nth in range(1, _NTH + 1) if at.inner or at.scope not in {"function", "struct"} else ():
                yield Proposal(WEAK, f"it is match {nth} of several", {**keys, "nth": nth})

    @staticmethod
    def _renamed(at: Anchor, keys: Mapping[str, object], nearest: Sequence[str]) -> Iterator[Proposal]:
        """Yield an anchor with each name that is like the one which is not there."""
        for near in nearest:
            if not re.fullmatch(r"\w+", near):
                continue
            for word, name in ((at.scope, at.name), (at.inner, at.value)):
                if word in {"", "stmt", "lines"} or name == near or not re.fullmatch(r"\w+", name):
                    continue
                told = f"{word} {near} is named like {name}, which is not there"
                yield Proposal(POSSIBLE, told, {**keys, word: near})

    @staticmethod
    def _conditions(edit: Edit, failure: Failure) -> Iterator[Proposal]:
        """Yield the #if path that a place was found under."""
        for reason in failure.reasons:
            under = re.search(r"found in line \d+ under #if (.+), where ", reason)
            if under and edit.cond == ("",):
                told = f"the place is there, under #if {under[1]}: right if the edit is wanted there alone"
                yield Proposal(POSSIBLE, told, {"cond": ("", under[1])}, head=True)

    def _there(self, edit: Edit, path: str) -> Iterator[Proposal]:
        """Yield a probe that leaves the edit out where its text is there."""
        text = self._raw(edit.template) if edit.template and not edit.template.endswith(TEMPLATE) else b""
        rows = [row.strip().decode("utf-8", "replace") for row in text.split(b"\n") if row.strip()]
        lines = [one for one in read(text) if telling(one)]
        if not rows or not lines or edit.unless:
            return
        if len(rows) > _SHORT:
            rows = [text[lines[0].start : lines[0].end].strip().decode("utf-8", "replace")]
        name = f"{edit.id}-there"
        pattern = r"^[ \t]*" + r"\n[ \t]*".join(re.escape(row) for row in rows) + "$"
        from generator.importing.writing import escaped, quoted  # noqa: PLC0415

        more = (f'[probe."{name}"]', f"files = [{quoted(path)}]", f"has = {escaped(pattern)}")
        yield Proposal(LIKELY, "the base has this text: leave the edit out there", {"unless": (name,)}, True, more)


def _level(guess: Guess, rival: float, number: int) -> str:
    """Say how likely a place is; the words of a change in conflict are never more than possible."""
    changed = guess.same < 1.0 and not any(guess.sides)
    if guess.likely < (_CLEAR if guess.clash or changed else _FAIR):
        return WEAK
    clear = guess.likely >= _CLEAR and rival < guess.likely * _RIVAL and guess.same > _SAME
    return LIKELY if clear and not (guess.clash or changed or number) else POSSIBLE


def _why(guess: Guess, at: Anchor, home: Spot | None, entries: Mapping[str, object]) -> str:
    """Say what speaks for a place, and against it."""
    told = []
    now = next(((key, str(entries[key])) for key in TEXTUAL if key in entries and key != "file"), None)
    if now and now != (at.scope, at.name):
        lost = "" if home or at.scope == "file" else f", and there is no {at.scope} {at.name}"
        told.append(f"in {now[0]} {now[1]}{lost}")
    if guess.spot.start < guess.spot.end:
        same = f"{guess.same:.0%} of the lines that go is as it was"
        told.append("the lines that go are there" if guess.same == 1.0 else same)
    told.append(_BESIDE[guess.sides])
    told.append(f"{guess.likely:.0%} of what stood around it is near")
    if guess.clash:
        which = "`text`" if "text" in entries else "what becomes of it"
        told.append(f"the base changed the same words as the edit: read every line of {which}")
    return "; ".join(told)

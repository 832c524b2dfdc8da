# SPDX-License-Identifier: GPL-2.0-only
"""The definition that some applied patches make: what each of them changes, as edits."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from generator import lines
from generator.blocks import within
from generator.importing import writing
from generator.importing.finding import Text, found
from generator.importing.homes import Homes
from generator.importing.names import Names
from generator.lines import Line
from generator.sound import faults
from patchset.errors import InputError
from patchset.loader import FILE, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from generator.importing.applying import Applied, Change
    from generator.importing.finding import At, Found
    from generator.source import Sources

_LINK = "120000"
_USUAL = ("100644", "100755", "000000")
_WORD = re.compile(rb"[A-Za-z_]\w{2,}")
_ID = 48
_TELLING = 2
"""How much a line must say of its own for one more of it to be worth a word; see `generator.lines.weight`."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_HIDDEN = (".py", ".pyc", ".j2")
"""Endings that a definition's files must not have: they are not read, or are templates."""


class Made(NamedTuple):
    """A definition.

    Attributes:
        files: its files, by path.
        carried: what is carried as it is, in words.
        edits: how many edits it has.
    """

    files: dict[str, bytes]
    carried: tuple[str, ...]
    edits: int


class _Told(NamedTuple):
    """What is said of an edit beside its place and its text.

    Attributes:
        edit: words of the edit.
        anchor: words of its first anchor.
        instead: further anchors.
    """

    edit: Mapping[str, object]
    anchor: Mapping[str, object]
    instead: tuple[Mapping[str, object], ...]


class Writer:
    """A definition in the making.

    Args:
        texts: files before and after each change, by blob.
        sources: what was parsed so far.
    """

    def __init__(self, texts: Mapping[str, bytes], sources: Sources) -> None:
        self._texts = texts
        self._sources = sources
        self._files: dict[str, bytes] = {}
        self._ids: set[str] = set()
        self._names: list[str] = []
        self._carried: list[str] = []

    def made(self, applied: Sequence[Applied], name: str, title: str) -> Made:
        """Return the definition of some patches."""
        for one in applied:
            self._patch(one)
        head = {"name": name, "title": title, "patches": tuple(self._names)}
        self._files[FILE] = writing.head(head).encode()
        return Made(self._files, tuple(self._carried), len(self._ids))

    def _patch(self, applied: Applied) -> None:
        patch = applied.patch
        file = patch.name if re.search(r"\.(?:patch|diff)$", patch.name) else ""
        stem = re.sub(r"^\d+-", "", re.sub(r"\.(?:patch|diff)$", "", file.rpartition("/")[2]))
        name = writing.unique(writing.named((stem, patch.subject, patch.name)), self._names)
        self._names.append(name)
        tables = [text for change in applied.changes for text in self._change(name, change)]
        if not tables:
            raise InputError(f"{patch.name} changes nothing", hint="leave it out")
        head = {"subject": patch.subject, "author": patch.author, "date": patch.date}
        self._files[f"{name}.toml"] = "\n".join([writing.head(head), *tables]).encode()
        self._files[f"{name}.txt"] = writing.literal(f"{patch.body}\n" if patch.body else "").encode()

    def _change(self, patch: str, change: Change) -> Iterable[str]:
        """Yield the edits of a file."""
        path, (mode, new_mode) = change.path, change.modes
        if {mode, new_mode} - {*_USUAL, _LINK} or (_LINK in change.modes and mode != "000000"):
            hint = "leave it out of the patch"
            raise InputError(f"{path} is a link or a folder of its own, and respin changes files", hint=hint)
        stem = path.rpartition("/")[2]
        if change.gone:
            yield self._whole(patch, f"remove {stem}", path, {"remove": change.blobs[0]})
            return
        if change.new:
            yield self._fresh(patch, change)
            return
        if change.was:
            yield self._whole(patch, f"move {stem}", path, {"rename": change.was})
        if mode != new_mode:
            yield self._whole(patch, f"mode of {stem}", path, {"mode": new_mode})
        if change.blobs[0] != change.blobs[1]:
            yield from self._text(patch, change)

    def _fresh(self, patch: str, change: Change) -> str:
        text, mode = self._texts[change.blobs[1]], change.modes[1]
        template = self._fragment(patch, writing.slug(change.path.rpartition("/")[2], _ID) or "file", change.path, text)
        if mode == _LINK:
            self._carried.append(f"{change.path} is new, and a link to {text.decode('utf-8', 'replace')}")
        elif b"\0" in text:
            self._carried.append(f"{change.path} is new, and no text: it is carried as it is")
        more = {"template": template, "mode": "" if mode == "100644" else mode}
        return self._whole(patch, change.path.rpartition("/")[2], change.path, {"create": True}, more)

    def _text(self, patch: str, change: Change) -> Iterable[str]:
        """Yield the edits of a file's text; of one that is binary, the one that replaces it."""
        before, after = (self._texts[blob] for blob in change.blobs)
        if b"\r\n" in before:
            raise InputError(f"{change.path} has CRLF line ends in the base, and respin edits no such file")
        if not change.hunks:
            yield self._replaced(patch, change, after)
            return
        old, new = Text(before), Text(after)
        homes = Homes(change.path, before, self._sources)
        edits = [found(change.path, hunk, old, new, homes) for hunk in change.hunks]
        names = Names(change.path, before, self._sources)
        if any(one.at is None for one in edits):
            yield self._replaced(patch, change, after)
            return
        gone = [one.old for one in edits]
        every = [*_every(after, gone), *names.called(gone)]
        despite = [one.told for one in faults(change.path, before, after, self._sources)]
        edits = list(map(_doubled, edits, itertools.repeat(edits)))
        changed = {line.tokens for one in edits for text in (one.old, one.new) for line in lines.read(text)}
        for one in edits:
            asked = names.asked(one, changed)
            told = _Told(
                {
                    "every": tuple(every),
                    "needs": asked.needs,
                    "uses": asked.uses,
                    "locks": asked.locks,
                    "despite": tuple(despite),
                    "cond": tuple(filter(None, [names.condition(one.offset)])),
                },
                {"within": within(change.path, before, one.offset), **asked.kept._asdict()},
                tuple(names.instead(one)),
            )
            yield self._edit(patch, change.path, one, told)
            every = despite = []

    def _edit(self, patch: str, path: str, edit: Found, told: _Told) -> str:
        at = edit.at
        assert at is not None  # noqa: S101 - such a file is replaced
        name = self._id(at.home.name if at.home.scope != "file" else _stem(path), edit)
        head = {
            "id": name,
            "files": (path,),
            "template": self._fragment(patch, name, path, edit.new) if edit.new else "",
            "old": self._fragment(patch, f"{name}.old", path, edit.old) if edit.old else "",
            **told.edit,
        }
        text = (
            writing.table("edit", head)
            + "\n"
            + writing.table("edit.at", {**anchor(edit, at), **told.anchor}, writing.SIDES)
        )
        return "\n".join([text, *(writing.table("edit.at", one) for one in told.instead)])

    def _id(self, home: str, edit: Found) -> str:
        """Return a name for an edit: where it is, and the first words that it is about."""
        fresh = [one for one in _WORD.findall(edit.new) if one not in {*_WORD.findall(edit.old)}]
        gone = [one for one in _WORD.findall(edit.old) if one not in {*_WORD.findall(edit.new)}]
        words = [one.decode() for one in (fresh or gone) if lines.weight(Line(0, 0, (one,), 0))]
        about = next((one for one in words if one not in home), "")
        name = writing.unique(writing.slug(f"{home} {about}", _ID) or "edit", self._ids)
        self._ids.add(name)
        return name

    def _replaced(self, patch: str, change: Change, text: bytes) -> str:
        template = self._fragment(patch, writing.slug(change.path.rpartition("/")[2], _ID), change.path, text)
        self._carried.append(f"{change.path} is replaced as a whole, being no text that can be edited")
        stem = f"{change.path.rpartition('/')[2]} whole"
        return self._whole(patch, stem, change.path, {"blob": change.blobs[0]}, {"template": template})

    def _whole(
        self, patch: str, words: str, path: str, at: Mapping[str, object], more: Mapping[str, object] | None = None
    ) -> str:
        """Return an edit that is about a file."""
        name = writing.unique(writing.slug(words, _ID) or patch, self._ids)
        self._ids.add(name)
        if "create" not in at and "blob" not in at:
            self._carried.append(f"{path}: {' '.join(f'{key} {value}' for key, value in at.items())}")
        head = {"id": name, "files": (path,), **(more or {})}
        return writing.table("edit", head) + "\n" + writing.table("edit.at", at)

    def _fragment(self, patch: str, name: str, path: str, text: bytes) -> str:
        """Keep a fragment; return its path below the templates."""
        suffix = "." + path.rpartition("/")[2].rpartition(".")[2]
        ending = suffix if _SUFFIX.fullmatch(suffix) and suffix not in _HIDDEN and "." in path else ".txt"
        made = f"{patch}/{name}{ending}"
        count = 1
        while f"{TEMPLATES}/{made}" in self._files:
            count += 1
            made = f"{patch}/{name}-{count}{ending}"
        self._files[f"{TEMPLATES}/{made}"] = text
        return made


def _doubled(edit: Found, edits: Sequence[Found]) -> Found:
    """Return an insertion with a word that says so where the patch puts the same lines in elsewhere, too."""
    fresh = lines.read(edit.new)
    others = (one for one in edits if one.offset != edit.offset)
    if edit.old or edit.at is None or not any(lines.within(lines.read(one.new), fresh) for one in others):
        return edit
    return edit._replace(at=edit.at._replace(repeated=True))


def anchor(edit: Found, at: At) -> dict[str, object]:
    """Return the keys of an anchor that is lines; an empty text is the edge of what they are looked for in."""
    place = "replace" if edit.new else "delete"
    if not edit.old:
        place = "before" if edit.hug else ""
    found: dict[str, object] = {at.home.scope: at.home.name}
    found |= {"after": at.after.decode(), "before": at.before.decode(), "under": at.under, "place": place}
    found |= {"alike": at.alike} if at.alike > 1 else {}
    return found | {"repeated": at.repeated}


def _every(after: bytes, gone: Iterable[bytes]) -> list[str]:
    """Return the lines that stand several times in a file before a patch, and not at all afterwards."""
    seen: dict[tuple[bytes, ...], bytes] = {}
    several: dict[tuple[bytes, ...], str] = {}
    for text in gone:
        for line in lines.read(text):
            bare = text[line.start : line.end].strip()
            if line.tokens in seen and lines.weight(line) >= _TELLING and bare not in after:
                several[line.tokens] = bare.decode("utf-8", "replace")
            seen[line.tokens] = bare
    left = {line.tokens for line in lines.read(after)} if several else set()
    return [text for tokens, text in several.items() if tokens not in left and "\ufffd" not in text]


def _stem(path: str) -> str:
    """Return what a file is called in a name: `drivers/net/Kconfig` is net-kconfig."""
    parts = path.split("/")
    stem = parts[-1].partition(".")[0] or parts[-1]
    return f"{parts[-2]} {stem}" if len(parts) > 1 and stem in {"Makefile", "Kconfig", "Kbuild"} else stem

# SPDX-License-Identifier: GPL-2.0-only
"""A definition as files: TOML as a person would write it, and fragments beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patchset.edits import LONGEST
from patchset.loader import TAKEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SIDES = ("after", "before")
"""The keys of an anchor that are said where they are empty, too."""
_PLAIN = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_LINES = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*")
_MARK = re.compile(r"\{[{%#]")
_LICENSE = "# SPDX-License-Identifier: GPL-2.0-only\n"


def quoted(text: str) -> str:
    """Return a text as TOML has it: as it is where that can be."""
    if "\n" in text and _LINES.fullmatch(text) and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    if '"' not in text and "\\" not in text and _PLAIN.fullmatch(text) and "\t" not in text:
        return f'"{text}"'
    if "'" not in text and _PLAIN.fullmatch(text):
        return f"'{text}'"
    return escaped(text)


def escaped(text: str) -> str:
    """Return a text as a string of TOML in one line."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(one, one if one.isprintable() else f"\\U{ord(one):08x}") for one in text) + '"'


def table(name: str, entries: Mapping[str, object], said: Collection[str] = ()) -> str:
    """Return a table of an array of tables; what is empty is left out, but for the keys that are to be said."""
    kept = {key: one for key, one in entries.items() if key in said or one not in ("", False, ())}
    rows = [f"{key} = {value(one)}" for key, one in kept.items()]
    return "\n".join([f"[[{name}]]", *rows]) + "\n"


def head(entries: Mapping[str, object]) -> str:
    """Return the keys that a file begins with."""
    rows = [f"{key} = {value(one)}" for key, one in entries.items() if one not in ("", False, ())]
    return _LICENSE + "\n".join(rows) + "\n"


def value(what: object, *, flat: bool = False) -> str:
    """Return a value as TOML has it.

    Args:
        what: a text, a number, or texts.
        flat: True where it must stand in one line.
    """
    if what is True:
        return "true"
    if isinstance(what, int):
        return str(what)
    if isinstance(what, tuple | list):
        return f"[{', '.join(value(str(one), flat=flat) for one in what)}]"
    return escaped(str(what)) if flat else quoted(str(what))


def literal(text: str) -> str:
    """Return a text that Jinja2 makes this one of."""
    return _MARK.sub(lambda found: "{{ '" + found.group() + "' }}", text)


def slug(words: str, longest: int = LONGEST) -> str:
    """Return some words as a name: small letters, digits, single dashes."""
    made = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    if len(made) > longest:
        made = made[: longest + 1].rpartition("-")[0] or made[:longest]
    return made.strip("-")


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name that no other has."""
    count = 1
    made = name
    while made in taken or made in TAKEN:
        count += 1
        made = f"{name}-{count}"
    return made


def named(words: Iterable[str]) -> str:
    """Return the first of some words that makes a name."""
    return next(filter(None, map(slug, words)), "patch")

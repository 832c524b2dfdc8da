# SPDX-License-Identifier: GPL-2.0-only
"""Loading a series definition: series.toml, and for each patch NAME.toml with its message NAME.txt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from patchset.errors import InputError
from patchset.snapshot import taken
from patchset.table import Table
from patchset.types import Anchor, Edit, Patch, Place, Present, Probe, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from patchset.snapshot import Folder

SCOPES = (
    "file",
    "include",
    "cond",
    "function",
    "prototype",
    "struct",
    "variable",
    "macro",
    "makefile",
    "kconfig",
    "section",
    "param",
    "create",
)
INNER = ("member", "element", "decls", "body", "stmt", "call", "assign")
STATEMENTS = ("if", "for", "while", "do", "switch", "return", "goto", "label", "expr", "decl", "compound", "any")
_AROUND = (Place.BEFORE, Place.AFTER, Place.REPLACE, Place.DELETE)
PLACES: Mapping[str, tuple[Place, ...]] = {
    "file": (Place.END,),
    "include": (Place.BEFORE, Place.AFTER, Place.DELETE),
    "cond": (Place.START, Place.ELSE, Place.END),
    "function": (*_AROUND, Place.START, Place.END),
    "prototype": _AROUND,
    "struct": (*_AROUND, Place.START, Place.END),
    "variable": _AROUND,
    "macro": _AROUND,
    "makefile": _AROUND,
    "kconfig": _AROUND,
    "section": (*_AROUND, Place.END),
    "param": _AROUND,
    "create": (Place.END,),
    "member": _AROUND,
    "element": _AROUND,
    "decls": (Place.END,),
    "body": (Place.START, Place.END),
    "stmt": (*_AROUND, Place.START, Place.END),
    "call": (*_AROUND, Place.START, Place.END),
    "assign": _AROUND,
}
"""The places that each word knows; of a scope and an inner word it is the inner one's."""
_COUNTED = {
    "nth": {"cond", "makefile", "kconfig", "section", "param", "member", "element", "stmt", "call", "assign"},
    "depth": {"stmt", "call", "assign"},
}
_WITHIN = {"member": "struct", "element": "variable"}
"""The scope that an inner word needs, where it is not a function."""
FILE = "series.toml"
TAKEN = frozenset({"series", "checks", "rules", "lint", "history", "cover"})
"""Stems of the files that a definition has beside those of its patches."""
TEMPLATES = "c"
"""Where a definition that lies elsewhere has its templates."""
_HERE = Path(__file__).parent
"""Not by importlib.resources, whose import takes longer than reading the definition."""
PROBE_KINDS = ("function", "prototype", "struct", "variable", "macro", "kconfig", "include", "has")


def known() -> list[str]:
    """Return the names of the user's own series, and of those that come with respin."""
    ours = {folder.name.replace("_", "-") for folder in _HERE.iterdir() if folder.joinpath(FILE).is_file()}
    own = own_folder()
    theirs = {one.name for one in own.iterdir() if one.joinpath(FILE).is_file()} if own.is_dir() else set()
    return sorted(ours | theirs)


def load(name: str) -> Series:
    """Read a series: one in a folder, one of the user's own, or one that comes with respin.

    Args:
        name: a folder's path, which has a slash in it or is `.`; else a name.

    Raises:
        InputError: no such series, or its definition is wrong.
    """
    folder = Path(name)
    if is_path(name):
        if not (folder / FILE).is_file():
            raise InputError(f"{name} is not the definition of a series: it has no {FILE}")
        return read(folder.absolute(), folder.absolute() / TEMPLATES)
    if (own := own_folder() / name / FILE).is_file():
        return read(own.parent, own.parent / TEMPLATES)
    if name not in known():
        meant = f"did you mean ./{name}? " if (folder / FILE).is_file() else ""
        raise InputError(f"there is no series '{name}'", hint=f"{meant}known series: {', '.join(known())}")
    return read(_HERE / name.replace("-", "_"), _HERE.parent / "templates" / "c" / name)


def own_folder() -> Path:
    """Return where a user keeps series of his own, each in a folder of its name."""
    import platformdirs  # noqa: PLC0415 - only when a verb runs

    return Path(platformdirs.user_config_dir("respin", appauthor=False)) / "series"


def installed(folder: Path) -> bool:
    """Tell whether a definition is a part of an installed respin: in a clone pyproject.toml lies beside the package."""
    return folder.is_relative_to(_HERE) and not (_HERE.parent / "pyproject.toml").is_file()


def is_path(name: str) -> bool:
    """Tell whether a series is named by its folder: a name never means a folder that happens to be here."""
    return "/" in name or name == "."


def read(folder: Path, templates: Path) -> Series:
    """Read the definition in a folder, with its templates in another: all of it, once.

    Raises:
        InputError: with file, line and key.
    """
    return _read(taken(folder, deep=False), taken(templates, deep=True))


def _read(folder: Folder, templates: Folder) -> Series:
    table = _table(folder, FILE)
    probes = {name: _probe(name, entry) for name, entry in table.named("probe")}
    present = []
    for entry in table.tables("present"):
        passes = entry.take("passes", dict, {})
        if not all(isinstance(name, str) for name in passes.values()):
            raise entry.error("'passes' names a probe for each architecture", "passes")
        one = Present(entry.take("probe", str), entry.take("what", str), passes)
        for key, name in (("probe", one.probe), *(("passes", name) for name in passes.values())):
            _known_probe(entry, key, name, probes)
        entry.done()
        present.append(one)
    names = table.strings("patches")
    if not names:
        raise table.error("'patches' is empty", "patches")
    patches = _patches(names, folder, probes)
    series = Series(
        name=table.take("name", str),
        title=table.take("title", str),
        patches=patches,
        probes=probes,
        present=tuple(present),
        folder=folder,
        templates=templates,
    )
    table.done()
    _unique(series, table)
    return series


def safe_path(text: str) -> bool:
    """Tell whether a relative path stays below its folder and has no odd parts."""
    odd = "\\" in text or '"' in text or not text.isprintable()
    return not odd and not {"", ".", ".."} & {*text.split("/")}


def _table(folder: Folder, name: str) -> Table:
    return Table.parse(name, text(folder, name))


def text(folder: Folder, name: str) -> str:
    """Return a file of a definition.

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    try:
        return folder.joinpath(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: cannot be read: {error}") from None


def _probe(name: str, table: Table) -> Probe:
    files = _paths(table, "files")
    kinds = table.among(PROBE_KINDS)
    if len(kinds) > 1:
        raise table.error(f"a probe looks for one thing, not for {' and '.join(kinds)}", kinds[1])
    kind = kinds[0] if kinds else ""
    value = table.take(kind, str) if kind else ""
    member = table.take("member", str, "") if kind == "struct" else ""
    if kind == "has":
        _pattern(table, kind, value)
    otherwise = table.take("otherwise", str, "")
    _pattern(table, "otherwise", otherwise)
    table.done()
    return Probe(name, files, kind, value, member, otherwise)


def _patches(names: Sequence[str], folder: Folder, probes: dict[str, Probe]) -> tuple[Patch, ...]:
    """Read the patches in their order; the probes that their files bring are there for all of them."""
    tables = [(name, _patch_table(folder, name)) for name in names]
    for _, table in tables:
        for name, entry in table.named("probe"):
            if name in probes:
                raise entry.error(f"two probes are called '{name}'")
            probes[name] = _probe(name, entry)
    return tuple(_patch(number, name, table, folder, probes) for number, (name, table) in enumerate(tables, 1))


def _patch_table(folder: Folder, name: str) -> Table:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise InputError(
            f"{FILE}: '{name}' is not a valid name for a patch", hint="use small letters, digits and dashes"
        )
    if name in TAKEN:
        raise InputError(f"{FILE}: a patch cannot be called '{name}', as a file of the definition is", hint="rename it")
    return _table(folder, f"{name}.toml")


def _patch(number: int, name: str, table: Table, folder: Folder, probes: dict[str, Probe]) -> Patch:
    when = table.strings("when", ())
    edits = [_edit(entry, probes) for entry in table.tables("edit")]
    patch = Patch(
        number=number,
        name=name,
        subject=table.take("subject", str),
        message=text(folder, f"{name}.txt"),
        marker=table.take("marker", str),
        edits=tuple(edit._replace(when=(*when, *edit.when)) for edit in edits),
        tests=table.take("tests", bool, default=False),
    )
    for key, name_of in (("marker", patch.marker), *(("when", one) for one in when)):
        _known_probe(table, key, name_of, probes)
    if when and not patch.tests:
        raise table.error("a patch that is posted is there on every base: 'when' goes with 'tests = true' only", "when")
    if not patch.edits:
        raise table.error("the patch has no [[edit]]")
    table.done()
    return patch


def _edit(table: Table, probes: dict[str, Probe]) -> Edit:
    edit = Edit(
        id=table.take("id", str),
        files=_paths(table, "files"),
        at=tuple(_anchor(entry) for entry in table.tables("at")),
        template=table.take("template", str, ""),
        when=table.strings("when", ()),
        unless=table.strings("unless", ()),
        cond=table.strings("cond", ("",)),
        optional=table.take("optional", bool, False),
    )
    table.done()
    for key, names in (("when", edit.when), ("unless", edit.unless)):
        for name in names:
            _known_probe(table, key, name, probes)
    if not edit.at:
        raise table.error(f"edit '{edit.id}' has no anchor", "at")
    if edit.template and not safe_path(edit.template):
        raise table.error(f"template '{edit.template}' leaves its folder", "template")
    deletes = [anchor.place is Place.DELETE for anchor in edit.at]
    if any(deletes) == bool(edit.template) or any(deletes) != all(deletes):
        raise table.error(f"edit '{edit.id}': 'delete' takes no template, everything else needs one", "template")
    return edit


def _anchor(table: Table) -> Anchor:
    scopes = table.among(SCOPES)
    if len(scopes) != 1:
        raise table.error(f"an anchor needs exactly one of {', '.join(SCOPES)}", *scopes[1:2])
    scope = scopes[0]
    name = table.take(scope, str) if scope != "create" else ""
    if scope == "create" and not table.take(scope, bool):
        raise table.error("'create' is true, or is not there", scope)
    inner = table.among(INNER)
    if len(inner) > 1:
        raise table.error(f"an anchor has one inner word, not {' and '.join(inner)}", inner[1])
    value = table.take(inner[0], str) if inner else ""
    if inner == ["stmt"] and value not in STATEMENTS:
        raise table.error(f"'{value}' is not a kind of statement", "stmt", hint=f"one of {', '.join(STATEMENTS)}")
    word = inner[0] if inner else ""
    if word and scope != _WITHIN.get(word, "function"):
        raise table.error(f"'{word}' is nothing that a {scope} has", word)
    place = _place(table, word or scope, value)
    narrowed = {key: table.take(key, str, "") for key in ("match", "has", "in_cond")}
    for key, wanted in (("match", "stmt"), ("has", "makefile"), ("in_cond", "function struct")):
        if narrowed[key] and not {word, scope} & set(wanted.split()):
            raise table.error(f"'{key}' goes with {' and '.join(wanted.split())} only", key)
    nth = _counted(table, "nth", word or scope, 0)
    depth = _counted(table, "depth", word or scope, 1)
    _pattern(table, "match", narrowed["match"])
    if word == "element":
        _pattern(table, "element", value)
    table.done()
    return Anchor(scope, name, place, word, value, nth=nth, depth=depth, **narrowed)


def _counted(table: Table, key: str, word: str, default: int) -> int:
    """Take a number from 1 of an anchor, which its word must know."""
    number = table.take(key, int, default)
    if number != default and number < 1:
        raise table.error(f"'{key}' counts from 1", key)
    if number != default and word not in _COUNTED[key]:
        raise table.error(f"'{key}' counts no {word}", key)
    return number


def _place(table: Table, word: str, value: str) -> Place:
    """Take the place of an anchor, which must be one that its word knows."""
    told = value if word in {"decls", "body"} else "end" if word in {"file", "create"} else ""
    place = table.take("place", str, told)
    if place not in PLACES[word] or (told and place != told):
        known = [told] if told in set(Place) else PLACES[word]
        key = word if place == told else "place"
        raise table.error(f"'{place}' is not a place of {word}", key, hint=f"one of {', '.join(known)}")
    return Place(place)


def _paths(table: Table, key: str) -> tuple[str, ...]:
    paths = table.strings(key)
    for path in paths:
        if not safe_path(path):
            raise table.error(f"'{path}' leaves the tree", key)
    if not paths:
        raise table.error(f"'{key}' is empty", key)
    return paths


def _pattern(table: Table, key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise table.error(f"'{key}' is not a regular expression: {error}", key) from None


def _known_probe(table: Table, key: str, name: str, probes: dict[str, Probe]) -> None:
    if name not in probes:
        raise table.error(f"there is no probe '{name}'", key, hint=f"known probes: {', '.join(sorted(probes))}")


def _unique(series: Series, table: Table) -> None:
    seen: set[str] = set()
    for patch in series.patches:
        for edit in patch.edits:
            if edit.id in seen:
                raise table.error(f"two edits are called '{edit.id}'", hint=f"one of them is in {patch.name}.toml")
            seen.add(edit.id)
    tests = [patch.tests for patch in series.patches]
    if tests != sorted(tests):
        raise table.error("patches with tests = true must stand last", "patches")

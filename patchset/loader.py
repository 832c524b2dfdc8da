# SPDX-License-Identifier: GPL-2.0-only
"""Loading a series definition: series.toml, and for each patch NAME.toml with its message NAME.txt."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import asdict, replace

from patchset.edits import TEMPLATE, Patch, PatchForm, SeriesForm
from patchset.errors import InputError
from patchset.snapshot import files_below, taken, text, where
from patchset.toml import Toml, nearest
from patchset.types import Series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from patchset.edits import Probe
    from patchset.snapshot import Folder, Snapshot

FILE = "series.toml"
TAKEN = frozenset({"series", "checks", "rules", "lint", "history", "cover"})
"""Stems of the files that a definition has beside those of its patches."""
PLAN = "checks.toml"
"""What it wants to have proven."""
GUEST = "guest"
"""Where its templates have what runs in the guest that is crashed."""
TEMPLATES = "c"
"""Where a definition that lies elsewhere has its templates."""
_HERE = Path(__file__).parent
"""Not by importlib.resources, whose import takes longer than reading the definition."""


class _File(NamedTuple):
    """A patch's file that is read, beside its message."""

    name: str
    message: str
    toml: Toml
    form: PatchForm


class _Lender(NamedTuple):
    """The files of a series of which another one takes some."""

    definition: Snapshot
    templates: Snapshot


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
    return read(*_folders(name))


def _folders(name: str) -> tuple[Path, Path]:
    """Return where a series has its definition, and where its templates."""
    folder = Path(name)
    if is_path(name):
        if not (folder / FILE).is_file():
            raise InputError(f"{name} is not the definition of a series: it has no {FILE}")
        return folder.absolute(), folder.absolute() / TEMPLATES
    if (own := own_folder() / name / FILE).is_file():
        return own.parent, own.parent / TEMPLATES
    if name not in known():
        meant = f"did you mean ./{name}? " if (folder / FILE).is_file() else ""
        raise InputError(f"there is no series '{name}'", hint=f"{meant}known series: {', '.join(known())}")
    return _HERE / name.replace("-", "_"), _HERE.parent / "templates" / "c" / name


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
    return assembled(taken(folder, deep=False), taken(templates, deep=True))


def revised(series: Series, patch: Patch, text: str) -> Series:
    """Return a series as it would be with another text in a patch's file.

    Raises:
        InputError: with file, line and key.
    """
    toml = Toml(where(series.folder, f"{patch.name}.toml"), text)
    file = _File(patch.name, patch.message, toml, toml.read(PatchForm))
    _templates(file, series.templates)
    probes = {**series.probes, **file.form.probe}
    new = _patch(patch.number, file, probes)
    patches = tuple(new if one.number == patch.number else one for one in series.patches)
    return dataclasses.replace(series, patches=patches, probes=probes)


def assembled(folder: Snapshot, templates: Snapshot) -> Series:
    """Return the series that some files make, wherever they are.

    Raises:
        InputError: with file, line and key.
    """
    toml = Toml.of(folder, FILE)
    form = toml.read(SeriesForm)
    lender = _lender(toml, form)
    if lender:
        names = [f"{name}{suffix}" for name in form.patches if name not in TAKEN for suffix in (".toml", ".txt")]
        folder = folder.lent(lender.definition, names)
    for number, present in enumerate(form.present):
        _demand(toml, form.probe, [present.probe], "present", number, "probe")
        for name, probe in present.passes.items():
            _demand(toml, form.probe, [probe], "present", number, "passes", name)
    files = [_file(toml, at, form.patches, folder) for at in range(len(form.patches))]
    if lender:
        edits = [edit for file in files for edit in file.form.edits]
        names = [name for edit in edits for name in (edit.template, edit.old) if name]
        guest = lender.templates.joinpath(GUEST) if folder.joinpath(PLAN).is_file() else None
        names += [name for name, _ in files_below(guest, f"{GUEST}/")] if guest else []
        templates = templates.lent(lender.templates, names)
    probes = _probes(form.probe, files)
    patches = tuple(_patch(number, file, probes) for number, file in enumerate(files, 1))
    for file in files:
        _templates(file, templates)
    _unique(patches, files)
    tests = [patch.tests for patch in patches]
    if tests != sorted(tests):
        raise toml.error("patches with tests = true must stand last", "patches", tests.index(True))
    return Series(form.name, form.title, patches, probes, form.present, folder, templates)


def _lender(toml: Toml, form: SeriesForm) -> _Lender | None:
    """Return the files of the series that another one shares patches and fragments with."""
    if not form.shares:
        return None
    try:
        folder, templates = _folders(form.shares)
    except InputError as error:
        raise toml.error(error.message, "shares", hint=error.hint) from None
    return _Lender(taken(folder, deep=False), taken(templates, deep=True))


def _file(toml: Toml, at: int, names: Sequence[str], folder: Folder) -> _File:
    """Read what series.toml names in one place."""
    name = names[at]
    if name in names[:at]:
        raise toml.error(f"the patch '{name}' stands there twice", "patches", at, hint="a patch is applied once")
    if name in TAKEN:
        hint = "rename it"
        raise toml.error(f"a patch cannot be called '{name}', as a file of the definition is", "patches", at, hint=hint)
    definition, message = (toml.named(folder, f"{name}{suffix}", "patches", at) for suffix in (".toml", ".txt"))
    patch = Toml(where(folder, f"{name}.toml"), definition)
    return _File(name, message, patch, patch.read(PatchForm))


def _templates(file: _File, templates: Folder) -> None:
    """Refuse a template that is not there, or is empty: a base may have no use for its edit, and not show it."""
    for at, edit in enumerate(file.form.edits):
        path = ("edit", at, "template")
        for key, name in (("template", edit.template), ("old", edit.old)):
            if name:
                file.toml.demand(templates, name, "edit", at, key)
        if edit.template.endswith(TEMPLATE) and not text(templates, edit.template).strip():
            hint = 'write what is to stand there, or use place = "delete" without a template'
            raise file.toml.error(f"the template {where(templates, edit.template)} is empty", *path, hint=hint)


def _probes(known: Mapping[str, Probe], files: Iterable[_File]) -> dict[str, Probe]:
    """Return the probes of a series, and those that its patches bring: they are there for all of them."""
    probes = dict(known)
    for file in files:
        for name, probe in file.form.probe.items():
            if name in probes:
                raise file.toml.error(f"two probes are called '{name}'", "probe", name)
            probes[name] = probe
    return probes


def _patch(number: int, file: _File, probes: Collection[str]) -> Patch:
    form, toml = file.form, file.toml
    _demand(toml, probes, [form.marker] if form.marker else [], "marker")
    _demand(toml, probes, form.when, "when")
    for at, edit in enumerate(form.edits):
        _demand(toml, probes, edit.when, "edit", at, "when")
        _demand(toml, probes, edit.unless, "edit", at, "unless")
    edits = tuple(replace(edit, when=(*form.when, *edit.when)) for edit in form.edits) if form.when else form.edits
    told = {**asdict(form), "edits": edits}
    return Patch(**told, number=number, name=file.name, message=file.message)


def _unique(patches: Iterable[Patch], files: Iterable[_File]) -> None:
    """Refuse two edits of one name."""
    seen: dict[str, str] = {}
    for patch, file in zip(patches, files, strict=True):
        for at, edit in enumerate(patch.edits):
            if edit.id in seen:
                hint = f"one of them is in {seen[edit.id]}"
                raise file.toml.error(f"two edits are called '{edit.id}'", "edit", at, "id", hint=hint)
            seen[edit.id] = file.toml.file


def _demand(toml: Toml, probes: Collection[str], names: Iterable[str], *path: str | int) -> None:
    """Refuse a probe that the series does not define."""
    for name in names:
        if name not in probes:
            raise toml.error(f"there is no probe '{name}'", *path, hint=nearest(name, probes, "probes"))

# SPDX-License-Identifier: GPL-2.0-only
"""The files of a series that is begun: the smallest one that renders and passes, or a copy of another."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import textwrap
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from generator.importing.writing import literal
from generator.room import room_in, telling
from patchset.edits import LONGEST, NAME
from patchset.errors import InputError
from patchset.loader import FILE, TEMPLATES, own_folder
from patchset.snapshot import files_below, taken
from patchset.types import COVER, HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.types import Series

_WIDTH = 72
"""Of a letter, as mails are written."""
_LETTER = {COVER, HISTORY, "lint.toml"}
_NAMED = re.compile(rb'^name[ \t]*=[ \t]*"[^"\n]*"', re.MULTILINE)


def valid(name: str) -> str:
    """Return the name of a series; it becomes part of file names and of the change-id.

    Raises:
        InputError: it is none.
    """
    if not re.fullmatch(NAME, name) or len(name) > LONGEST:
        hint = f"small letters and digits, {LONGEST} at most, with single dashes between them: --name my-series"
        raise InputError(f"'{name}' is not a valid name for a series", hint=hint)
    return name


def smallest(name: str) -> dict[str, bytes]:
    """Return the files of the smallest series by path: one patch, its letter, its first version."""
    change_id = f"{dt.datetime.now(dt.UTC):%Y%m%d}-{name}-{secrets.token_hex(6)}"
    skeleton = taken(Path(str(resources.files("templates"))) / "series", deep=True)
    return {
        path: file.read_bytes().replace(b"@NAME@", name.encode()).replace(b"@CHANGE_ID@", change_id.encode())
        for path, file in files_below(skeleton)
    }


def copied(series: Series, name: str | None) -> dict[str, bytes]:
    """Return the files of another series by path, laid out as one that lies in a folder of its own.

    Args:
        series: the other one.
        name: what it is called from now on, with a history of its own; None for as before.

    Raises:
        InputError: there is no line that says what it is called.
    """
    found = {path: file.read_bytes() for path, file in files_below(series.folder)}
    found |= {f"{TEMPLATES}/{path}": file.read_bytes() for path, file in files_below(series.templates)}
    if name is not None:
        found[FILE], count = _NAMED.subn(f'name = "{name}"'.encode(), found[FILE], count=1)
        if not count:
            raise InputError(f"{series.name}: {FILE} has no line 'name = \"...\"'", hint="copy it without --name")
        if HISTORY in found:  # what was posted is another series, and its change-id too
            found[HISTORY] = smallest(name)[HISTORY]
    return found


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a series into a folder that is empty or not there: all of it, or nothing.

    Raises:
        InputError: something is there, or the folder cannot be made.
        InfrastructureError: the disk is full.
    """
    free(folder)
    with room_in(folder) as room, telling(folder):
        fill(room.path, files)
        entries = sorted(room.path.iterdir(), key=lambda one: one.name == FILE)  # a series only with that
        with contextlib.ExitStack() as undo:
            for entry in entries:
                if os.path.lexists(folder / entry.name):
                    raise _taken(folder)
                undo.callback(entry.rename(folder / entry.name).rename, entry)
            undo.pop_all()


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder of ours."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def letter(name: str, story: str) -> dict[str, bytes]:
    """Return what the mails of a series need beside its patches.

    Args:
        name: the series.
        story: the first paragraph of the cover letter; that of the smallest series tells of its one patch.
    """
    found = {path: text for path, text in smallest(name).items() if path in _LETTER}
    told = literal(textwrap.fill(story, _WIDTH)).encode()
    return found | {COVER: told + found[COVER][found[COVER].index(b"\n\n") :]}


def free(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        InputError: it does, or cannot be read.
    """
    if not _free(folder):
        raise _taken(folder)


def called(folder: Path) -> str:
    """Return how --series calls a series in a folder."""
    if folder.absolute().parent == own_folder().absolute():
        return folder.name
    return str(folder) if "/" in str(folder) or str(folder) == "." else f"./{folder}"


def _free(folder: Path) -> bool:
    try:
        return not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from None


def _taken(folder: Path) -> InputError:
    return InputError(f"destination path '{folder}' already exists and is not an empty directory")

# SPDX-License-Identifier: GPL-2.0-only
"""Other texts for some files of a definition: all of them or none, and none that somebody changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.switch import switch, take_back
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError
from patchset.loader import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from patchset.types import Series

_WRITE = 0o222


def writable(folder: Path, names: Iterable[str]) -> None:
    """Refuse files that nobody may write to, before any work is done for them.

    Raises:
        InputError: one of them is read-only.
    """
    for name in names:
        if not (folder / name).stat().st_mode & _WRITE or not folder.stat().st_mode & _WRITE:
            raise InputError(f"{folder / name} is read-only", hint="chmod u+w, or copy the definition")


def rewritten(folder: Path, series: Series, files: Mapping[str, bytes | None]) -> None:
    """Give some files of a definition another text.

    Args:
        folder: where it is.
        series: as it was read.
        files: the texts, by path below it; None for one that goes.

    Raises:
        InputError: a file was changed since it was read, or cannot be written; nothing was changed.
        InfrastructureError: the disk is full; nothing was changed.
    """
    if not files:
        return
    take_back(folder)
    try:
        with temporary(folder) as room:
            new: dict[str, Path | None] = {}
            for number, (path, content) in enumerate(files.items()):
                target = folder / path
                if (target.read_bytes() if target.is_file() else None) != _known(series, path):
                    raise InputError(f"{target} was changed meanwhile; nothing was written", hint="run it again")
                new[path] = None if content is None else _staged(room / f"after-{number}", target, content)
            switch(folder, room, new)
    except PermissionError as error:
        raise InputError(f"{folder} cannot be written to: {error.strerror}; nothing was changed") from None
    except OSError as error:
        raise InfrastructureError(f"cannot write to {folder}: {error.strerror}; nothing was changed") from None


def _known(series: Series, path: str) -> bytes | None:
    """Return a file of a definition as it was read; None where it was not there."""
    below = path.removeprefix(f"{TEMPLATES}/")
    file = series.folder.joinpath(path) if below == path else series.templates.joinpath(below)
    return file.read_bytes() if file.is_file() else None


def _staged(file: Path, target: Path, content: bytes) -> Path:
    file.write_bytes(content)
    file.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
    return file

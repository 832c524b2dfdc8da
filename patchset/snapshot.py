# SPDX-License-Identifier: GPL-2.0-only
"""A folder as it was when it was read: what is changed on the disk afterwards does not count."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

MOST_BYTES = 16 << 20
"""No definition is larger; a folder that is was meant for something else."""


class Folder(Protocol):
    """What is asked of a folder, and of a file in it: a Path will do."""

    @property
    def name(self) -> str:
        """Its name."""

    def joinpath(self, name: str, /) -> Folder:
        """Return what has a name below it; it need not be there."""

    def iterdir(self) -> Iterator[Folder]:
        """Yield what is right below it."""

    def is_file(self) -> bool:
        """Tell whether it is a file."""

    def is_dir(self) -> bool:
        """Tell whether it is a folder."""

    def read_bytes(self) -> bytes:
        """Return a file's bytes."""

    def read_text(self, encoding: str) -> str:
        """Return a file's text."""


class Snapshot:
    """A file or a folder, with all that is below it.

    Args:
        path: where it was read.
        files: the bytes of all files that were read, by path below the first folder.
        below: this one's path below it; empty for the folder itself.
        lent: where those were read that lie in another folder, by path below this one.
    """

    def __init__(
        self, path: Path, files: Mapping[str, bytes], below: str = "", lent: Mapping[str, str] | None = None
    ) -> None:
        self._path = path
        self._files = files
        self._below = below
        self._lent = lent or {}

    def __str__(self) -> str:
        """Return the path on the disk."""
        return self._lent.get(self._below) or str(self._path / self._below)

    @property
    def name(self) -> str:
        """Its name."""
        return (self._path / self._below).name

    def joinpath(self, name: str, /) -> Snapshot:
        """Return what has a name below it; it need not be there."""
        return Snapshot(self._path, self._files, f"{self._below}/{name}" if self._below else name, self._lent)

    def lent(self, lender: Snapshot, names: Iterable[str]) -> Snapshot:
        """Return this folder with files of another one: of the names those that only the other one has."""
        start = f"{self._below}/" if self._below else ""
        files = {start + name: lender.joinpath(name) for name in names if not self.joinpath(name).is_file()}
        found = {path: file for path, file in files.items() if file.is_file()}
        bodies = {path: file.read_bytes() for path, file in found.items()}
        places = {path: str(file) for path, file in found.items()}
        return Snapshot(self._path, {**self._files, **bodies}, self._below, {**self._lent, **places})

    def is_file(self) -> bool:
        """Tell whether it is a file."""
        return self._below in self._files

    def is_dir(self) -> bool:
        """Tell whether anything is below it."""
        return not self._below or any(path.startswith(f"{self._below}/") for path in self._files)

    def iterdir(self) -> Iterator[Snapshot]:
        """Yield what is right below it, by name."""
        start = f"{self._below}/" if self._below else ""
        names = {path[len(start) :].partition("/")[0] for path in self._files if path.startswith(start)}
        yield from (self.joinpath(name) for name in sorted(names))

    def read_bytes(self) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: it was not there.
        """
        if not self.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
        return self._files[self._below]

    def read_text(self, encoding: str) -> str:
        """Return a file's text.

        Raises:
            FileNotFoundError: it was not there.
            UnicodeDecodeError: it is not in that encoding.
        """
        return self.read_bytes().decode(encoding)


def safe_path(text: str) -> bool:
    """Tell whether a relative path stays below its folder and has no odd parts."""
    odd = "\\" in text or '"' in text or not text.isprintable()
    return not odd and not {"", ".", ".."} & {*text.split("/")}


def text(folder: Folder, name: str) -> str:
    """Return a file of a definition.

    Raises:
        InputError: it cannot be read, or is not UTF-8; the message names the line.
    """
    try:
        data = folder.joinpath(name).read_bytes()
    except OSError as error:
        raise InputError(f"{where(folder, name)}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{where(folder, name)}:{line}: the byte {data[error.start]:#04x} is not UTF-8"
        raise InputError(message, hint="definitions and templates are UTF-8") from None


def where(folder: Folder, name: str) -> str:
    """Return the path of a file in a folder with which it can be opened from where the user stands."""
    path = str(folder.joinpath(name))
    try:
        return path.removeprefix(f"{os.getcwd().rstrip('/')}/")  # noqa: PTH109 - every template's is asked for, and a Path takes longer
    except OSError:  # the folder is gone that he stands in
        return path


def taken(folder: Path, *, deep: bool) -> Snapshot:
    """Read a folder's files; links that lead out of it, Python's own files and hidden ones are left alone.

    Args:
        folder: what to read; one that is not there is empty.
        deep: True for what is below its folders too.

    Raises:
        InputError: a file cannot be read, or there is far too much.
    """
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for path, file in _found(str(folder), "", deep=deep):
        try:
            with open(file, "rb") as opened:  # noqa: PTH123 - to make a Path takes as long as to read it
                files[path] = opened.read()
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}") from None
        left -= len(files[path])
        if left < 0:
            raise InputError(f"{folder} is not the definition of a series: it holds more than {MOST_BYTES >> 20} MiB")
    return Snapshot(folder, files)


def _found(folder: str, prefix: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}") from None
    for entry in entries:
        if entry.name.startswith((".", "__pycache__")) or entry.name.endswith((".py", ".pyc")):
            continue
        if entry.is_dir(follow_symlinks=False):
            if deep:
                yield from _found(entry.path, f"{prefix}{entry.name}/", deep=True)
        elif entry.is_file(follow_symlinks=False) or _stays(entry, Path(folder)):
            yield f"{prefix}{entry.name}", entry.path


def _stays(entry: os.DirEntry[str], folder: Path) -> bool:
    """Tell whether a link leads to a file of its own folder."""
    target = Path(os.path.realpath(entry.path))  # which says nothing of links that go round
    return entry.is_symlink() and target.is_file() and target.is_relative_to(folder.resolve())


def digest(folders: Collection[Folder], but: Collection[str]) -> str:
    """Return SHA-256 of the names and bytes of all files below some folders, in hex, but for those of some names."""
    made = hashlib.sha256()
    for folder in folders:
        for name, file in sorted(files_below(folder)):
            if name not in but:
                body = file.read_bytes()
                made.update(f"{name}\0{len(body)}\0".encode() + body)
    return made.hexdigest()


def files_below(folder: Folder, prefix: str = "") -> Iterator[tuple[str, Folder]]:
    """Yield the files below a folder, with the prefix and their path below it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from files_below(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry

# SPDX-License-Identifier: GPL-2.0-only
"""A base: a kernel tree that is identified and can be read, whatever kind of words named it (generator/bases/)."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator.folder import FolderTree
from generator.named import instead
from generator.objects import GitTree
from generator.theirs import open_tree
from generator.tree import CachedTree
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.tree import Tree

    Say = Callable[[str], None]

_VERSION = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)[ \t]*$", re.MULTILINE)


class Base(NamedTuple):
    """A kernel tree to render on.

    Attributes:
        spec: as the user named it.
        name: a short name that suits a file name, e.g. debian-6.1.192-2.
        version: the kernel's, from its Makefile or its package, e.g. 6.1.192.
        repository: the git repository (work tree or git directory), or None for a plain directory.
        commit: the full id of the commit, or empty for a plain directory.
        folder: the plain directory, or None for a repository.
        date: the commit's date in seconds since the epoch; 0 for a plain directory.
        origin: where the base is a folder of a repository, that one; `repository` is in the cache then.
    """

    spec: str
    name: str
    version: str
    repository: Path | None
    commit: str
    folder: Path | None
    date: int = 0
    origin: Path | None = None

    @property
    def owner(self) -> Path:
        """Where git finds the user's settings."""
        return self.origin or self.repository or Path.cwd()

    @property
    def public(self) -> bool:
        """True where the commit is one of a repository: mails may name it, and refs follow it."""
        return self.repository is not None and self.origin is None

    @contextlib.contextmanager
    def open(self) -> Iterator[Tree]:
        """Open the base's files for reading, each of them once."""
        with self.open_raw() as tree:
            yield CachedTree(tree)

    @contextlib.contextmanager
    def open_raw(self) -> Iterator[GitTree | FolderTree]:
        """Open the base's files for reading."""
        if self.repository is not None:
            with open_tree(self.repository, self.commit) as tree:
                yield tree
        elif self.folder is not None:
            yield FolderTree(self.folder)


def filed(name: str) -> str:
    """Return a name with nothing in it that a file's name is better without."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", name).strip("-.")


def kernel_version(makefile: bytes | None) -> str:
    """Return the version that a kernel's top Makefile states, e.g. 6.1.192; empty where it states none."""
    found = (one.groups() for one in _VERSION.finditer(makefile or b""))
    parts: dict[str, str] = {key.decode(): value.decode("utf-8", "replace") for key, value in found}
    if "VERSION" not in parts or "PATCHLEVEL" not in parts:
        return ""
    numbers = [parts["VERSION"], parts["PATCHLEVEL"], parts.get("SUBLEVEL", "")]
    return ".".join(number for number in numbers if number) + parts.get("EXTRAVERSION", "")


def checked(base: Base) -> Base:
    """Return the base with its version and date.

    Raises:
        InputError: it is no kernel.
    """
    with base.open_raw() as tree:
        version = kernel_version(tree.read("Makefile"))
        if not version or tree.read("Kbuild") is None:
            meant = instead(base.spec)
            hint = f"did you mean {meant}?" if meant else ""
            why = "its Makefile states no version, or Kbuild is missing"
            raise InputError(f"{base.spec} is not a kernel tree: {why}", hint=hint)
        date = tree.date() if isinstance(tree, GitTree) else 0
    return base._replace(version=version, date=date)

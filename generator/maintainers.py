# SPDX-License-Identifier: GPL-2.0-only
"""Asking a tree's own get_maintainer.pl whom it names (M03), in a folder that has what it reads and nothing else."""

from __future__ import annotations

import contextlib
import errno
import re
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from generator import process
from patchset.errors import FindingsError, InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from generator.tree import Tree

SCRIPT = "scripts/get_maintainer.pl"
LIST = "MAINTAINERS"
SECONDS = 120.0
OPTIONS = ("--no-git", "--no-git-fallback", "--roles", "--no-rolestats")
"""From MAINTAINERS alone: whoever once touched a line (the history of a base is none of ours) is not written to."""
_READ = (".get_maintainer.conf", ".get_maintainer.ignore")
_FILES = ("COPYING", "CREDITS", "Kbuild", "Makefile", "README")
_FOLDERS = ("Documentation", "arch", "drivers", "fs", "include", "init", "ipc", "kernel", "lib")
"""What it looks for to know that it is in a kernel tree, beside what it reads."""
_NO_FOLDERS = frozenset({"..", ".git", ".hg"})
"""No folder of a tree; with the last two the script would take its own folder for a repository, and start git or hg."""
_NO_NAME = frozenset({errno.ENAMETOOLONG, errno.ENOTDIR, errno.EEXIST})
_ROW = re.compile(r"(?P<who>.*\S)\s+\((?P<role>[a-z][a-z ]*?)(?::.*)?\)")
_MAINTAIN = ("maintainer", "supporter", "odd fixer", "chief penguin")
"""get_maintainer.pl's words for those who decide: they are written to, everybody else gets a copy."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """The addresses of one mail, each `name, address`, nobody twice.

    Attributes:
        to: those it is for.
        cc: those who get a copy.
    """

    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]


def export(tree: Tree, paths: set[str], folder: Path) -> None:
    """Write what get_maintainer.pl needs of a tree.

    Args:
        tree: whose script and MAINTAINERS count: the rendered one's, which know the series' new files.
        paths: of the touched files, as a mail may name them; an entry of MAINTAINERS that is a folder is recognised as
            one by looking for it.
        folder: an empty one.

    Raises:
        FindingsError: the tree has no get_maintainer.pl or no MAINTAINERS.
    """
    for path in (*_FOLDERS, "scripts"):
        (folder / path).mkdir(exist_ok=True)
    for name in _FILES:
        (folder / name).touch()
    for path in (SCRIPT, LIST, *_READ):
        _write(tree, path, folder)
    for path in paths:
        _make(PurePosixPath(path).parent, folder)


def ask(folder: Path, patch: Path) -> Recipients:
    """Ask for the recipients of a patch, in a folder that `export` filled; MAINTAINERS may name nobody.

    Raises:
        InfrastructureError: the script broke.
    """
    environment = {"HOME": str(folder), "LC_ALL": "C.UTF-8"}  # a .get_maintainer.conf at home is not the base's
    argv = ["perl", SCRIPT, *OPTIONS, str(patch.resolve())]
    done = process.run(argv, seconds=SECONDS, cwd=folder, env=environment)
    return parse(done.stdout.decode("utf-8", "replace").strip())


def parse(said: str) -> Recipients:
    """Read what `get_maintainer.pl --roles` printed.

    Raises:
        InfrastructureError: a line is nothing that it prints.
    """
    to: list[tuple[str, str]] = []
    cc: list[tuple[str, str]] = []
    for row in said.splitlines():
        found = _ROW.fullmatch(row)
        name, address = parseaddr(found["who"]) if found else ("", "")
        if found is None or "@" not in address or not (name + address).isprintable():
            raise InfrastructureError(f"get_maintainer.pl says {row!r}, which names nobody")
        (to if found["role"] in _MAINTAIN else cc).append((name, address))
    return distinct(to, cc)


def distinct(to: Iterable[tuple[str, str]], cc: Iterable[tuple[str, str]]) -> Recipients:
    """Return recipients of whom nobody is there twice; who is written to gets no copy."""
    seen: set[str] = set()
    kept: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for group, people in enumerate((to, cc)):
        for who in people:
            if who[1].lower() not in seen:
                seen.add(who[1].lower())
                kept[group].append(who)
    return Recipients(tuple(kept[0]), tuple(kept[1]))


def _make(path: PurePosixPath, folder: Path) -> None:
    """Make a touched file's folder, where that is one that a tree can have."""
    if path.is_absolute() or not _NO_FOLDERS.isdisjoint(one.lower() for one in path.parts):
        return
    with contextlib.suppress(ValueError):  # a name that no system takes: a NUL, half a surrogate
        try:
            (folder / path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in _NO_NAME:
                raise


def _write(tree: Tree, path: str, folder: Path) -> None:
    text = tree.read(path)
    if text is not None:
        (folder / path).write_bytes(text)
    elif path not in _READ:
        hint = "`respin render -o` writes the patches without recipients"
        raise FindingsError(f"the base has no {path}, which finds the recipients", hint=hint)

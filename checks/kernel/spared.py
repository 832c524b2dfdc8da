# SPDX-License-Identifier: GPL-2.0-only
"""Objects that a patch cannot have changed in a configuration, though make would compile them again.

make compares times: one new line in a header compiles all that include it, also where the configuration leaves that
line out. An object is as it was where all its files say the same in the configuration (`checks.kernel.left`), and so is
what the compiler says of it, but for the numbers of lines. Where no object is left to compile and no makefile has
changed, make need not run.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checks.kernel import words
from checks.kernel.left import left
from checks.parsers import cmdfile
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from checks.kernel.words import ObjectState
    from checks.kernel.worktree import WorkTree

Changed = dict[str, tuple[bytes, bytes]]
"""What two trees have under the paths that differ; empty where one has nothing."""
_PLAIN = frozenset({".c", ".h", ".S", ".rst", ".txt"})
"""What make reads only where an object is made of it."""
_TEXT = re.compile(r"Documentation/|MAINTAINERS$|(?:.*/)?Kconfig[^/]*$")
"""What make does not read, or for what is in the .config alone."""
_MAKEFILE = re.compile(r"(?:.*/)?(?:Makefile|Kbuild)$")
_LISTED = re.compile(rb"^(?:obj|lib)-\$\(CONFIG_(?P<symbol>\w+)\)[ \t]*\+=[^\\\n]*\n", re.MULTILINE)
"""A line of a makefile that names objects which one symbol asks for."""
_BUILDERS = frozenset({"scripts", "tools"})
_OFFSETS = ("kernel/.bounds.s.cmd", "arch/*/kernel/.asm-offsets.s.cmd")
"""What the commands were that headers are generated from, which follow from the kernel's own."""


def state(tree: str, config: Mapping[str, str], toolchain: Iterable[str]) -> ObjectState:
    """Return the id of what objects are made of.

    Args:
        tree: the id of the kernel's tree.
        config: symbol without CONFIG_ to value.
        toolchain: versions of what makes them.
    """
    values = (f"{symbol}={value}" for symbol, value in sorted(config.items()) if value != "n")
    return words.ObjectState(tree, hashlib.sha256("\n".join((*toolchain, *values)).encode()).hexdigest())


class Spared:
    """What is known of the changes between the trees of one base; builds beside each other share it."""

    def __init__(self, tree: WorkTree) -> None:
        self._tree = tree
        self._changed: dict[tuple[str, str], Changed | None] = {}

    def spare(self, build: Path, files: Iterable[str], now: ObjectState, config: Mapping[str, str]) -> bool:
        """Mark as made just now the objects that are as they were; True: make has nothing to do.

        Args:
            build: the O= folder.
            files: objects, relative to it.
            now: what they are to be made of.
            config: its configuration.
        """
        kept = words.read(build)
        idle = True
        for each in files:
            known = kept.get(each)
            if known is None or not (build / each).is_file():
                idle = False
            elif known.state != now:
                changed = self._reached(build, _command(build / each), known.state, now)
                # Where something was said, the numbers of lines count, too.
                if changed is None or (changed and known.said) or not _same(changed, config):
                    idle = False
                else:
                    os.utime(build / each)
                    kept[each] = known._replace(state=now)
        words.write(build, kept)
        return idle and self._unneeded(build, kept, now, config)

    def _unneeded(
        self, build: Path, kept: Mapping[str, words.Words], now: ObjectState, config: Mapping[str, str]
    ) -> bool:
        """Tell whether make would do nothing but compile."""
        ran = kept.get(words.MAKE)
        changed = self.between(ran.state.tree, now.tree) if ran and ran.state.config == now.config else None
        if ran is None or changed is None:
            return False
        if not all(_unread(path, old, new, config) for path, (old, new) in changed.items()):
            return False
        commands = [file for pattern in _OFFSETS for file in build.glob(pattern)]
        reached = [self._reached(build, file, ran.state, now) for file in commands]
        return all(one is not None and _same(one, config) for one in reached)

    def _reached(self, build: Path, command: Path, then: ObjectState, now: ObjectState) -> Changed | None:
        """Return what has changed of the files that a command read; None where that cannot be said."""
        changed = self.between(then.tree, now.tree)
        if then.config != now.config or changed is None or not command.is_file():
            return None
        read = cmdfile.files(command.read_text("utf-8", "replace"))
        paths = {os.path.relpath(build / each, self._tree.source) for each in read}
        return {path: changed[path] for path in paths & changed.keys()} if paths else None

    def between(self, old: str, new: str) -> Changed | None:
        """Return what differs between two trees; None where one of them cannot be read."""
        if (old, new) not in self._changed:
            self._changed[old, new] = self._read(old, new)
        return self._changed[old, new]

    def _read(self, old: str, new: str) -> Changed | None:
        if old == new:
            return {}
        try:
            fields = self._tree.git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", old, new).stdout
            parts = fields.split(b"\0")
            pairs = zip(parts[:-1:2], parts[1::2], strict=True)  # :MODE MODE ID ID STATUS, and a path
            return {os.fsdecode(path): self._texts(what.decode().split()[2:4]) for what, path in pairs}
        except InfrastructureError:
            return None

    def _texts(self, blobs: Sequence[str]) -> tuple[bytes, bytes]:
        old, new = (self._tree.git("cat-file", "blob", each).stdout if each.strip("0") else b"" for each in blobs)
        return old, new


def _same(changed: Changed, config: Mapping[str, str]) -> bool:
    return all(left(old, config) == left(new, config) for old, new in changed.values())


def _unread(path: str, old: bytes, new: bytes, config: Mapping[str, str]) -> bool:
    """Tell whether make itself has nothing to do with a change to a file."""
    if path.split("/", maxsplit=1)[0] in _BUILDERS:
        return False
    if _MAKEFILE.match(path):
        return _listed(old, config) == _listed(new, config)
    return PurePosixPath(path).suffix in _PLAIN or _TEXT.match(path) is not None


def _listed(makefile: bytes, config: Mapping[str, str]) -> bytes:
    """Return a makefile without the lines that name what a configuration does not build."""

    def line(found: re.Match[bytes]) -> bytes:
        return found[0] if config.get(found["symbol"].decode(), "n") != "n" else b""

    return _LISTED.sub(line, makefile)


def _command(file: Path) -> Path:
    return file.with_name(f".{file.name}.cmd")

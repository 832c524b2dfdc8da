# SPDX-License-Identifier: GPL-2.0-only
"""A build folder that begins as a copy of another one's: kbuild makes again only what differs.

docs/kernels.md: what make does before its first object takes 10 CPU-s, and 3 in such a copy. kbuild compares commands,
dependencies and the values of Kconfig's symbols, not folders; what a copy spares it would have come out the same. Only
tools/ notes the folder's own name.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from checks.kernel import arch
from checks.kernel.kconfig import FRAGMENT
from generator.temporary import temporary
from patchset.plan import Link, symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from patchset.plan import Configuration

KIND = "respin.kind"
"""The file that says for which architecture and compiler a folder is."""
NEAR = 4
"""Of a kernel whose configuration differs in no more symbols than this, the objects are copied, too."""
_MADE = "include/generated/asm-offsets.h"
"""It is there when make has made what is copied."""
_LINKED = "vmlinux"
_PARTS = ("scripts", "tools", "include")
_FILES = ("Makefile", "source")
_OURS = "respin.*"
_KCONFIGS = ("config", "autoconf.h")
"""What is not copied of include/: Kconfig writes its own, and then make need not run it once more."""


def first(folders: Iterable[tuple[Path, Configuration]]) -> list[Configuration]:
    """Return those that are to be built before all others: the others can begin as copies of them."""
    found: dict[str, Configuration] = {}
    for build, configuration in folders:
        if not build.is_dir() and not _siblings(build, configuration):
            found.setdefault(_kind(configuration), configuration)
    return list(found.values())


def begin(build: Path, configuration: Configuration) -> None:
    """Make a build folder that is not there, as a copy where there is one to copy; nothing may be built beside it.

    Args:
        build: the O= folder.
        configuration: what it is for.
    """
    if build.is_dir():
        return
    siblings = _siblings(build, configuration)
    near = _near(siblings, configuration) if configuration.link is not Link.NEVER else None
    build.parent.mkdir(parents=True, exist_ok=True)
    with temporary(build.parent) as room:
        made = room / build.name
        if near:
            shutil.copytree(near, made, symlinks=True, ignore=shutil.ignore_patterns(_OURS))
            _renamed(made, near, build)
        elif siblings:
            _prepared(siblings[0], made)
            _renamed(made, siblings[0], build)
        else:
            made.mkdir()
        (made / KIND).write_text(_kind(configuration), "utf-8")
        made.rename(build)


def _siblings(build: Path, configuration: Configuration) -> list[Path]:
    """Return the folders for the same architecture and compiler in which make was at work, by name."""
    kind = _kind(configuration)
    found = (file for file in build.parent.glob(f"*/{KIND}") if file.read_text("utf-8") == kind)
    return sorted(file.parent for file in found if (file.parent / _MADE).is_file())


def _near(siblings: Sequence[Path], configuration: Configuration) -> Path | None:
    """Return the linked folder whose configuration differs least, and in few symbols."""
    wanted = configuration.symbols.items()
    found = []
    for each in siblings:
        if (each / _LINKED).is_file() and (each / FRAGMENT).is_file():
            other = symbols((each / FRAGMENT).read_text("utf-8")).items()
            differ = {symbol for symbol, _ in wanted ^ other}
            if len(differ) <= NEAR:
                found.append((len(differ), each))
    return min(found)[1] if found else None


def _prepared(old: Path, new: Path) -> None:
    """Copy what make makes before the first object."""
    new.mkdir()
    parts = (*(old / name for name in _PARTS), *old.glob("arch/*/include"), *old.glob("arch/*/tools"))
    for folder in parts:
        ignored = shutil.ignore_patterns(*_KCONFIGS) if folder == old / "include" else None
        shutil.copytree(folder, new / folder.relative_to(old), symlinks=True, ignore=ignored)
    for name in _FILES:
        if (old / name).exists():
            shutil.copy2(old / name, new / name, follow_symlinks=False)


def _renamed(made: Path, old: Path, new: Path) -> None:
    """Give the notes of tools/ the new folder's name, with the time that they had."""
    before, after = f"{old}/".encode(), f"{new}/".encode()
    for pattern in (".*.cmd", ".*.d"):
        for file in (made / "tools").rglob(pattern):
            text = file.read_bytes()
            if before in text:
                stat = file.stat()
                file.write_bytes(text.replace(before, after))
                os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _kind(configuration: Configuration) -> str:
    return f"{arch.folder(configuration.arch)} {configuration.compiler.value}"

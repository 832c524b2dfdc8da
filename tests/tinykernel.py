# SPDX-License-Identifier: GPL-2.0-only
"""A kernel of four files, as a plain directory and as a repository, and a series of two patches for it."""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from generator.rendering import RenderedPatch
from patchset.edits import Patch

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {
    "Makefile": b"# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION =\nNAME = Tiny\n",
    "Kbuild": b"# Kbuild\n",
    "kernel/kexec_file.c": b"int kexec_file;\n",
    "scripts/tool.sh": b"#!/bin/sh\n",
}
WHEN = "1700000000 +0000"
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": WHEN,
    "GIT_COMMITTER_DATE": WHEN,
}


def git(where: Path, *arguments: str) -> str:
    """Run the real git, as a user does."""
    done = subprocess.run(
        ["git", "-c", "maintenance.auto=false", "-C", str(where), *arguments],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def plain(folder: Path) -> Path:
    """Write the kernel as a plain directory."""
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    (folder / "scripts/tool.sh").chmod(0o755)
    return folder


def repository(folder: Path) -> Path:
    """Write the kernel and commit it on the branch `main`, with a tag v1."""
    return shutil.copytree(committed(plain), folder, symlinks=True, dirs_exist_ok=True)


@functools.cache
def committed(make: Callable[[Path], Path]) -> Path:
    """Return a repository of what is made, committed on `main` and tagged v1; it is made once, and copied by all."""
    room = tempfile.TemporaryDirectory()
    atexit.register(room.cleanup)
    folder = make(Path(room.name) / "first")
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=the kernel")
    git(folder, "tag", "v1")
    return folder


def patches() -> tuple[RenderedPatch, ...]:
    """Return two patches: one changes files, one adds a file."""
    one = Patch(subject="kexec: one", marker="m", edits=(), number=1, name="1-one", message="")
    two = Patch(subject="kexec: two", marker="m", edits=(), number=2, name="2-two", message="")
    changed = {"kernel/kexec_file.c": b"int kexec_file = 1;\n", "scripts/tool.sh": b"#!/bin/sh\ntrue\n"}
    return (
        RenderedPatch(one, "kexec: one\n\nBecause.\n", changed),
        RenderedPatch(two, "kexec: two\n\nBecause.\n", {"kernel/dm_crypt.c": b"int dm_crypt;\n"}),
    )


def snapshot(folder: Path) -> dict[str, str]:
    """Return every file below a folder, its mode and what is in it."""
    return {
        str(path.relative_to(folder)): f"{path.lstat().st_mode:o} {_content(path)}"
        for path in sorted(folder.rglob("*"))
    }


def _content(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

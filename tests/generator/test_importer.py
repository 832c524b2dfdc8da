# SPDX-License-Identifier: GPL-2.0-only
"""Tarballs as commits: whole, or not at all."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from generator.importer import import_tarball
from patchset.errors import InfrastructureError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path


def tarball(folder: Path, **extra: bytes) -> Path:
    """Write the tiny kernel as Debian writes its sources: one top folder, xz."""
    file = folder / "linux.tar.xz"
    with tarfile.open(file, "w:xz") as archive:
        for path, text in ({"": b""} | tinykernel.FILES | extra).items():
            member = tarfile.TarInfo(f"linux-source-6.1/{path}".rstrip("/"))
            member.mtime, member.size = 1_700_000_000, len(text)
            member.mode = 0o755 if path.endswith(".sh") or not path else 0o644
            member.type = tarfile.REGTYPE if path else tarfile.DIRTYPE
            archive.addfile(member, io.BytesIO(text))
        link = tarfile.TarInfo("linux-source-6.1/kernel/link.c")
        link.type, link.linkname = tarfile.SYMTYPE, "kexec_file.c"
        archive.addfile(link)
    return file


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    tinykernel.git(tmp_path, "init", "--quiet", "--bare", "cache.git")
    return tmp_path / "cache.git"


def quiet(text: str) -> None:
    del text


def test_files_modes_and_links(tmp_path: Path, repository: Path) -> None:
    commit = import_tarball(tarball(tmp_path), repository, "linux 6.1", quiet)
    listing = tinykernel.git(repository, "ls-tree", "-r", commit)
    assert {row.split("\t")[1]: row.split()[0] for row in listing.splitlines()} == {
        "Kbuild": "100644",
        "Makefile": "100644",
        "kernel/kexec_file.c": "100644",
        "kernel/link.c": "120000",
        "scripts/tool.sh": "100755",
    }
    assert tinykernel.git(repository, "show", f"{commit}:kernel/kexec_file.c") == "int kexec_file;"
    assert tinykernel.git(repository, "for-each-ref") == ""


def test_the_same_tarball_gives_the_same_commit(tmp_path: Path, repository: Path) -> None:
    file = tarball(tmp_path)
    assert import_tarball(file, repository, "t", quiet) == import_tarball(file, repository, "t", quiet)


@pytest.mark.parametrize("kept", [0, 40, -40])
def test_a_tarball_that_was_cut_off_leaves_nothing(tmp_path: Path, repository: Path, kept: int) -> None:
    file = tarball(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    with pytest.raises(InfrastructureError):
        import_tarball(file, repository, "t", quiet)
    assert tinykernel.git(repository, "for-each-ref") == ""
    assert not list(repository.glob("objects/pack/*"))
    assert not list(repository.glob("fast_import_crash_*"))


@pytest.mark.parametrize("path", ["../evil.c", "a/../../evil.c", ".git/config", "new\nline.c"])
def test_a_path_that_leaves_the_tree_is_refused(tmp_path: Path, repository: Path, path: str) -> None:
    with pytest.raises(InfrastructureError, match="a path outside of its folder"):
        import_tarball(tarball(tmp_path, **{path: b"x"}), repository, "t", quiet)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_what_is_neither_file_nor_link_is_refused(tmp_path: Path, repository: Path, kind: bytes) -> None:
    file = tmp_path / "odd.tar.xz"
    with tarfile.open(file, "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("linux/Kbuild"))
        member = tarfile.TarInfo("linux/odd")
        member.type, member.linkname = kind, "linux/nothing"
        archive.addfile(member)
    with pytest.raises(InfrastructureError, match="neither a file nor a link: 'linux/odd'"):
        import_tarball(file, repository, "t", quiet)
    assert not list(repository.glob("objects/pack/*"))


def test_a_tarball_of_nothing(tmp_path: Path, repository: Path) -> None:
    with tarfile.open(tmp_path / "empty.tar.xz", "w:xz"):
        pass
    with pytest.raises(InfrastructureError):
        import_tarball(tmp_path / "empty.tar.xz", repository, "t", quiet)
    assert not list(repository.glob("fast_import_crash_*"))

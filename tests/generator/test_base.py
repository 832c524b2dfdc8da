# SPDX-License-Identifier: GPL-2.0-only
"""Bases: everything that PATH[@REV] may name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from generator.base import Base, kernel_version
from generator.bases import find
from generator.folder import FolderTree
from patchset.errors import InputError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path


def _find(spec: object, cache: Path) -> Base:
    return find(str(spec), cache, lambda _: None)


def _kbuild(base: Base) -> bytes | None:
    with base.open() as tree:
        return tree.read("Kbuild")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


def test_work_tree(repository: Path, tmp_path: Path) -> None:
    head = tinykernel.git(repository, "rev-parse", "HEAD")
    base = _find(repository, tmp_path)
    assert (base.repository, base.commit, base.folder) == (repository, head, None)
    assert (base.name, base.version) == (f"linux-{head[:12]}", "6.1.7")
    (repository / "Kbuild").write_text("changed, not committed")
    assert _kbuild(base) == b"# Kbuild\n"


def test_linked_work_tree(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    base = _find(tmp_path / "linked", tmp_path)
    assert base.repository == tmp_path / "linked"
    assert _kbuild(base) == b"# Kbuild\n"


def test_shallow_clone(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "commit", "--quiet", "--allow-empty", "--message=two")
    tinykernel.git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    base = _find(tmp_path / "shallow", tmp_path)
    assert base.commit == tinykernel.git(repository, "rev-parse", "HEAD")
    assert _kbuild(base) == b"# Kbuild\n"


def test_bare_repository(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    base = _find(f"{tmp_path / 'bare.git'}@v1", tmp_path)
    assert base.folder is None
    assert _kbuild(base) == b"# Kbuild\n"


def test_plain_directory(tmp_path: Path) -> None:
    base = _find(tinykernel.plain(tmp_path / "linux 6.1"), tmp_path)
    assert (base.repository, base.commit, base.folder) == (None, "", tmp_path / "linux 6.1")
    assert (base.name, base.version) == ("linux-6.1", "6.1.7")
    assert _kbuild(base) == b"# Kbuild\n"


def test_plain_directory_inside_another_repository(repository: Path, tmp_path: Path) -> None:
    inner = tinykernel.plain(repository / "sub" / "inner")
    (inner / "Kbuild").write_bytes(b"# mine\n")
    base = _find(inner, tmp_path)
    assert (base.repository, base.folder) == (None, inner)
    assert _kbuild(base) == b"# mine\n"


def test_revision_of_a_plain_directory(tmp_path: Path) -> None:
    tinykernel.plain(tmp_path / "linux")
    with pytest.raises(InputError, match="is not a git repository"):
        _find(f"{tmp_path / 'linux'}@v1", tmp_path)


def test_path_and_revision(repository: Path, tmp_path: Path) -> None:
    first = tinykernel.git(repository, "rev-parse", "HEAD")
    (repository / "Kbuild").write_bytes(b"# newer\n")
    tinykernel.git(repository, "commit", "--quiet", "--all", "--message=two")
    assert _find(f"{repository}@v1", tmp_path).commit == first
    assert _find(f"{repository}@main@{{1}}", tmp_path).commit == first
    assert _find(repository, tmp_path).commit != first


def test_path_that_holds_an_at(tmp_path: Path) -> None:
    repository = tinykernel.repository(tmp_path / "linux@home")
    assert _find(repository, tmp_path).repository == repository
    assert _find(f"{repository}@v1", tmp_path).repository == repository


def test_revision_that_does_not_exist(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no revision 'v9'"):
        _find(f"{repository}@v9", tmp_path)


def test_repository_without_a_commit(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    tinykernel.git(tmp_path / "new", "init", "--quiet")
    with pytest.raises(InputError, match="has no revision 'HEAD'"):
        _find(tmp_path / "new", tmp_path)


@pytest.mark.parametrize("spec", ["nowhere", "nowhere@v1", "Makefile", "x" * 5000])
def test_no_folder(spec: str, tmp_path: Path) -> None:
    tinykernel.plain(tmp_path)
    said = "is a file, not a folder" if spec == "Makefile" else "there is no folder"
    with pytest.raises(InputError, match=said):
        _find(tmp_path / spec, tmp_path)


@pytest.mark.parametrize("missing", ["Makefile", "Kbuild"])
def test_no_kernel(tmp_path: Path, missing: str) -> None:
    (tinykernel.plain(tmp_path / "linux") / missing).unlink()
    with pytest.raises(InputError, match="is not a kernel tree"):
        _find(tmp_path / "linux", tmp_path)


def test_link_that_leaves_a_plain_directory(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tinykernel.plain(tmp_path / "linux")
    (folder / "out").symlink_to("../secret")
    (folder / "outer").symlink_to("..")
    (folder / "in").symlink_to("Kbuild")
    tree = FolderTree(folder)
    for path in ("out", "outer/secret"):
        with pytest.raises(InputError, match=f"the link {path.split('/')[0]} -> .* leads out of the tree"):
            tree.read(path)
    assert tree.read("../secret") is None
    assert tree.read("in") == b"# Kbuild\n"


def test_a_path_that_cannot_be_looked_at(tmp_path: Path) -> None:
    folder = tinykernel.plain(tmp_path / "linux")
    (folder / "loop").symlink_to("loop")
    for path in ("loop", "loop/file", "x" * 300):
        with pytest.raises(InputError, match="cannot be read"):
            FolderTree(folder).read(path)


def test_folder_tree_reads_no_fifo(tmp_path: Path) -> None:
    folder = tinykernel.plain(tmp_path / "linux")
    os.mkfifo(folder / "fifo")
    assert FolderTree(folder).read("fifo") is None
    assert FolderTree(folder).read("kernel") is None


@pytest.mark.parametrize(
    ("makefile", "version"),
    [
        (None, ""),
        (b"VERSION = 6\n", ""),
        (b"VERSION = 6\nPATCHLEVEL = 1\n", "6.1"),
        (b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n", "6.12.0-rc3"),
        (b"VERSION=5\nPATCHLEVEL=10\nSUBLEVEL=7\nEXTRAVERSION =\nNAME = x\n", "5.10.7"),
    ],
)
def test_version(makefile: bytes | None, version: str) -> None:
    assert kernel_version(makefile) == version

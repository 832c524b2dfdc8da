# SPDX-License-Identifier: GPL-2.0-only
"""Patch files: what git takes, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.base import find
from generator.commit import Stamp, commit_all
from generator.patchfiles import write_patches
from generator.store import opened
from patchset.errors import InputError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path

STAMP = Stamp("Ännchen <ann@example.org>", 1_700_000_100)


def write(tmp_path: Path, output: Path) -> tuple[list[Path], str]:
    """Render the two patches into a folder; return the files and the last tree."""
    kernel = tmp_path / "linux"
    base = find(str(kernel if kernel.exists() else tinykernel.repository(kernel)), tmp_path / "cache", lambda _: None)
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        commits = commit_all(store, tinykernel.patches(), STAMP)
        return write_patches(store, commits, output, signature="respin test", base_line=True), commits[-1].tree


def test_git_am_takes_them_and_gives_the_rendered_tree(tmp_path: Path) -> None:
    files, tree = write(tmp_path, tmp_path / "out")
    assert [file.name for file in files] == ["0001-kexec-one.patch", "0002-kexec-two.patch"]
    tinykernel.git(tmp_path / "linux", "am", "--quiet", *map(str, files))
    assert tinykernel.git(tmp_path / "linux", "rev-parse", "HEAD^{tree}") == tree
    assert files[1].read_text().rstrip().endswith("respin test")


def test_writing_again_replaces_them(tmp_path: Path) -> None:
    first, _ = write(tmp_path, tmp_path / "out")
    texts = [file.read_bytes() for file in first]
    again, _ = write(tmp_path, tmp_path / "out")
    assert [file.read_bytes() for file in again] == texts
    assert sorted((tmp_path / "out").iterdir()) == again


def test_patches_of_another_series_are_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0003-other.patch").write_text("x")
    with pytest.raises(InputError, match=r"holds other patches: 0003-other\.patch"):
        write(tmp_path, tmp_path / "out")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["0003-other.patch"]


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="cannot write to"):
        write(tmp_path, tmp_path / "out")


def test_a_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "out" / "0002-kexec-two.patch").mkdir(parents=True)
    with pytest.raises(InputError, match=r"0002-kexec-two\.patch"):
        write(tmp_path, tmp_path / "out")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["0002-kexec-two.patch"]

# SPDX-License-Identifier: GPL-2.0-only
"""Patch files: what git takes, all of them or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import patchfiles
from generator.bases import find
from generator.commit import Stamp, commit_all
from generator.patchfiles import Style, write_patches
from generator.store import opened
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.rendering import RenderedPatch
    from generator.store import Store

STAMP = Stamp("Ännchen <ann@example.org>", 1_700_000_100)
STYLE = Style(signature="respin test", base_line=True)


def write(tmp_path: Path, output: Path) -> tuple[list[Path], str]:
    """Render the two patches into a folder; return the files and the last tree."""
    kernel = tmp_path / "linux"
    base = find(str(kernel if kernel.exists() else tinykernel.repository(kernel)), tmp_path / "cache", lambda _: None)
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        commits = commit_all(store, tinykernel.patches(), STAMP)
        return write_patches(store, commits, output, STYLE), commits[-1].tree


def test_git_am_takes_them_and_gives_the_rendered_tree(tmp_path: Path) -> None:
    files, tree = write(tmp_path, tmp_path / "out")
    assert [file.name for file in files] == ["0001-kexec-one.patch", "0002-kexec-two.patch"]
    tinykernel.git(tmp_path / "linux", "am", "--quiet", *map(str, files))
    assert tinykernel.git(tmp_path / "linux", "rev-parse", "HEAD^{tree}") == tree
    assert files[1].read_text().rstrip().endswith("respin test")


def _series(count: int) -> list[RenderedPatch]:
    """Return patches of one line each, so many; the message of each but the first has an umlaut."""
    (patch, _), text = tinykernel.patches(), b""
    made = []
    for number in range(1, count + 1):
        text += b"int n%d;\n" % number
        message = f"kexec: add n{number}\n\n{'B' if number == 1 else 'W'}{'ä' * (number > 1)}use.\n"
        made.append(patch._replace(message=message, files={"kernel/kexec_file.c": text}))
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    base = find(str(tinykernel.repository(tmp_path / "linux")), tmp_path / "cache", lambda _: None)
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        yield store


@pytest.mark.parametrize("base_line", [True, False])
@pytest.mark.parametrize("count", [1, 2, 11])
def test_they_are_what_one_format_patch_writes(store: Store, tmp_path: Path, count: int, *, base_line: bool) -> None:
    commits = commit_all(store, _series(count), STAMP)
    files = write_patches(store, commits, tmp_path / "out", Style("respin test", base_line=base_line))
    base = [f"--base={store.base}"] if base_line else []
    options = ("--full-index", "--signature=respin test", *base, f"--output-directory={tmp_path / 'git'}")
    tinykernel.git(store.repository, "format-patch", *options, f"{store.base}..{commits[-1].sha}")
    known = {one.name: one.read_bytes() for one in (tmp_path / "git").iterdir()}
    assert {one.name: one.read_bytes() for one in files} == known
    assert len(known) == count


def test_a_file_that_is_missing_leaves_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = commit_all(store, _series(2), STAMP)
    monkeypatch.setattr(patchfiles, "git", lambda *_: None)
    with pytest.raises(InfrastructureError, match="wrote 0 files for 2 commits"):
        write_patches(store, commits, tmp_path / "a" / "b", STYLE)
    assert not (tmp_path / "a").exists()


def test_what_git_cannot_write_is_told_and_nothing_is_left(store: Store, tmp_path: Path) -> None:
    (one,) = commit_all(store, _series(1), STAMP)
    with pytest.raises(InfrastructureError, match="git ended with 128: fatal: ") as caught:
        write_patches(store, [one._replace(sha="1" * 40)], tmp_path / "out", STYLE)
    assert "format-patch" in caught.value.hint
    assert not (tmp_path / "out").exists()


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

# SPDX-License-Identifier: GPL-2.0-only
"""Patch files: what git takes, all of them or none."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from generator import patchfiles
from generator.base import find
from generator.commit import Stamp, commit_all
from generator.git import git
from generator.patchfiles import Style, outgoing, write_patches
from generator.store import opened
from patchset.errors import InfrastructureError, InputError, InterruptedRunError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_fewer_patches_than_foretold_are_numbered_right(store: Store, tmp_path: Path) -> None:
    commits = commit_all(store, _series(2), STAMP)
    with outgoing(tmp_path / "out", 3, STYLE) as out:
        for one in commits:
            out.add(store, one)
        files = out.deliver(store, commits)
    assert [re.findall(r"\[PATCH.*?]", file.read_text()) for file in files] == [["[PATCH 1/2]"], ["[PATCH 2/2]"]]
    assert sorted((tmp_path / "out").iterdir()) == files


def test_a_series_that_breaks_off_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def breaks_off() -> None:
        with outgoing(tmp_path / "a" / "b", 2, STYLE) as out:
            out.add(store, commit_all(store, _series(1), STAMP)[0])
            raise InterruptedRunError("stopped")

    with pytest.raises(InterruptedRunError):
        breaks_off()
    assert not (tmp_path / "a").exists()


def test_however_many_there_are_few_are_written_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each is over before the room is gone that it writes to."""
    running, most = 0, 0

    @contextlib.contextmanager
    def begun(repository: Path, *arguments: str) -> Iterator[SimpleNamespace]:
        nonlocal running, most
        (room,) = (one.partition("=")[2] for one in arguments if one.startswith("--output-directory="))
        running += 1
        most = max(most, running)
        try:
            git(repository, *arguments)
            yield SimpleNamespace(poll=lambda: None, wait=lambda: 0)  # it seems to run until somebody waits for it
        finally:
            running -= 1
            assert Path(room).is_dir()

    monkeypatch.setattr(patchfiles, "begun", begun)
    monkeypatch.setattr(patchfiles, "AT_ONCE", 3)
    commits = commit_all(store, _series(7), STAMP)
    assert len(write_patches(store, commits, tmp_path / "out", STYLE)) == 7
    assert (running, most) == (0, 3)
    with outgoing(tmp_path / "other", 7, STYLE) as out:
        out.add(store, commits[0])
        assert running == 1
    assert running == 0


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

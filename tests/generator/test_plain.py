# SPDX-License-Identifier: GPL-2.0-only
"""Into a plain directory and out of it again: all files, or none."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator import plain
from generator.folder import FolderTree
from patchset.errors import FindingsError, InfrastructureError, InputError, InterruptedRunError
from tests import tinykernel

if TYPE_CHECKING:
    from generator.plain import States


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tinykernel.plain(tmp_path / "linux")


def both(folder: Path) -> tuple[States, States]:
    return plain.states(tinykernel.patches(), FolderTree(folder))


def test_there_and_back(folder: Path) -> None:
    untouched = tinykernel.snapshot(folder)
    before, after = both(folder)
    plain.apply(folder, before, after)
    assert (folder / "kernel/dm_crypt.c").read_bytes() == b"int dm_crypt;\n"
    assert (folder / "kernel/kexec_file.c").read_bytes() == b"int kexec_file = 1;\n"
    assert (folder / "scripts/tool.sh").stat().st_mode & 0o111
    plain.apply(folder, after, before)
    assert tinykernel.snapshot(folder) == untouched


def test_folders_that_came_with_a_file_go_with_it(folder: Path) -> None:
    (folder / "other").mkdir()
    untouched = sorted(folder.rglob("*"))
    before: States = {"kernel/a/b/new.c": None, "other/c/new.c": None}
    after: States = {"kernel/a/b/new.c": b"int a;\n", "other/c/new.c": b"int b;\n"}
    plain.apply(folder, before, after)
    (folder / "other/c/mine.txt").write_text("mine")
    plain.apply(folder, after, before)
    assert sorted(folder.rglob("*")) == sorted([*untouched, folder / "other/c", folder / "other/c/mine.txt"])


def test_a_folder_in_another_state_is_left_as_it_is(folder: Path) -> None:
    before, after = both(folder)
    (folder / "kernel/kexec_file.c").write_bytes(b"int other;\n")
    changed = tinykernel.snapshot(folder)
    with pytest.raises(FindingsError, match=r"differs from the base in kernel/kexec_file\.c"):
        plain.apply(folder, before, after)
    assert tinykernel.snapshot(folder) == changed


def test_applying_twice_is_told(folder: Path) -> None:
    before, after = both(folder)
    plain.apply(folder, before, after)
    with pytest.raises(FindingsError, match="in the wanted state already"):
        plain.apply(folder, before, after)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        plain.apply(tmp_path / "none", {}, {})


def test_a_link_that_leaves_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    before, after = both(folder)
    outside = tmp_path / "outside.c"
    outside.write_bytes(b"int kexec_file;\n")
    (folder / "kernel/kexec_file.c").unlink()
    (folder / "kernel/kexec_file.c").symlink_to(outside)
    with pytest.raises(InputError, match="through a link"):
        plain.apply(folder, before, after)
    assert outside.read_bytes() == b"int kexec_file;\n"


@pytest.mark.parametrize("moves", [0, 1, 2, 3])
def test_a_disk_that_fills_up_half_way_leaves_everything_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    untouched = tinykernel.snapshot(folder)
    before, after = both(folder)
    real = Path.replace
    done: list[Path] = []

    def replace(self: Path, target: Path) -> Path:
        done.append(target)
        if len(done) == moves + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InfrastructureError, match="No space left on device; nothing was changed"):
        plain.apply(folder, before, after)
    assert tinykernel.snapshot(folder) == untouched


@pytest.mark.parametrize("path", ["kernel/kexec_file.c", "kernel/dm_crypt.c", "scripts"])
def test_a_link_that_goes_round_in_circles(folder: Path, path: str) -> None:
    before, after = both(folder)
    for one in sorted((folder / path).rglob("*")):
        one.unlink()
    if (folder / path).is_dir():
        (folder / path).rmdir()
    (folder / path).unlink(missing_ok=True)
    (folder / path).symlink_to(Path(path).name)
    untouched = tinykernel.snapshot(folder)
    with pytest.raises(InputError, match="through a link"):
        plain.apply(folder, before, after)
    assert tinykernel.snapshot(folder) == untouched


def test_a_folder_in_the_way_of_a_new_file(folder: Path) -> None:
    before, after = both(folder)
    (folder / "kernel/dm_crypt.c").mkdir()
    untouched = tinykernel.snapshot(folder)
    with pytest.raises(InfrastructureError, match="nothing was changed"):
        plain.apply(folder, before, after)
    assert tinykernel.snapshot(folder) == untouched


def test_a_file_in_the_way_of_a_folder(folder: Path) -> None:
    (folder / "new").write_text("x")
    untouched = tinykernel.snapshot(folder)
    with pytest.raises(InfrastructureError, match="nothing was changed"):
        plain.apply(folder, {"Kbuild": b"# Kbuild\n", "new/a.c": None}, {"Kbuild": b"", "new/a.c": b"x"})
    assert tinykernel.snapshot(folder) == untouched


def test_an_interrupt_half_way_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = both(folder)
    untouched = tinykernel.snapshot(folder)
    real, moved = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) > 1:
            raise InterruptedRunError("stopped")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InterruptedRunError):
        plain.apply(folder, before, after)
    assert tinykernel.snapshot(folder) == untouched


def test_a_folder_made_for_a_new_file_goes_when_the_file_does_not_come(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untouched = tinykernel.snapshot(folder)

    def replace(self: Path, target: Path) -> Path:
        raise OSError(errno.EIO, "Input/output error", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InfrastructureError, match="Input/output error; nothing was changed"):
        plain.apply(folder, {"a/b/c.c": None}, {"a/b/c.c": b"x"})
    assert tinykernel.snapshot(folder) == untouched

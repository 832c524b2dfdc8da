# SPDX-License-Identifier: GPL-2.0-only
"""What is kept of one state of the program does not outlive it."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

import pytest

from checks import cache, known
from checks.known import Known, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def same_size_same_time(folder: Path) -> None:
    file = folder / "package/one.py"
    before = file.stat()
    time.sleep(0.02)  # the clock of a file system ticks
    file.write_text("X = 2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(folder: Path) -> None:
    file = folder / "package/one.py"
    before = file.stat()
    (folder / "new").write_text("X = 2\n")
    os.utime(folder / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "new").replace(file)


@pytest.mark.parametrize(
    "change",
    [
        same_size_same_time,
        replaced,
        lambda folder: (folder / "package/two.py").touch(),
        lambda folder: (folder / "package/inner/three.toml").unlink(),
        lambda folder: (folder / "package/one.py").rename(folder / "package/other.py"),
        lambda folder: (folder / "site/lib-1.0.dist-info").rename(folder / "site/lib-1.1.dist-info"),
        lambda folder: (folder / "site/more-1.0.egg-info").mkdir(),
    ],
    ids=["times set back", "replaced", "added", "removed", "renamed", "library", "another library"],
)
def test_a_program_that_changed_is_another_one(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "package/inner").mkdir(parents=True)
    (tmp_path / "package/one.py").write_text("X = 1\n")
    (tmp_path / "package/inner/three.toml").write_text("x = 1\n")
    (tmp_path / "site/lib-1.0.dist-info").mkdir(parents=True)

    def told() -> str:
        return program([tmp_path / "package"], [str(tmp_path / "site"), str(tmp_path / "none")])

    before = told()
    (tmp_path / "package/__pycache__").mkdir()
    (tmp_path / "package/__pycache__/one.pyc").touch()
    assert told() == before
    change(tmp_path)
    assert told() != before


def test_what_is_kept_is_kept_of_this_program_and_these_words(tmp_path: Path) -> None:
    Known(tmp_path, "a").write("kind", {"x": [1]}, "one", "two")
    assert Known(tmp_path, "a").read("kind", "one", "two") == {"x": [1]}
    for other in (("kind", "one"), ("kind", "onetwo"), ("kin", "done", "two"), ("kind", "two", "one")):
        assert Known(tmp_path, "a").read(*other) is None
    assert Known(tmp_path, "b").read("kind", "one", "two") is None


def test_a_full_disk_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "write", full)
    Known(tmp_path, "a").write("kind", 1)
    assert Known(tmp_path, "a").read("kind") is None


def test_this_program_is_all_of_its_packages(tmp_path: Path) -> None:
    now = known.known(tmp_path)
    assert now.folder == tmp_path
    assert now.program == known.known(tmp_path).program
    assert {one.name for one in known._ROOT.iterdir() if (one / "__init__.py").is_file()} - {"tests"} <= {  # noqa: SLF001
        *known.PACKAGES
    }

# SPDX-License-Identifier: GPL-2.0-only
"""A definition is read once."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from patchset import snapshot
from patchset.errors import InputError
from patchset.loader import read
from patchset.snapshot import taken
from tests.fake import FAKESERIES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "top"
    (top / "c" / "deep").mkdir(parents=True)
    (top / "a.toml").write_text("a = 1\n")
    (top / "c" / "deep" / "b.j2").write_bytes(b"\xff")
    return top


def test_what_changes_afterwards_does_not_count(folder: Path) -> None:
    made = taken(folder, deep=True)
    (folder / "a.toml").write_text("a = 2\n")
    (folder / "c" / "deep" / "b.j2").unlink()
    (folder / "new").write_text("")
    assert made.joinpath("a.toml").read_text("utf-8") == "a = 1\n"
    assert made.joinpath("c/deep/b.j2").read_bytes() == b"\xff"
    assert not made.joinpath("new").is_file()
    with pytest.raises(FileNotFoundError):
        made.joinpath("new").read_text("utf-8")
    with pytest.raises(UnicodeDecodeError):
        made.joinpath("c").joinpath("deep/b.j2").read_text("utf-8")


def test_it_looks_like_the_folder(folder: Path) -> None:
    made = taken(folder, deep=True)
    assert str(made) == str(folder)
    assert [(one.name, one.is_dir(), one.is_file()) for one in made.iterdir()] == [
        ("a.toml", False, True),
        ("c", True, False),
    ]
    assert [str(one) for one in made.joinpath("c").iterdir()] == [str(folder / "c" / "deep")]
    assert not made.joinpath("nothing").is_dir()
    assert [one.name for one in taken(folder, deep=False).iterdir()] == ["a.toml"]
    assert list(taken(folder / "nowhere", deep=True).iterdir()) == []


def test_what_is_no_part_of_a_definition_is_not_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "gone").symlink_to(tmp_path / "gone")
    (folder / "up").symlink_to(tmp_path)
    (folder / "round").symlink_to("round")
    (folder / "in").symlink_to(folder / "a.toml")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("")
    (folder / "__init__.py").write_text("")
    os.mkfifo(folder / "pipe")
    assert [one.name for one in taken(folder, deep=True).iterdir()] == ["a.toml", "c", "in"]


def test_what_is_far_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_BYTES", 6)
    with pytest.raises(InputError, match="is not the definition of a series: it holds more than"):
        taken(folder, deep=True)


def test_what_follows_from_a_definition_is_of_one_moment(tmp_path: Path) -> None:
    shutil.copytree(FAKESERIES, tmp_path / "fake")
    series = read(tmp_path / "fake", tmp_path / "fake" / "c")
    before = read(tmp_path / "fake", tmp_path / "fake" / "c")
    (tmp_path / "fake" / "checks.toml").write_text("[")
    (tmp_path / "fake" / "history.toml").write_text("[")
    (tmp_path / "fake" / "c" / "more").write_text("")
    assert (series.plan, series.history, series.digest) == (before.plan, before.history, before.digest)
    with pytest.raises(InputError):
        _ = read(tmp_path / "fake", tmp_path / "fake" / "c").plan

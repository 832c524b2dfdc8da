# SPDX-License-Identifier: GPL-2.0-only
"""A file that is written whole, or as it comes where nothing else can be."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest

from generator.whole import whole


def put(file: Path, text: str) -> None:
    with whole(file) as path:
        path.write_text(text)


def test_a_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "a"
    put(file, "old")
    file.chmod(0o640)
    with whole(file) as path:
        path.write_text("new")
        assert file.read_text() == "old"
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_what_goes_wrong_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a"
    put(file, "old")
    with pytest.raises(ZeroDivisionError), whole(file):
        raise ZeroDivisionError
    assert file.read_text() == "old"
    with pytest.raises(FileNotFoundError):
        put(tmp_path / "none" / "a", "new")
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a")
    put(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new"


def test_a_pipe_gets_it_as_it_comes(tmp_path: Path) -> None:
    fifo, got = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: got.append(fifo.read_text()))
    reader.start()
    put(fifo, "new")
    reader.join()
    assert got == ["new"]
    assert fifo.is_fifo()
    put(Path("/dev/null"), "new")
    assert Path("/dev/null").is_char_device()


def refused(*_: object, **__: object) -> Path:
    raise OSError(errno.EACCES, "Permission denied")


def test_a_folder_that_takes_no_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    put(file, "old")
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    put(file, "new")
    assert file.read_text() == "new"
    with pytest.raises(PermissionError):
        put(tmp_path / "b", "new")


def test_a_file_that_keeps_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is mounted into a container does."""
    file = tmp_path / "a"
    put(file, "old")
    monkeypatch.setattr(Path, "replace", refused)
    put(file, "new")
    assert file.read_text() == "new"

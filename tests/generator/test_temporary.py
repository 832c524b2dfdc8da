# SPDX-License-Identifier: GPL-2.0-only
"""Folders that are gone with the run that made them, or with the next one."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator import temporary
from generator.process import interrupts
from patchset.errors import InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
import tempfile
from pathlib import Path
from generator.temporary import temporary
with temporary(Path(sys.argv[1])) as path:
    (path / "big").write_text("x")
    print(path, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Give another run, and its folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_it_is_gone_afterwards(tmp_path: Path) -> None:
    with temporary.temporary(tmp_path) as path:
        (path / "a").mkdir()
        assert path.parent == tmp_path
        assert path.stat().st_mode & 0o777 == 0o700
    with pytest.raises(ZeroDivisionError), temporary.temporary(tmp_path):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_by_default_it_is_where_temporary_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary.temporary() as path:
        assert path.parent == tmp_path


@pytest.mark.slow
def test_what_a_killed_run_left_goes_and_what_a_live_one_has_stays(
    tmp_path: Path, holder: tuple[subprocess.Popen[str], Path]
) -> None:
    process, theirs = holder
    with temporary.temporary(tmp_path):
        assert (theirs / "big").exists()
    process.kill()
    process.wait()
    assert (theirs / "big").exists()
    with temporary.temporary(tmp_path):
        assert not theirs.exists()


def test_what_is_not_ours_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (f"{temporary.PREFIX}journal", "respin-mine", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / f"{temporary.PREFIX}journal" / temporary.JOURNAL).touch()
    (tmp_path / f"{temporary.PREFIX}file").touch()
    (tmp_path / f"{temporary.PREFIX}link").symlink_to("other")
    there = sorted(tmp_path.iterdir())
    temporary.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == there
    (tmp_path / f"{temporary.PREFIX}of-somebody-else").mkdir()
    uid = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    temporary.sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(there) + 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    temporary.sweep(tmp_path / "none")
    with pytest.raises(FileNotFoundError), temporary.temporary(tmp_path / "none"):
        pytest.fail("there is no folder")


def test_who_sweeps_at_the_moment_takes_a_folder_that_was_just_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is made; the first is theirs to remove."""
    real = fcntl.flock
    taken: list[int] = []

    def flock(lock: int, how: int) -> None:
        if not taken:
            taken.append(lock)
            raise BlockingIOError
        if len(taken) == 1:
            taken.append(lock)
            Path(f"/proc/self/fd/{lock}").readlink().rmdir()
        real(lock, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with temporary.temporary(tmp_path) as path:
        assert path.is_dir()
        assert len(taken) == 2


def test_a_file_system_that_locks_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", flock)
    left = tmp_path / f"{temporary.PREFIX}left"
    left.mkdir()
    with temporary.temporary(tmp_path) as path:
        assert path.is_dir()
    assert list(tmp_path.iterdir()) == [left]


def test_a_signal_while_it_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tempfile.mkdtemp

    def mkdtemp(**words: str) -> str:
        interrupts.arrive(InterruptedRunError("stopped"))
        return real(**words)

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(InterruptedRunError), temporary.temporary(tmp_path):
        pytest.fail("the body must not run")
    assert not list(tmp_path.iterdir())
    interrupts.forget()

# SPDX-License-Identifier: GPL-2.0-only
"""Several files as one: all of them or none, whatever ends the process in between."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator import temporary
from generator.process import interrupts
from generator.switch import switch, take_back
from patchset.errors import FindingsError, InfrastructureError, InterruptedRunError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from generator.switch import switch
from generator.temporary import temporary

moves = [int(sys.argv[2])]

def move(real):
    def dying(*arguments, **words):
        if moves[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        moves[0] -= 1
        return real(*arguments, **words)
    return dying

folder = Path(sys.argv[1])
with temporary(folder) as room:
    new = {}
    for path in ("changed.c", "new/deep/made.c", "other.c"):
        new[path] = room / Path(path).name
        new[path].write_text(f"int {path};")
    new["old/gone.c"] = None
    Path.replace, Path.unlink = move(Path.replace), move(Path.unlink)
    switch(folder, room, new)
    moves[0] = -1
"""
MOVES = 6
"""The journal, three files, one that goes, and the journal again."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "linux"
    for path in ("changed.c", "other.c", "old/gone.c"):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"old {path}")
    (folder / "other.c").chmod(0o751)
    return folder


def killed(folder: Path, moves: int) -> int:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(moves)], check=False, env=environment
    ).returncode


def rooms(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.name.startswith(temporary.PREFIX)]


@pytest.mark.slow
@pytest.mark.parametrize("moves", range(MOVES))
def test_a_run_that_is_killed_before_any_move_is_taken_back(folder: Path, moves: int) -> None:
    untouched = tinykernel.snapshot(folder)
    assert killed(folder, moves) == -signal.SIGKILL
    assert len(rooms(folder)) == 1
    assert take_back(folder) is (moves > 0)
    assert tinykernel.snapshot(folder) == untouched
    assert take_back(folder) is False


@pytest.mark.slow
def test_a_run_that_is_not_killed_leaves_what_it_wrote_and_nothing_else(folder: Path) -> None:
    assert killed(folder, MOVES) == 0
    assert sorted(tinykernel.snapshot(folder)) == ["changed.c", "new", "new/deep", "new/deep/made.c", "other.c"]
    assert (folder / "changed.c").read_text() == "int changed.c;"


@pytest.mark.slow
def test_what_was_changed_since_is_not_overwritten(folder: Path) -> None:
    assert killed(folder, 3) == -signal.SIGKILL
    (folder / "changed.c").write_text("mine")
    found = tinykernel.snapshot(folder)
    with pytest.raises(FindingsError, match=r"and changed\.c was changed since") as caught:
        take_back(folder)
    assert tinykernel.snapshot(folder) == found
    assert str(*rooms(folder)) in caught.value.hint


def test_who_works_in_the_folder_is_left_alone(folder: Path) -> None:
    with temporary.temporary(folder) as room:
        (room / temporary.JOURNAL).write_text("[]")
        assert take_back(folder) is False
        assert room.is_dir()
        (room / temporary.JOURNAL).unlink()


@pytest.mark.parametrize(
    "journal",
    [
        "",
        "{",
        "[1]",
        "[[]]",
        "[" * 100_000,
        '[["other.c", "before-0", "", 1, 2]]',
        '[["../outside.c", "before-0", "", 0]]',
        '[["/outside.c", "before-0", "", 0]]',
        '[["away/outside.c", "before-0", "", 0]]',
        '[["other.c", "../other.c", "", 0]]',
        '[["other.c", "before-1", "", 0]]',
        '[["other.c", null, "", 0]]',
    ],
)
def test_a_journal_that_no_run_has_written_touches_nothing(folder: Path, tmp_path: Path, journal: str) -> None:
    """A folder may come from a stranger."""
    (tmp_path / "outside.c").write_text("outside")
    (folder / "away").symlink_to(tmp_path)
    room = folder / f"{temporary.PREFIX}x"
    room.mkdir()
    (room / "before-0").write_text("evil")
    (room / "before-1").symlink_to(tmp_path / "outside.c")
    (room / temporary.JOURNAL).write_text(journal)
    found = tinykernel.snapshot(tmp_path)
    with pytest.raises(FindingsError, match="was not written by respin"):
        take_back(folder)
    assert tinykernel.snapshot(tmp_path) == found


def moving(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Do something before each move, which is told its number."""
    real, moved = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        moved.append(target)
        act(len(moved))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def replace_two(folder: Path) -> None:
    with temporary.temporary(folder) as room:
        for name in "ab":
            (room / name).write_text("new")
        switch(folder, room, {"changed.c": room / "a", "other.c": room / "b"})


def test_a_signal_waits_until_all_files_are_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def signalled(number: int) -> None:
        if number == 2:
            interrupts.arrive(InterruptedRunError("stopped"))

    moving(monkeypatch, signalled)
    with pytest.raises(InterruptedRunError):
        replace_two(folder)
    assert [(folder / one).read_text() for one in ("changed.c", "other.c")] == ["new", "new"]
    assert not rooms(folder)
    interrupts.forget()


def test_what_cannot_be_put_back_now_is_put_back_by_the_next_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched = tinykernel.snapshot(folder)

    def broken(number: int) -> None:
        if number > 2:
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        moving(patched, broken)
        with pytest.raises(InfrastructureError, match="is written in part, and cannot be put back: Input/output error"):
            replace_two(folder)
    assert json.loads((*rooms(folder),)[0].joinpath(temporary.JOURNAL).read_text())
    assert take_back(folder) is True
    assert tinykernel.snapshot(folder) == untouched


def test_a_file_system_without_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    untouched = tinykernel.snapshot(folder)

    def broken(number: int) -> None:
        if number == 3:
            raise OSError(errno.EIO, "Input/output error")

    moving(monkeypatch, broken)
    with pytest.raises(OSError, match="Input/output error"):
        replace_two(folder)
    assert tinykernel.snapshot(folder) == untouched

# SPDX-License-Identifier: GPL-2.0-only
"""Locks between two processes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from generator.lock import locked
from patchset.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from generator.lock import locked
with locked(Path(sys.argv[1]), sys.argv[2], print):
    print("held", flush=True)
    sys.stdin.readline()
"""


def _holder(cache: Path, name: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", HOLDER, str(cache), name]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.slow
def test_second_process_waits_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    with _holder(tmp_path, "store") as process:

        def say(text: str) -> None:
            said.append(text)
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()

        with locked(tmp_path, "store", say):
            assert process.wait(5) == 0
    assert said == ["waiting for another run of respin that works on store"]


@pytest.mark.slow
def test_other_names_do_not_wait(tmp_path: Path) -> None:
    said: list[str] = []
    with _holder(tmp_path, "one") as process:
        with locked(tmp_path, "two", said.append):
            assert process.poll() is None
        process.kill()
    assert not said


@pytest.mark.slow
def test_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    said: list[str] = []
    with _holder(tmp_path, "store") as process:
        process.kill()
    with locked(tmp_path, "store", said.append):
        pass
    assert not said


@pytest.mark.slow
def test_error_inside_lets_go(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(ZeroDivisionError), locked(tmp_path, "store", said.append):
        raise ZeroDivisionError
    with _holder(tmp_path, "store") as process:
        process.kill()


def test_name_that_is_no_utf8(tmp_path: Path) -> None:
    with locked(tmp_path, os.fsdecode(b"linux-\xff"), print):
        assert len(list((tmp_path / "locks").iterdir())) == 1


def test_cache_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the cache folder"), locked(tmp_path / "file", "store", print):
        pass

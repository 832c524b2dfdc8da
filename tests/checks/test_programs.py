# SPDX-License-Identifier: GPL-2.0-only
"""What a program said outlives a run, for as long as it is the very same one."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from checks import programs
from checks.contract import Tool
from checks.known import Known
from checks.programs import Programs
from checks.python3 import PYTHON3
from generator import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ECHO = Tool("echo", "coreutils")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is started; `echo` in PATH is a compiled program that was there for long."""
    started: list[str] = []
    run = process.run

    def counted(argv: list[str], **edges: object) -> process.Completed:
        started.append(argv[0])
        return run(argv, **edges)  # type: ignore[arg-type]

    (tmp_path / "bin").mkdir()
    shutil.copy("/bin/echo", tmp_path / "bin/echo")
    (tmp_path / "status").touch()
    monkeypatch.setattr(process, "run", counted)
    monkeypatch.setattr(programs, "PACKAGES", tmp_path / "status")
    monkeypatch.setattr(programs, "SETTLED_SECONDS", -60.0)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return started


def told(folder: Path, tool: Tool = ECHO) -> str:
    (line,) = Programs(Known(folder / "cache", "a")).versions([tool])
    return line


def test_a_program_that_is_the_same_is_not_asked_again(tmp_path: Path, asked: list[str]) -> None:
    first = told(tmp_path)
    assert first.startswith("echo: echo (GNU coreutils)")
    assert told(tmp_path) == first == Programs().versions([ECHO])[0]
    assert len(asked) == 2  # by the first, and by the last, which keeps nothing


def other_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change a byte, and neither size nor time."""
    del monkeypatch
    file = folder / "bin/echo"
    state = file.stat()
    text = bytearray(file.read_bytes())
    text[-1] ^= 1
    file.write_bytes(text)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def a_link_to_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    (folder / "bin/echo").unlink()
    (folder / "bin/echo").symlink_to("/bin/true")


def a_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    (folder / "status").write_text("more")


@pytest.mark.parametrize(
    "change", [other_bytes, a_link_to_another, a_package, lambda _, patch: patch.setenv("LC_ALL", "C")]
)
def test_whatever_it_may_say_more_of_is_asked_again(
    tmp_path: Path,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path, pytest.MonkeyPatch], None],
) -> None:
    told(tmp_path)
    change(tmp_path, monkeypatch)
    assert told(tmp_path) == Programs().versions([ECHO])[0]
    assert len(asked) == 3


def a_script(folder: Path) -> None:
    (folder / "bin/echo").write_text(f"#!/bin/sh\ncat {folder / 'says'}\n")


def a_link(folder: Path) -> None:
    """Let it be one of those programs that start what they are called like."""
    (folder / "bin/echo").rename(folder / "bin/wrap")
    (folder / "bin/echo").symlink_to("wrap")


@pytest.mark.parametrize("make", [a_script, a_link])
def test_what_starts_another_program_is_asked_each_time(
    tmp_path: Path, asked: list[str], make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    (tmp_path / "says").write_text("one\n")
    told(tmp_path)
    (tmp_path / "says").write_text("two\n")
    assert told(tmp_path) == Programs().versions([ECHO])[0]
    assert len(asked) == 3


def test_a_program_that_was_just_written_is_asked_each_time(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "SETTLED_SECONDS", 600.0)
    told(tmp_path)
    told(tmp_path)
    assert len(asked) == 2


def test_no_answer_is_not_kept(tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(programs, "_SECONDS", 0.0)
        assert told(tmp_path).startswith("echo:  ")
    assert told(tmp_path).startswith("echo: echo (GNU coreutils)")
    assert len(asked) == 2


def test_what_python_has_is_asked_each_time(tmp_path: Path, asked: list[str]) -> None:
    assert told(tmp_path, PYTHON3).startswith("python3: Python 3.")
    assert told(tmp_path, PYTHON3) == Programs().versions([PYTHON3])[0]
    assert len(asked) == 3

# SPDX-License-Identifier: GPL-2.0-only
"""Odd input to the command line, and defects, in this process."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from generator import bases
from respin.program import SIGNALS, main
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def respin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the program and returns its exit code and what it wrote."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        for number, handler in before.items():
            signal.signal(number, handler)
        out, err = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, out, err

    return run


@pytest.mark.parametrize("date", ["@-5", "1900-01-01", f"@{10**23}", "9999-99-99", "@", ""])
def test_a_date_that_git_cannot_hold(respin: Callable[..., tuple[int, str, str]], tmp_path: Path, date: str) -> None:
    code, _, err = respin("render", tinykernel.plain(tmp_path / "linux"), "--date", date)
    assert (code, "is not a valid date" in err) == (2, True)


@pytest.mark.parametrize("date", ["@0", "2026-11-24T10:00+01:00", "now"])
def test_a_date(respin: Callable[..., tuple[int, str, str]], tmp_path: Path, date: str) -> None:
    assert respin("render", tinykernel.plain(tmp_path / "linux"), "--date", date)[0] == 1


def test_a_version_with_control_characters(respin: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    kernel = tinykernel.plain(tmp_path / "linux")
    (kernel / "Makefile").write_bytes(b"VERSION = 6\nPATCHLEVEL = 1\nEXTRAVERSION = \x1b]0;x\x07\n")
    code, out, _ = respin("explain", kernel)
    assert code == 1
    assert "\x1b" not in out
    assert "(6.1\\x1b]0;x\\x07): conflicts" in out


def test_a_cache_that_cannot_be_written_to(respin: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = respin("render", "debian:6.1.1-1", "--cache", tmp_path / "file" / "cache")
    assert code == 2
    assert "Traceback" not in err


def test_a_defect_leaves_a_log(
    respin: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by\x1bzero")

    monkeypatch.setattr(bases, "find", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = respin("explain", tmp_path)
    assert (code, out) == (3, "")
    assert "a defect of respin: ZeroDivisionError: by\\x1bzero" in err
    assert "Traceback" not in err
    (log,) = tmp_path.glob("respin-*.log")
    assert str(log) in err
    assert "Traceback" in log.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["render", ".", "-o", ""],
        ["render", ".", "--cache", ""],
        ["apply", ".", "--to", ""],
        ["lint", "a.mbox", "--repository", ""],
        ["report", ""],
        ["mail", ".", "-o", ""],
        ["b4-setup", ""],
    ],
    ids=" ".join,
)
def test_an_empty_path_is_not_the_current_folder(respin: Callable[..., tuple[int, str, str]], words: list[str]) -> None:
    code, out, err = respin(*words)
    assert (code, out) == (2, "")
    assert "it is empty" in err


@pytest.mark.parametrize(
    "words",
    [
        ["render", "{kernel}", "--from", "{value}"],
        ["render", "{kernel}", "--date", "{value}"],
        ["render", "{kernel}", "--ref", "{value}"],
        ["rules", "--series", "{value}"],
        ["render", "{kernel}@{value}"],
        ["render", "{value}"],
        ["render", "{kernel}", "{value}"],
        ["render", "{kernel}", "--{value}"],
        ["mail", "{kernel}", "-o", "out", "--prefix", "{value}"],
        ["check", "{kernel}", "--only", "{value}"],
        ["lint", "{value}"],
        ["report", "{value}"],
        ["{value}"],
    ],
    ids=" ".join,
)
def test_a_line_break_in_what_is_refused_begins_no_line(
    respin: Callable[..., tuple[int, str, str]], kernel: Path, words: list[str]
) -> None:
    code, _, err = respin(*(one.format(kernel=kernel, value="a\nrespin: all is well") for one in words))
    assert code == 2
    assert not [row for row in err.splitlines() if row.startswith("respin: all")], err
    assert "a\\nrespin: all is well" in err

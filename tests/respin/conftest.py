# SPDX-License-Identifier: GPL-2.0-only
"""The program, called in this process, with the series of the stand-in kernel and that kernel as a repository."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from checks import python3
from respin import session
from respin.program import SIGNALS, main
from tests import fake, forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def respin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Respin:
    """Return a function that runs the program and returns its exit code and what it wrote."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(session, "load", fake.load)
    monkeypatch.setattr("respin.progress.LONG_SECONDS", 600.0)  # on a busy machine every step is a long one
    monkeypatch.setattr(python3, "interpreter", lambda _: "")  # it starts every Python of the machine
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def run(*arguments: object) -> tuple[int, list[str], str]:
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        for number, handler in before.items():
            signal.signal(number, handler)
        out, err = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, out.splitlines(), err

    return run


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    return fake.repository(tmp_path / "linux")


@pytest.fixture(scope="session")
def server() -> Iterator[forked.Server]:
    with forked.server() as one:
        yield one

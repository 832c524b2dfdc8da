# SPDX-License-Identifier: GPL-2.0-only
"""`respin crash` before any guest: what it asks for first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from checks import toolchain
from checks.contract import Tool
from patchset.loader import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Respin = Callable[..., tuple[int, list[str], str]]


def test_a_console_whose_tools_are_missing_says_what_brings_them(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("respin.session.load", load)  # the series of the stand-in has no crash test
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr("respin.commands.crash.sys", SimpleNamespace(stdin=terminal, stdout=terminal))
    monkeypatch.setattr(toolchain, "missing", lambda _: (Tool("cpio", "cpio"), Tool("drgn", "", (), extra="crash")))
    code, out, err = respin("crash", kernel, "--interactive")
    assert (code, out) == (3, [])
    assert "missing: cpio, drgn\n" in err
    assert "apt-get install cpio; pip install 'respin[crash]'" in err


def test_rounds_are_a_distributions(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("respin.session.load", load)
    code, _, err = respin("crash", "nowhere", "--only", "round")
    assert (code, "there is no scenario 'round'" in err) == (2, True)
    code, _, err = respin("crash", "nowhere", "--userland", "debian:12", "--only", "dump")
    assert (code, "there is no scenario 'dump'" in err) == (2, True)
    code, _, err = respin("crash", "nowhere", "--userland", "hurd")
    assert (code, "there is no userland 'hurd'" in err) == (2, True)


def test_the_scenarios_are_those_that_the_series_has_the_interface_for(
    respin: Respin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("respin.session.load", load)
    words = ("crash", "nowhere", "--series", "crash-dm-crypt")
    code, out, _ = respin(*words, "--list")
    assert (code, {"dump", "hour"} & {line.split()[0] for line in out}) == (0, {"dump"})
    code, _, err = respin(*words, "--only", "hour")
    assert (code, "there is no scenario 'hour'" in err) == (2, True)
    code, _, err = respin(*words, "--userland", "debian:12")
    assert (code, "no scenario of debian:12 can be run with what the series crash-dm-crypt" in err) == (2, True)

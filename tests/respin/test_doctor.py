# SPDX-License-Identifier: GPL-2.0-only
"""`respin doctor`: a line a thing, a mark a line, and a sum."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from checks import machine, toolchain
from checks.machine import Condition
from checks.toolchain import ToolState

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]

GIT = ToolState("git", ("git",), "/usr/bin/git", "git version 2.39.5", ("generator", "a", "b", "c"))
SPARSE = ToolState("sparse", ("sparse",), "", "", ("sparse",))
CCACHE = ToolState("ccache", ("ccache",), "/usr/bin/ccache", "ccache version 4.7.1", ("build",), False, "not used: x")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[ToolState]:
    """Return the list of the tools that are there, and let all else be good."""
    states = [GIT, CCACHE]
    monkeypatch.setattr(toolchain, "survey", lambda: tuple(states))
    monkeypatch.setattr(machine, "disks", lambda _: [Condition("disk: cache", "71.0 GiB free", good=True)])
    monkeypatch.setattr(machine, "accelerator", lambda _: Condition("KVM", "no /dev/kvm", good=False, required=False))
    monkeypatch.setattr(machine, "python", lambda: [Condition("python: click", "8.1", good=True)])
    return states


GOOD = [
    "✓ git            git version 2.39.5 (/usr/bin/git); for generator, a, b and 1 more",
    "○ ccache         ccache version 4.7.1 (/usr/bin/ccache): not used: x; for build",
    "✓ disk: cache    71.0 GiB free",
    "○ KVM            no /dev/kvm",
    "✓ python: click  8.1",
    "all that is needed is there",
]


@pytest.mark.usefixtures("found")
def test_a_mark_a_line_and_a_sum(respin: Respin) -> None:
    assert respin("doctor") == (0, GOOD, "")
    assert "for generator, a, b, c" in respin("doctor", "-v")[1][0]
    assert respin("doctor", "--quiet") == (0, [GOOD[1], GOOD[3]], "")


@pytest.mark.usefixtures("found")
def test_a_terminal_without_the_marks(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", out)
    assert respin("doctor")[0] == 0
    out.seek(0)
    assert [line.split()[0] for line in out.read().splitlines()[:-1]] == ["ok", "without", "ok", "without", "ok"]


@pytest.mark.slow
def test_the_tools_of_this_machine(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "accelerator", lambda _: Condition("KVM", "not tried", good=False, required=False))
    code, out, err = respin("doctor")
    assert (code in {0, 3}, err) == (True, "")
    assert {"git", "xz", "gcc", "qemu-system-x86_64", "perl"} <= {line.split()[1] for line in out}


def test_what_is_missing_is_summed_up(respin: Respin, found: list[ToolState]) -> None:
    found.append(SPARSE)
    code, out, _ = respin("doctor", "--quiet")
    assert (code, out[1], out[3:]) == (
        3,
        "✗ sparse         missing: apt-get install sparse; for sparse",
        ["1 not as needed: sparse", "`respin doctor --install` installs sparse"],
    )


def test_a_missing_library_names_its_extra(
    respin: Respin, found: list[ToolState], monkeypatch: pytest.MonkeyPatch
) -> None:
    found.append(ToolState("drgn", (), "", "", ("crash",), extra="crash"))
    asked: list[list[str]] = []
    monkeypatch.setattr(toolchain, "install", asked.append)
    code, out, _ = respin("doctor", "--quiet", "--install")
    assert (code, out[1], out[3:]) == (
        3,
        "✗ drgn           missing: pip install 'respin[crash]'; for crash",
        ["1 not as needed: drgn", "pip install 'respin[crash]'"],
    )
    assert asked == []


def test_what_is_missing_is_installed(respin: Respin, found: list[ToolState], monkeypatch: pytest.MonkeyPatch) -> None:
    found.append(SPARSE)
    asked: list[list[str]] = []

    def install(packages: list[str]) -> None:
        asked.append(packages)
        found.pop()

    monkeypatch.setattr(toolchain, "install", install)
    assert respin("doctor", "--install") == (0, GOOD, "")
    assert asked == [["sparse"]]

# SPDX-License-Identifier: GPL-2.0-only
"""Which ccache builds go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks import toolchain
from checks.kernel import ccache, kbuild

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(tools: Path, said: str) -> None:
    (tools / "ccache").write_text(f"#!/bin/sh\necho '{said}'\n")
    (tools / "ccache").chmod(0o755)


@pytest.mark.parametrize("said", ["4.6.3", "4.7.3", "4.7.5", "4.10", "5.7.1", "3.7.12", "4.8+really4.7.5", ""])
def test_one_that_keeps_what_kbuild_compiles_is_used(tools: Path, said: str) -> None:
    put(tools, f"ccache version {said}")
    assert (ccache.refused(), kbuild.host()) == ("", "ccache gcc")


@pytest.mark.parametrize("said", ["4.7", "4.7.0", "4.7.1", "4.7.2"])
def test_one_that_does_not_is_left_out_and_told_of(tools: Path, said: str) -> None:
    put(tools, f"ccache version {said}")
    assert (ccache.usable(), kbuild.host()) == (False, "gcc")
    state = next(each for each in toolchain.survey() if each.name == "ccache")
    assert (state.version, state.required) == (f"ccache version {said}", False)
    assert "-Wp,-MMD" in state.refused


@pytest.mark.usefixtures("tools")
def test_none() -> None:
    assert (ccache.usable(), ccache.refused(), kbuild.host()) == (False, "", "gcc")

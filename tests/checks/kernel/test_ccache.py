# SPDX-License-Identifier: GPL-2.0-only
"""Which ccache builds go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks import toolchain
from checks.kernel import ccache, kbuild
from generator import process
from tests.checks.kernel.test_kernel import CONFIGURATION

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = """\
all: piggy.o code.o
piggy.o: piggy.S blob
\t$(CC) -Wp,-MMD,.piggy.d -c -o $@ $<
code.o: code.c
\t$(CC) -Wp,-MMD,.code.d -c -o $@ $<
"""


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


def test_an_object_has_the_bytes_of_today_that_it_takes_in(tmp_path: Path) -> None:
    """ccache 4.7.5 with CCACHE_DEPEND gives those of the first time for both sources, where all goes through it."""
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "piggy.S").write_text('.section .rodata\n.incbin "blob"\n')
    (tmp_path / "code.c").write_text("int code;\n")
    environment = kbuild.environment(tmp_path / "cache", tmp_path)

    def built(compiler: str, blob: str) -> bool:
        (tmp_path / "blob").write_text(blob)
        for name in ("piggy.o", "code.o"):
            (tmp_path / name).unlink(missing_ok=True)
        process.run(["make", "-C", str(tmp_path), f"CC={compiler}"], seconds=60.0, env=environment)
        return blob.encode() in (tmp_path / "piggy.o").read_bytes()

    assert built(kbuild.compiling(CONFIGURATION), "the first kernel")
    assert built(kbuild.compiling(CONFIGURATION), "another kernel!!")
    said = process.run(["ccache", "--print-stats"], seconds=60.0, env=environment).text
    assert "direct_cache_hit\t1\n" in said  # of code.c: it is in the cache all the same
    assert built(kbuild.compiler(CONFIGURATION), "the first kernel")
    assert not built(kbuild.compiler(CONFIGURATION), "another kernel!!")

# SPDX-License-Identifier: GPL-2.0-only
"""kbuild's .cmd files as arguments of a parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsers.cmdfile import arguments, naming

LINE = (
    "cmd_kernel/bounds.s := ccache gcc -Wp,-MMD,kernel/.bounds.s.d -nostdinc -I/src/arch/x86/include -I./include "
    "-include /src/include/linux/kconfig.h -D__KERNEL__ -fmacro-prefix-map=/src/= -Wall -Wundef "
    "-Werror=strict-prototypes -fno-strict-aliasing -fshort-wchar -funsigned-char -std=gnu11 -mno-sse -m64 "
    "-mno-fp-ret-in-387 -mpreferred-stack-boundary=3 -mno-red-zone -O2 -I /src/. -DCC_USING_FENTRY "
    "-DKBUILD_MODFILE='\"kernel/bounds\"' -DKBUILD_BASENAME='\"bounds\"' -D__KBUILD_MODNAME=kmod_bounds "
    "-fverbose-asm -S -o kernel/bounds.s /src/kernel/bounds.c\n\nsource_kernel/bounds.s := /src/kernel/bounds.c\n"
)
KEPT = (
    "-nostdinc", "-I/src/arch/x86/include", "-I./include", "-include", "/src/include/linux/kconfig.h", "-D__KERNEL__",
    "-Werror=strict-prototypes", "-fshort-wchar", "-funsigned-char", "-std=gnu11", "-mno-sse", "-m64", "-mno-red-zone",
    "-I", "/src/.", "-DCC_USING_FENTRY",
)  # fmt: skip


@pytest.mark.parametrize("text", [LINE, LINE.replace("cmd_", "savedcmd_", 1), f"# a comment\n{LINE}"])
def test_what_changes_the_meaning_is_kept(text: str) -> None:
    assert arguments(text) == KEPT


@pytest.mark.parametrize("text", ["", "source_a.o := a.c\n", "cmd_a.o := gcc -D'X\n"])
def test_no_command(text: str) -> None:
    assert arguments(text) == ()


def test_a_file_has_definitions_of_its_own() -> None:
    assert naming("arch/x86/kernel/kexec-bzimage64.c") == (
        '-DKBUILD_MODFILE="kexec_bzimage64"', '-DKBUILD_BASENAME="kexec_bzimage64"',
        '-DKBUILD_MODNAME="kexec_bzimage64"', "-D__KBUILD_MODNAME=kmod_kexec_bzimage64",
    )  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(LINE.split(" "))).map(lambda words: f"cmd_a := {' '.join(words)}"))
def test_it_never_raises(text: str) -> None:
    arguments(text)

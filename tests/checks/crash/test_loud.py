# SPDX-License-Identifier: GPL-2.0-only
"""Which debug messages `loud` turns on, and each verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.crash.said import Secret
from checks.crash.scenarios import loud
from checks.crash.scenarios.loud import LoudSeen
from checks.crash.shell import MADE_UP

GOOD = LoudSeen(Secret(MADE_UP, 0x762D8000), [3, 4], [("the console", b"kexec_file: segment[0] mem=0x762d8000\n")])


def test_the_files_of_the_series_are_asked_for() -> None:
    paths = ["kernel/kexec_file.c", "include/linux/kexec.h", "arch/x86/kernel/crash.c", "kernel/Kconfig"]
    assert loud.dyndbg(paths) == 'dyndbg="file crash.c +p; file kexec_file.c +p"'


def test_a_good_run_has_no_finding() -> None:
    assert loud.judge(GOOD) == ()


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (replace(GOOD, texts=[("the console", MADE_UP[8:14].hex(" ").encode())]), "the console shows bytes of the key"),
        (replace(GOOD, texts=[("`dmesg`", b"crash: key at 762d8000")]), "`dmesg` shows the address of the key"),
        (replace(GOOD, watched=[3]), "nothing is proven"),
        (replace(GOOD, watched=[3, 0]), "nothing is proven"),
    ],
)
def test_it_fails_for_its_reason(seen: LoudSeen, message: str) -> None:
    (found,) = loud.judge(seen)
    assert message in found.message

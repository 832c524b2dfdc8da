# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict of `reload` beside its turns, and what mmap() shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import kcore
from checks.crash.kcore import Peek
from checks.crash.scenarios import reload
from checks.crash.scenarios.reload import ReloadSeen
from patchset.errors import InfrastructureError
from tests.checks.crash.made import SHELL, answer

GOOD = ReloadSeen(
    {"kexec_load(2)": (2, 3)},
    [Peek("the record by read()", 0, 0), Peek("the record by mmap()", 0, 0)],
    [Peek("the firmware by read()", 4096, 4000), Peek("the firmware by mmap()", 4096, 4000)],
    "elfcorehdr=0x7e000000 quiet respin.end",
)


def test_a_good_run_has_no_finding() -> None:
    assert reload.judge(GOOD) == ()


@pytest.mark.parametrize(
    ("seen", "message", "rule"),
    [
        (
            replace(GOOD, lines={"kexec_load(2)": (2, 2)}),
            "kexec_load(2) has wiped a key, and 0 lines of the log",
            "R13",
        ),
        (replace(GOOD, lines={"kexec_load(2)": (2, 4)}), "2 lines of the log say so, not one", "R13"),
        (replace(GOOD, cmdline="elfcorehdr=0x7e000000 quiet respi"), "cut: it ends with '7e000000 quiet respi'", "R06"),
        (replace(GOOD, peeks=[]), "nobody has looked at the record", "R15"),
        (replace(GOOD, peeks=[Peek("the record by mmap()", 4096, 80)]), "/dev/mem shows the record by mmap()", "R15"),
        (replace(GOOD, peeks=[Peek("the record by read()", 4096, 0)]), "/dev/mem shows the record by read()", "R15"),
        (replace(GOOD, controls=[Peek("the firmware by mmap()", 0, 0)]), "the reader is blind", ""),
    ],
)
def test_it_fails_for_its_reason(seen: ReloadSeen, message: str, rule: str) -> None:
    (found,) = reload.judge(seen)
    assert message in found.message
    assert found.rule == rule


@given(st.integers(256, 2559))
def test_the_longest_command_line_is_found(most: int) -> None:
    assert reload.longest_line(lambda size: size <= most) == most


def test_a_command_line_has_the_size_that_was_asked_for() -> None:
    command = reload.sized(SHELL, 400, ("/boot/kernel", "/run/initramfs"), "a=b")
    line = command.split(" ", 5)[5].strip('"')
    pad = re.search(r"\$\(head -c (\d+) .*\)", line)
    assert pad
    assert len(line) - len(pad[0]) + int(pad[1]) == 400


def test_what_a_mapping_shows() -> None:
    assert kcore.mapped("x", answer(0, "shown: 17")) == Peek("x", 4096, 17)
    assert kcore.mapped("x", answer(1, "mmap: 1 Operation not permitted")) == Peek("x", 0, 0)
    assert kcore.mapped("x", answer(1, "access: 14 Bad address")) == Peek("x", 0, 0)
    with pytest.raises(InfrastructureError, match="told nothing"):
        kcore.mapped("x", answer(1, "open: 2 No such file or directory"))

# SPDX-License-Identifier: GPL-2.0-only
"""What a guest said: the helper's steps, complaints, and secrets in logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import said
from checks.crash.guest import Answer
from checks.types import Severity

KEY = bytes(range(100, 164))
SECRET = said.Secret(KEY, 0x762D8000)


def test_steps() -> None:
    answer = Answer(
        "c", 1, ("unlock: ok", "describe: logon;0;0;3d000000;d", "save: 126 Required key not available", "x")
    )
    assert said.steps(answer) == {"unlock": 0, "save": 126}


@pytest.mark.parametrize(
    "text",
    [
        "Command line: luksvolumekey=0x762d8000 elfcorehdr=0x7e000000",
        "mem=0x00000000762d8000 memsz=0x1000",
        "pfn 762d8 is gone",
        "[mem 0x762d8010-0x762d804f]",
    ],
)
def test_an_address_is_a_leak(text: str) -> None:
    assert said.leaks(SECRET, text) == ("the address of the key",)


@pytest.mark.parametrize("text", ["0x762d9000", "a762d8000", "762d80001 ", "[mem 0x6f000000-0x762d7fff]", ""])
def test_another_address_is_none(text: str) -> None:
    assert said.leaks(SECRET, text) == ()


@given(st.integers(0, len(KEY) - 6), st.sampled_from(["", " ", ":", ", 0x"]), st.booleans(), st.booleans())
def test_key_bytes_are_a_leak_however_they_are_printed(at: int, between: str, upper: bool, backwards: bool) -> None:
    piece = KEY[at : at + 6]
    shown = between.join(f"{byte:02x}" for byte in (piece[::-1] if backwards else piece))
    assert said.leaks(SECRET, f"raw: {shown.upper() if upper else shown}\n") == ("bytes of the key",)


def test_what_is_not_known_is_not_looked_for() -> None:
    assert said.leaks(said.Secret(KEY), "0x0 0 00000") == ()


def test_silence_names_who_spoke() -> None:
    (finding,) = said.silence(SECRET, [("the console", "0x762d8000"), ("`load`", "")])
    assert (finding.message, finding.rule, finding.severity) == (
        "the console shows the address of the key", "R11", Severity.ERROR
    )  # fmt: skip


def test_the_crash_that_was_asked_for_is_no_complaint() -> None:
    assert said.quiet("[    1.0] Kernel panic - not syncing: sysrq triggered crash\n") == []
    (finding,) = said.quiet("[    1.0] BUG: unable to handle page fault for address: ff\n")
    assert finding.rule == "R19"

# SPDX-License-Identifier: GPL-2.0-only
"""Where /proc/kcore has what, and each verdict of `lifecycle`."""

from __future__ import annotations

import base64
import contextlib
import errno
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import kcore
from checks.crash.exposed import Exposure
from checks.crash.kcore import Peek
from checks.crash.scenarios import lifecycle
from checks.crash.scenarios.lifecycle import LifecycleSeen
from checks.crash.turns import Done, Look
from patchset.errors import InfrastructureError
from tests.checks.crash.made import answer

DIRECT = 0xFFFF888000000000


def elf(*segments: tuple[int, int, int, int]) -> str:
    """An ELF core with segments of (type, offset, virtual address, size), in base64."""
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    table = [struct.pack("<IIQQQQQQ", kind, 7, at, start, 0, size, size, 4096) for kind, at, start, size in segments]
    text = base64.b64encode(head + b"".join(table)).decode()
    return "\n".join(text[at : at + 76] for at in range(0, len(text), 76))


def test_an_offset_is_found() -> None:
    text = elf((4, 0, 0, 0), (1, 0x3000, 0xFFFFFFFF81000000, 0x1000), (1, 0x8000, DIRECT, 0x20000000))
    assert kcore.offset(text, DIRECT + 0x5000) == 0xD000
    with pytest.raises(InfrastructureError, match="no segment"):
        kcore.offset(text, DIRECT + 0x20000000)


@given(st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_reading_headers_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(InfrastructureError):
        kcore.offset(text, DIRECT)


def test_peeks() -> None:
    assert kcore.peek("x", answer(0, "4096", "0")) == Peek("x", 4096, 0)
    with pytest.raises(InfrastructureError, match="told nothing"):
        kcore.peek("x", answer(1, "wc: /run/page: No such file or directory"))


def test_debuggers_that_sleep() -> None:
    awake = "[    0.9] kasan: KernelAddressSanitizer initialized\n"
    assert lifecycle.asleep("1\n", awake) == ()
    assert lifecycle.asleep("0\n", awake) == ("lockdep",)
    assert lifecycle.asleep("", "") == ("lockdep", "KASAN")


SAVED = Done("a key is saved", 0, answer(0, "put: ok"), "saved", "saved")
REFUSED = Done("a bad one", errno.EINVAL, answer(1, "sh: write error: Invalid argument"), "saved", "saved")
GOOD = LifecycleSeen(
    [SAVED, REFUSED, replace(REFUSED, answer=answer(1, "add: ok", "put: 22 Invalid argument"))],
    [Look(Exposure("loaded", 0, 1, {}), (0, 1), 1, 1)],
    [Peek("the key's page in /proc/kcore", 4096, 0), Peek("the key's page in /dev/mem", 0, 0)],
    [Peek("another page in /dev/mem", 4096, 17)],
    0x50000,
    junk=0,
)


def turn(done: Done) -> LifecycleSeen:
    return replace(GOOD, turns=[*GOOD.turns, done])


def test_a_good_run_has_no_finding() -> None:
    assert lifecycle.judge(GOOD) == ()


@pytest.mark.parametrize(
    ("seen", "message", "rule"),
    [
        (turn(replace(SAVED, answer=answer(1, "no"))), "a key is saved: it ended with 1: no", ""),
        (turn(replace(SAVED, state="none")), "the file says 'none', not 'saved'", "R18"),
        (turn(replace(REFUSED, error=errno.ENOKEY)), "Invalid argument) in place of ENOKEY", "R07"),
        (replace(GOOD, looks=[Look(Exposure("loaded", 1, 1, {}), (0, 1))]), "loaded: whole keys", "R10"),
        (replace(GOOD, peeks=[]), "nobody has read the key's page", "R14"),
        (replace(GOOD, peeks=[Peek("the key's page in /dev/mem", 4096, 80)]), "/dev/mem shows 80 bytes", "R14"),
        (replace(GOOD, controls=[Peek("another page", 4096, 0)]), "the reader is blind", ""),
        (replace(GOOD, junk=3), "3 bytes of other memory are behind the key", "R10"),
        (replace(GOOD, junk=None), "nobody has looked behind the key", "R10"),
        (replace(GOOD, leaks=("unreferenced object of 512 bytes",)), "kmemleak: unreferenced object", "R19"),
        (replace(GOOD, asleep=("lockdep",)), "lockdep was off", "R19"),
        (replace(GOOD, printed=("crash: the key is lost",)), "the kernel printed: crash: the key is lost", "R19"),
        (replace(GOOD, console=b"at 0x50000"), "the console shows the address of the key", "R11"),
        (turn(replace(SAVED, answer=answer(0, "50000"))), "shows the address of the key", "R11"),
    ],
)
def test_it_fails_for_its_reason(seen: LifecycleSeen, message: str, rule: str) -> None:
    found = lifecycle.judge(seen)
    assert any(message in one.message and one.rule == rule for one in found), found

# SPDX-License-Identifier: GPL-2.0-only
"""What a guest said: the helper's steps, and secrets in logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Severity
from checks.crash import said
from tests.checks.crash.made import answer

KEY = bytes(range(100, 164))
SECRET = said.Secret(KEY, 0x762D8000)


def test_steps() -> None:
    lines = ("unlock: ok", "describe: logon;0;0;3d000000;d", "save: 126 Required key not available", "x")
    assert said.steps(answer(1, *lines)) == {"unlock": 0, "save": 126}


@pytest.mark.parametrize(
    "text",
    [
        "crash: the key is at 0x762d8000",
        "mem=0x00000000762d8000 memsz=0x1000",
        "pfn 762d8 is gone",
        "Command line: elfcorehdr=0x7e000000\ncrash: luksvolumekey=0x762d8000",
    ],
)
def test_an_address_is_a_leak(text: str) -> None:
    assert said.leaks(SECRET, text.encode()) == ("the address of the key",)


@pytest.mark.parametrize(
    "text",
    [
        "Command line: luksvolumekey=0x762d8000 elfcorehdr=0x7e000000",
        "[    0.01] Kernel command line: elfcorehdr=0x7e000000 quiet luksvolumekey=0x762d8000",
        "kexec_file: segment[3]: buf=0x00000000aa bufsz=0x110 mem=0x762d8000 memsz=0x1000",
        "Loading segment 3: buf=0x00000000aa bufsz=0x110 mem=0x762d8000 memsz=0x1000",
        "user: [mem 0x00000000762d8000-0x00000000762d8fff] reserved",
    ],
)
def test_what_generic_code_prints_is_none(text: str) -> None:
    assert said.leaks(SECRET, text.encode()) == ()


@pytest.mark.parametrize("text", ["0x762d9000", "a762d8000", "762d80001 ", "[mem 0x6f000000-0x762d7fff]", ""])
def test_another_address_is_none(text: str) -> None:
    assert said.leaks(SECRET, text.encode()) == ()


@given(st.integers(0, len(KEY) - 6), st.sampled_from(["", " ", ":", ", 0x"]), st.booleans(), st.booleans())
def test_key_bytes_are_a_leak_however_they_are_printed(at: int, between: str, upper: bool, backwards: bool) -> None:
    piece = KEY[at : at + 6]
    shown = between.join(f"{byte:02x}" for byte in (piece[::-1] if backwards else piece))
    assert said.leaks(SECRET, f"raw: {shown.upper() if upper else shown}\n".encode()) == ("bytes of the key",)


HIGH = bytes(0x80 | (number * 37 + 11) % 128 for number in range(64))
"""A key of which no byte is ASCII and no three are UTF-8."""


def groups(size: int) -> str:
    """Print a row as lib/hexdump.c does: each group of bytes is a number of a little-endian machine."""
    return " ".join(HIGH[at : at + size][::-1].hex() for at in range(16, 32, size))


@pytest.mark.parametrize(
    "shown",
    [
        HIGH,
        b"key: " + HIGH[16:24] + b".",
        HIGH[16:24].hex(" ").encode(),  # %*ph
        HIGH[16:24].hex(":").encode(),  # %*phC
        HIGH[16:24].hex("-").encode(),  # %*phD
        HIGH[16:24].hex().upper().encode(),  # %*phN, in capitals
        b"00000000: %s  ................\n" % groups(1).encode(),  # print_hex_dump
        b"key 00000000ab12: %s  ................\n" % groups(2).encode(),
        groups(4).encode(),
        b"0x00: " + groups(8).encode(),
        f"{int.from_bytes(HIGH[16:24], 'little'):#x} {int.from_bytes(HIGH[24:32], 'little'):#x}".encode(),
        b"".join(b"\\x%02x" % byte for byte in HIGH),  # /dev/kmsg, dmesg
        b"".join(b"\\%03o" % byte for byte in HIGH),  # %*pE
        b"".join(b"\\xffffff%02x" % byte for byte in HIGH),  # makedumpfile 1.7.2 --dump-dmesg
    ],
)
def test_a_key_that_is_no_text_is_found(shown: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        HIGH[:3].decode()
    printed = b"[    1.000000] " + shown.replace(b"\n", b"\r\n") + b"\r\n"
    assert said.leaks(said.Secret(HIGH), printed) == ("bytes of the key",)


ANY = st.binary(min_size=64, max_size=64)


@given(ANY, st.integers(0, 58))
def test_any_key_is_found_on_a_console(key: bytes, at: int) -> None:
    """A serial line writes a newline as carriage return and newline."""
    shown = b"[    1.000000] key: %s\n" % key[at : at + 6]
    assert said.leaks(said.Secret(key), shown.replace(b"\n", b"\r\n")) == ("bytes of the key",)


@given(ANY, st.integers(0, 58))
def test_any_key_is_found_where_what_does_not_print_is_escaped(key: bytes, at: int) -> None:
    """As the kernel's msg_add_ext_text() does for /dev/kmsg."""
    piece = key[at : at + 6]
    shown = "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in piece)
    assert said.leaks(said.Secret(key), shown.encode()) == ("bytes of the key",)


@given(st.binary(max_size=300))
def test_what_is_no_key_is_none(data: bytes) -> None:
    assert said.leaks(said.Secret(HIGH), data) == ()


def test_what_is_not_known_is_not_looked_for() -> None:
    assert said.leaks(said.Secret(KEY), b"0x0 0 00000") == ()


def test_silence_names_who_spoke() -> None:
    (finding,) = said.silence(SECRET, [("the console", b"0x762d8000"), ("`load`", b"")])
    assert (finding.message, finding.rule, finding.severity) == (
        "the console shows the address of the key", "R11", Severity.ERROR
    )  # fmt: skip

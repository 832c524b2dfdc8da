# SPDX-License-Identifier: GPL-2.0-only
"""A dump's header, not makedumpfile's exit status, tells what it is."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import kdump
from checks.crash.kdump import Header

LZO = (
    "c-r%J3H1$7P*7lFU|{gc%qy*6pa5v(<>#epQec3Yo}r$hr4jiCC>tsS1N{?{QL5mTn5Up%s9<1V1x5;?A<hbhmgWZd4XCg%i#IbF$S{C_<(D|Kk"
    "@-v@LV$sR5lATj@vZ;t7<!l(M!_f;1*2dTjDk@x3P!;w7zLwX6pR8~-~m5~l!x*Fg@za?"
)
"""Compressed: the begin of what makedumpfile 1.7.2 -l -d 31 wrote in a guest with 6.1.192."""
ZSTD = (
    "c-r%J3H1$7P*7lFU|{gc%qy*6pa5v(<>#epQec3Yo}r$hr4jiCC>tsS1N{?{QL5mTn5Up%s9<1V1x5;?A<hbhmgWZd4XCg%i#IbF$S{C_<(D|KF"
    "$4t|7#M++0ubN&&yFF@#4rj*!6+C7qhJ(_f>AIEM!_f;1*2dT-~tc$L8LsC2LNcc7$y"
)
"""The same, of -z -d 31 where `makedumpfile -v` says "zstd disabled"; its exit status was 0."""


def test_real_dumps() -> None:
    begin = {name: zlib.decompress(base64.b85decode(text)) for name, text in (("lzo", LZO), ("zstd", ZSTD))}
    assert kdump.read(begin["lzo"]) == Header("lzo", 31, complete=True)
    assert kdump.read(begin["zstd"]) == Header("", 31, complete=True)


def header(status: int, level: int = 31, *, block: int = 4096, signature: bytes = b"KDUMP   ") -> bytes:
    """Return a header, laid out as diskdump_mod.h says: the status at 424, the level in the second block at 8."""
    first = bytearray(block)
    first[:8] = signature
    struct.pack_into("<Ii", first, 424, status, block)
    return bytes(first) + struct.pack("<Qii", 0x1000000, level, 0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0, Header("", 31, complete=True)),
        (0x1, Header("zlib", 31, complete=True)),
        (0x2, Header("lzo", 31, complete=True)),
        (0x4, Header("snappy", 31, complete=True)),
        (0x20, Header("zstd", 31, complete=True)),
        (0xA, Header("lzo", 31, complete=False)),
    ],
)
def test_headers(status: int, expected: Header) -> None:
    assert kdump.read(header(status)) == expected


def test_the_page_size_is_in_the_header() -> None:
    assert kdump.read(header(2, 1, block=65536)) == Header("lzo", 1, complete=True)
    assert len(header(2, block=65536)) >= kdump.SIZE


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(9000), header(2)[:4000], header(2, signature=b"DISKDUMP"),
                                  header(2)[:4096]])  # fmt: skip
def test_what_is_no_such_dump(data: bytes) -> None:
    assert kdump.read(data) is None


@given(st.binary(max_size=600))
def test_no_bytes_are_an_exception(data: bytes) -> None:
    kdump.read(b"KDUMP   " + data)

# SPDX-License-Identifier: GPL-2.0-only
"""What a bzImage says of itself, and a kernel that is loaded and never started."""

from __future__ import annotations

import struct

import pytest

from checks.crash import bzimage
from patchset.errors import InfrastructureError

SETUP = 27
"""Sectors of the real-mode code, of which the first one is not counted."""


def image(size: int = 3 << 20) -> bytes:
    made = bytearray(range(256)) * (size // 256)
    made[0x1F1] = SETUP
    made[0x202:0x206] = b"HdrS"
    struct.pack_into("<I", made, 0x260, 20 << 20)
    return bytes(made)


def test_it_asks_for_no_more_memory_than_it_has() -> None:
    whole, made = image(), bzimage.unstarted(image())
    code = (SETUP + 1) * 512
    assert made[code:] == whole[code : code + bzimage.KEPT]
    assert struct.unpack_from("<I", made, 0x260) == (bzimage.KEPT,)
    assert struct.unpack_from("<I", made, 0x1F4) == (bzimage.KEPT // 16,)


def test_the_rest_of_the_header_is_the_kernels() -> None:
    whole, made = image(), bzimage.unstarted(image())
    changed = {at for at in range((SETUP + 1) * 512) if made[at] != whole[at]}
    assert changed <= {*range(0x1F4, 0x1F8), *range(0x260, 0x264)}


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(4096), image()[:0x206]])
def test_what_is_no_bzimage_is_refused(data: bytes) -> None:
    with pytest.raises(InfrastructureError, match="not a bzImage"):
        bzimage.unstarted(data)


def test_a_bzimage_says_its_release() -> None:
    made = bytearray(image())
    struct.pack_into("<H", made, 0x20E, 0x3000)
    made[0x3200:0x3220] = b"6.1.192 (respin@respin) #1 SMP\0\0"
    assert bzimage.release(bytes(made)) == "6.1.192"


@pytest.mark.parametrize("at", [0, 0x3000])
def test_a_bzimage_that_says_none_is_refused(at: int) -> None:
    made = bytearray(image())
    struct.pack_into("<H", made, 0x20E, at)
    made[at + 512 : at + 1024] = bytes(512)
    with pytest.raises(InfrastructureError, match="does not give the version"):
        bzimage.release(bytes(made))

# SPDX-License-Identifier: GPL-2.0-only
"""The series' record of a key in the crash area (R15), as its C has it: to find it, and to forge it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAGIC = 0x59454B56
VERSION = 1
MAX = 256
_HEADER = struct.Struct("<IIII")
HEADER = _HEADER.size
"""Bytes before the key."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: what it says, true or not."""

    magic: int
    version: int
    length: int
    crc: int
    key: bytes

    def packed(self) -> bytes:
        """Return its bytes."""
        return _HEADER.pack(self.magic, self.version, self.length, self.crc) + self.key


def made(key: bytes, *, magic: int = MAGIC, version: int = VERSION, length: int | None = None) -> Record:
    """Return a record whose checksum is right for all that it says, as far as it has bytes for it."""
    length = len(key) if length is None else length
    padded = key.ljust(MAX, b"\0")
    head = struct.pack("<III", magic, version, length)
    # The kernel's crc32_le(~0, ...) is zlib's without the inversion at the end.
    crc = zlib.crc32(head + padded[: min(length, MAX)]) ^ 0xFFFFFFFF
    return Record(magic, version, length, crc, padded)


def parse(data: bytes) -> Record:
    """Read a record from HEADER + MAX bytes."""
    magic, version, length, crc = _HEADER.unpack_from(data)
    return Record(magic, version, length, crc, data[HEADER : HEADER + MAX])


def forgeries(key: bytes) -> dict[str, Record]:
    """Return records that the kdump kernel must refuse, by what is wrong with them."""
    good = made(key)
    flipped = Record(good.magic, good.version, good.length, good.crc, bytes([key[0] ^ 1]) + good.key[1:])
    return {
        "a flipped bit in the key": flipped,
        "another magic": made(key, magic=MAGIC ^ 1),
        "another version": made(key, version=VERSION + 1),
        "a length of 0": made(key, length=0),
        "a length beyond the record": made(key, length=MAX + 1),
        "a length of 4 GiB - 1": made(key, length=0xFFFFFFFF),
        "a wrong checksum": Record(good.magic, good.version, good.length, good.crc ^ 1, good.key),
        "nothing but zeros": Record(0, 0, 0, 0, bytes(MAX)),
    }

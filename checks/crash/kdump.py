# SPDX-License-Identifier: GPL-2.0-only
"""The header of a kdump-compressed file, as makedumpfile's diskdump_mod.h defines it for a 64-bit little-endian kernel.

makedumpfile 1.7.2 ends with 0 where the compression that it was asked for is not built in, and compresses nothing: what
a dump is, its header tells.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("<8si390s2x4xqqIi")
"""`struct disk_dump_header` up to its block size: signature, version, utsname, time, status, block size."""
_SUB = struct.Struct("<Qi")
"""`struct kdump_sub_header` up to its dump level; it begins at the second block."""
_SIGNATURE = b"KDUMP   "
_COMPRESSIONS = {0x1: "zlib", 0x2: "lzo", 0x4: "snappy", 0x20: "zstd"}
_INCOMPLETE = 0x8
_BLOCKS = (4096, 65536)
"""The smallest and the largest page that Linux has."""
SIZE = _BLOCKS[1] + _SUB.size
"""How much of a file `read` needs."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a dump is.

    Attributes:
        compression: zlib, lzo, snappy, zstd; empty where its pages are not compressed.
        level: which pages were left out: makedumpfile's -d.
        complete: False where the disk was full before its end.
    """

    compression: str
    level: int
    complete: bool


def read(data: bytes) -> Header | None:
    """Read the header from the begin of a file; None where it has none. Never raises."""
    if len(data) < _HEADER.size:
        return None
    signature, _, _, _, _, status, block = _HEADER.unpack_from(data)
    if signature != _SIGNATURE or not _BLOCKS[0] <= block <= _BLOCKS[1] or len(data) < block + _SUB.size:
        return None
    _, level = _SUB.unpack_from(data, block)
    compression = next((name for flag, name in _COMPRESSIONS.items() if status & flag), "")
    return Header(compression, level, not status & _INCOMPLETE)

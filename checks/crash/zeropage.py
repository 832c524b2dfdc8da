# SPDX-License-Identifier: GPL-2.0-only
"""The boot parameters of a kdump kernel, where a load has put them: what its memory map says of the crash area.

Documentation/arch/x86/zero-page.rst has the layout.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from checks.crash.layout import PAGE
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from checks.crash.layout import Readable

ENTRIES = 128
"""How many the table has room for."""
_COUNT, _TABLE = 0x1E8, 0x2D0
_BOOT_FLAG, _HEADER = 0x1FE, 0x202
_ENTRY = struct.Struct("<QQI")
_USABLE = 1


class Map(NamedTuple):
    """What a kdump kernel is told of its memory.

    Attributes:
        entries: of the whole table.
        usable: bytes of the crash area that it may use.
    """

    entries: int
    usable: int


def read(memory: Readable, area: range) -> Map:
    """Read the map that is in the crash area.

    Raises:
        InfrastructureError: no boot parameters are there, or those of several kernels.
    """
    found = [page for page in range(area.start, area.stop, PAGE) if _begins(memory, page)]
    if len(found) != 1:
        raise InfrastructureError(f"the crash area has the boot parameters of {len(found)} kernels, not of one")
    data = memory.read(found[0], PAGE)
    count = min(data[_COUNT], ENTRIES)
    usable = 0
    for number in range(count):
        start, size, kind = _ENTRY.unpack_from(data, _TABLE + number * _ENTRY.size)
        if kind == _USABLE:
            usable += max(0, min(start + size, area.stop) - max(start, area.start))
    return Map(data[_COUNT], usable)


def _begins(memory: Readable, page: int) -> bool:
    data = memory.read(page + _BOOT_FLAG, 8)
    return data.startswith(b"\x55\xaa") and data[_HEADER - _BOOT_FLAG :] == b"HdrS"

# SPDX-License-Identifier: GPL-2.0-only
"""Where a running kernel has what: the crash area, its variables, and which pages its own page tables leave out.

All of it is read from outside, in the memory of a guest that is stopped. What user space can read of /proc/kallsyms and
/proc/iomem tells where to begin.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = 4096
TABLES, DIRECT, TEXT = "init_top_pgt", "page_offset_base", "_text"
"""The kernel's page tables, where it maps all memory, and its first symbol."""
HOTPLUG = "arch_crash_handle_hotplug_event"
"""Where kernels that have CONFIG_CRASH_HOTPLUG write to the crash area when a processor or memory comes or goes."""
_AREA = re.compile(r"^\s*([0-9a-f]+)-([0-9a-f]+) : Crash kernel$", re.MULTILINE)
_CODE = re.compile(r"^\s*([0-9a-f]+)-[0-9a-f]+ : Kernel code$", re.MULTILINE)
_RAM = re.compile(r"^\s*([0-9a-f]+)-([0-9a-f]+) : System RAM$", re.MULTILINE)
_SYMBOL = re.compile(r"^([0-9a-f]{16}) \w (\w+)$", re.MULTILINE)
_WORD = struct.Struct("<Q")
_ENTRIES = struct.Struct("<512Q")
_ADDRESS = 0x000F_FFFF_FFFF_F000
_PRESENT, _LARGE = 1, 1 << 7
_SHIFTS = (39, 30, 21, 12)
"""Of the four levels; the guest's CPU has no fifth (checks/vm/guest.py)."""


class Readable(Protocol):
    """Physical memory."""

    def read(self, address: int, size: int) -> bytes:
        """Return what is at an address."""

    def write(self, address: int, data: bytes) -> None:
        """Put something there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the first kernel has what.

    Attributes:
        area: physical addresses of the crash area.
        shift: what makes a symbol's address a physical one.
        symbols: virtual addresses.
    """

    area: range
    shift: int
    symbols: Mapping[str, int]

    def get(self, memory: Readable, name: str) -> int:
        """Return the value of a 64-bit variable.

        Raises:
            InfrastructureError: the kernel has no such symbol.
        """
        return int(_WORD.unpack(memory.read(self.physical(name), _WORD.size))[0])

    def physical(self, name: str) -> int:
        """Return where a symbol is.

        Raises:
            InfrastructureError: the kernel has no such symbol.
        """
        if name not in self.symbols:
            raise InfrastructureError(f"the guest's kernel has no symbol {name}", hint="it needs CONFIG_KALLSYMS_ALL")
        return self.symbols[name] - self.shift

    def direct(self, memory: Readable, address: int) -> int:
        """Return the virtual address at which the kernel has mapped a physical one."""
        return self.get(memory, DIRECT) + address

    def absent(self, memory: Readable, where: range | None = None) -> tuple[int, ...]:
        """Return the pages, all of the crash area by default, that the kernel's page tables say are not present."""
        where = self.area if where is None else where
        virtual = self.direct(memory, where.start)
        top = self.physical(TABLES)
        return tuple(where.start + at - virtual for at in _absent(memory, top, virtual, virtual + len(where), 0))


def command() -> str:
    """Return what a guest's shell runs so that `read` can read it."""
    wanted = f"{TABLES}|{DIRECT}|{TEXT}|{HOTPLUG}"
    return f"cat /proc/iomem; grep -E ' ({wanted})$' /proc/kallsyms"


def read(text: str) -> Layout:
    """Read what `command` wrote.

    Raises:
        InfrastructureError: there is no crash area, or the guest hides its addresses.
    """
    symbols = {name: int(address, 16) for address, name in _SYMBOL.findall(text)}
    area, code = _AREA.search(text), _CODE.search(text)
    if not area or not int(area[2], 16):
        raise InfrastructureError("the guest's kernel has reserved no crash area, or does not say where")
    if not code or not symbols.get(TEXT):
        raise InfrastructureError("the guest's kernel does not tell its address", hint="it needs CONFIG_KALLSYMS")
    return Layout(range(int(area[1], 16), int(area[2], 16) + 1), symbols[TEXT] - int(code[1], 16), symbols)


def usable(text: str) -> tuple[range, ...]:
    """Return what a kernel's /proc/iomem calls its RAM."""
    return tuple(range(int(start, 16), int(end, 16) + 1) for start, end in _RAM.findall(text))


def _absent(memory: Readable, table: int, start: int, end: int, level: int) -> Iterator[int]:
    """Yield the virtual addresses of all pages from start to end that a table and those below it leave out."""
    shift = _SHIFTS[level]
    entries = _ENTRIES.unpack(memory.read(table, PAGE))
    at = start
    while at < end:
        stop = min(end, ((at >> shift) + 1) << shift)
        entry = entries[(at >> shift) % 512]
        if not entry & _PRESENT:
            yield from range(at, stop, PAGE)
        elif level + 1 < len(_SHIFTS) and not entry & _LARGE:
            yield from _absent(memory, entry & _ADDRESS, at, stop, level + 1)
        at = stop

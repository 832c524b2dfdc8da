# SPDX-License-Identifier: GPL-2.0-only
"""The smallest guest: a boot sector that ends at once, to see whether any guest runs under an accelerator."""

from __future__ import annotations

import tempfile
from pathlib import Path

from checks.kernel.arch import GUEST
from generator import process

SECONDS = 10.0
_ENDED = 0x10
_SECTOR = bytes([0xB0, _ENDED, 0xE6, 0xF4, 0xF4, 0xEB, 0xFD])
"""A boot sector: mov al, 0x10; out 0xf4, al; hlt; jmp to the hlt."""
EXIT = _ENDED << 1 | 1
"""What QEMU ends with where a guest writes to its isa-debug-exit device."""


def booted(kind: str) -> process.Completed:
    """Boot the sector.

    Args:
        kind: the accelerator, `kvm` or `tcg`.

    Raises:
        InfrastructureError: it did not end in time.
    """
    with tempfile.TemporaryDirectory(prefix="respin-") as room:
        (Path(room) / "sector").write_bytes(_SECTOR.ljust(510, b"\0") + b"\x55\xaa")
        bare = ("-nodefaults", "-no-user-config", "-display", "none", "-m", "16", "-accel", kind)
        devices = ("-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-drive", "file=sector,format=raw,snapshot=on")
        return process.run([GUEST.qemu.name, *bare, *devices], seconds=SECONDS, cwd=Path(room), check=False)

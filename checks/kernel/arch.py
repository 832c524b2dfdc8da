# SPDX-License-Identifier: GPL-2.0-only
"""What differs between architectures: where their files are, and how a guest of one is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from checks.contract import Tool
from patchset.crash import GuestArch

if TYPE_CHECKING:
    from collections.abc import Mapping


class Arch(NamedTuple):
    """How a guest of one architecture is started.

    Attributes:
        image: what QEMU boots, below the build folder.
        qemu: the emulator.
        machine: for its -machine.
        console: the first serial line, as the kernel calls it.
    """

    image: str
    qemu: Tool
    machine: str
    console: str


GUESTS: Mapping[GuestArch, Arch] = {
    GuestArch.X86_64: Arch(
        image="arch/x86/boot/bzImage",
        qemu=Tool("qemu-system-x86_64", "qemu-system-x86"),
        machine="pc",
        console="ttyS0",
    )
}
"""How a guest of each architecture that a series may ask for is started."""
GUEST = GUESTS[GuestArch.X86_64]
"""What every guest is: x86_64, as the series that come with respin are for it."""
_FOLDERS = {"x86_64": "x86", "i386": "x86"}


def folder(name: str) -> str:
    """Return where an architecture's files are below arch/: mostly its own name."""
    return _FOLDERS.get(name, name)

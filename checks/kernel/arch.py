# SPDX-License-Identifier: GPL-2.0-only
"""What differs between architectures: where their files are, and how a guest of one is started."""

from __future__ import annotations

from typing import NamedTuple

from checks.contract import Tool


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


GUEST = Arch(
    image="arch/x86/boot/bzImage",
    qemu=Tool("qemu-system-x86_64", "qemu-system-x86"),
    machine="pc",
    console="ttyS0",
)
"""What every guest is: x86_64, as the series that come with respin are for it."""
_FOLDERS = {"x86_64": "x86", "i386": "x86"}


def folder(name: str) -> str:
    """Return where an architecture's files are below arch/: mostly its own name."""
    return _FOLDERS.get(name, name)

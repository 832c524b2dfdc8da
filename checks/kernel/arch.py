# SPDX-License-Identifier: GPL-2.0-only
"""What differs between architectures: where their files are, and how a guest of one is started."""

from __future__ import annotations

from typing import NamedTuple

from checks.contract import Tool


class Arch(NamedTuple):
    """One architecture, by kbuild's name for it, which kunit.py has too.

    Attributes:
        folder: below arch/.
        image: what QEMU boots, below the build folder.
        qemu: the emulator.
        machine: for its -machine.
        console: the first serial line, as the kernel calls it.
    """

    folder: str
    image: str
    qemu: Tool
    machine: str
    console: str


X86_64 = Arch(
    folder="x86",
    image="arch/x86/boot/bzImage",
    qemu=Tool("qemu-system-x86_64", "qemu-system-x86"),
    machine="pc",
    console="ttyS0",
)
GUEST = X86_64
"""What every guest is, as the series that come with respin are for it."""
_FOLDERS = {"x86_64": X86_64.folder, "i386": "x86"}


def folder(name: str) -> str:
    """Return where an architecture's files are below arch/: mostly its own name."""
    return _FOLDERS.get(name, name)

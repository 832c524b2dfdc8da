# SPDX-License-Identifier: GPL-2.0-only
"""What differs between architectures: where their files are, and how a guest of one is started."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING, NamedTuple

from checks.contract import Tool
from patchset.crash import GuestArch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.kconfig import Arch as Kbuild


class Arch(NamedTuple):
    """How a guest of one architecture is started.

    Attributes:
        image: what QEMU boots, below the build folder.
        installed: what a distribution calls that in /boot, before its version.
        qemu: the emulator.
        machine: for its -machine.
        console: the first serial line, as the kernel calls it.
    """

    image: str
    installed: str
    qemu: Tool
    machine: str
    console: str


GUESTS: Mapping[GuestArch, Arch] = {
    GuestArch.X86_64: Arch(
        image="arch/x86/boot/bzImage",
        installed="vmlinuz",
        qemu=Tool("qemu-system-x86_64", "qemu-system-x86"),
        machine="pc",
        console="ttyS0",
    )
}
"""How a guest of each architecture that a series may ask for is started."""
GUEST = GUESTS[GuestArch.X86_64]
"""What every guest is: x86_64, as the series that come with respin are for it."""
_FOLDERS = {"x86_64": "x86", "i386": "x86", "sparc64": "sparc"}


_MACHINES: Mapping[str, Kbuild] = {
    "x86_64": "x86_64",
    "aarch64": "arm64",
    "riscv64": "riscv",
    "ppc64le": "powerpc",
    "s390x": "s390",
    "loongarch64": "loongarch",
}
"""kbuild's ARCH by what a machine calls itself."""
CROSS: Mapping[Kbuild, str] = {
    "x86_64": "x86_64-linux-gnu-",
    "arm64": "aarch64-linux-gnu-",
    "arm": "arm-linux-gnueabihf-",
    "riscv": "riscv64-linux-gnu-",
    "powerpc": "powerpc64-linux-gnu-",
    "s390": "s390x-linux-gnu-",
    "mips": "mips-linux-gnu-",
    "m68k": "m68k-linux-gnu-",
    "alpha": "alpha-linux-gnu-",
    "sparc64": "sparc64-linux-gnu-",
    "sh": "sh4-linux-gnu-",
    "parisc": "hppa-linux-gnu-",
    "loongarch": "loongarch64-linux-gnu-",
}
"""How Debian's compiler for an architecture is called from another one, but for `gcc`: kbuild's CROSS_COMPILE."""


def native() -> Kbuild:
    """Return kbuild's ARCH of this machine."""
    return _MACHINES.get(platform.machine(), "x86_64")


def cross(name: str) -> str:
    """Return kbuild's CROSS_COMPILE for an architecture; empty for this machine's own."""
    return "" if folder(name) == folder(native()) else next((CROSS[one] for one in CROSS if one == name), "")


def compilers() -> tuple[Tool, ...]:
    """Return the compilers for other architectures than this machine's, whether they are here or not."""
    prefixes = filter(None, map(cross, CROSS))
    return tuple(Tool(f"{prefix}gcc", f"gcc-{prefix[:-1]}".replace("_", "-")) for prefix in prefixes)


def usable() -> tuple[Kbuild, ...]:
    """Return the architectures that can be compiled for, this machine's first."""
    others = (name for name in CROSS if cross(name) and shutil.which(f"{cross(name)}gcc"))
    return (native(), *others)


def missing(where: str) -> str:
    """Return what to say of a file below arch/, where nothing can be compiled for it."""
    name = next((name for name in CROSS if folder(name) == where), "")
    tool = next((tool for tool in compilers() if name and tool.name == f"{cross(name)}gcc"), None)
    how = f": apt-get install {tool.package}" if tool else ""
    return f"there is no compiler for {where} here{how}"


def folder(name: str) -> str:
    """Return where an architecture's files are below arch/: mostly its own name."""
    return _FOLDERS.get(name, name)

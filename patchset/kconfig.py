# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel's configuration is made of: symbols, their values, and architectures, as a definition names them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

Symbol = Annotated[
    str, Meta(pattern=r"^(?!CONFIG_)[A-Za-z0-9_]+$(?!\n)", title="a Kconfig symbol", description="without CONFIG_")
]
Value = Annotated[
    str,
    Meta(
        pattern=r'^([ymn]|-?[0-9]+|0[xX][0-9a-fA-F]+|"[^"\n]*")$(?!\n)',
        title="a Kconfig value",
        description="y, m, n, a number, or a text within quotes of its own: '\"a text\"'",
    ),
]
Symbols = dict[Symbol, Value]
Arch = Literal[
    "alpha", "arc", "arm", "arm64", "csky", "hexagon", "i386", "ia64", "loongarch", "m68k", "microblaze", "mips",
    "nds32", "nios2", "openrisc", "parisc", "parisc64", "powerpc", "riscv", "s390", "sh", "sh64", "sparc", "sparc32",
    "sparc64", "um", "x86", "x86_64", "xtensa",
]  # fmt: skip
"""kbuild's ARCH: the folders of arch/ from v5.10 on, and what its Makefile takes for one of them beside their names."""


class Rest(StrEnum):
    """What the symbols are that a configuration does not name: kbuild's targets that take a list of some."""

    NONE = "allnoconfig"
    DEFAULT = "alldefconfig"
    MODULES = "allmodconfig"
    ALL = "allyesconfig"

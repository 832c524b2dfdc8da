# SPDX-License-Identifier: GPL-2.0-only
"""Run kbuild in an O= folder: what is fixed so that ccache and make find what they know, and the line to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.kernel import arch, ccache
from generator import process
from patchset.plan import Compiler

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from patchset.plan import Configuration

TAKING_IN = ("%.S", "%/configs.c", "%/kheaders.c")
"""What takes in the bytes of another file: `grep -r incbin` in 5.10, 6.1 and 6.12."""
SECONDS = 7200.0
"""The deadline of one make; a cold kernel takes seven minutes of CPU time (docs/kernels.md)."""
FIXED = {
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "respin",
    "KBUILD_BUILD_HOST": "respin",
    # Set but empty: setlocalversion asks git for nothing and adds no "+", the release is equal at each patch.
    "LOCALVERSION": "",
    # make reads these; what the caller has in them must not reach a build.
    "MAKEFLAGS": "",
    "KBUILD_OUTPUT": "",
    "LC_ALL": "C",
}


def cross(configuration: Configuration) -> str:
    """Return kbuild's CROSS_COMPILE=, on whose command line it holds against a Makefile of a vendor's toolchain."""
    return f"CROSS_COMPILE={arch.cross(configuration.arch)}"


def compiler(configuration: Configuration) -> str:
    """Return Kconfig's CC=, through ccache where it is of use; the linker stays GNU's."""
    return _cached(_plain(configuration))


def compiling(configuration: Configuration) -> str:
    """Return kbuild's CC=: as Kconfig's, and without ccache for what may have an `.incbin`.

    With CCACHE_DEPEND it sees neither the directive nor the file that is taken in: it gave the object of an old
    vmlinux.bin.gz for arch/x86/boot/compressed/piggy.S, which has no more of it than its size.
    """
    plain, cached = _plain(configuration), compiler(configuration)
    return cached if cached == plain else f"$(if $(filter {' '.join(TAKING_IN)},$<),{plain},{cached})"


def _plain(configuration: Configuration) -> str:
    prefix = arch.cross(configuration.arch) if configuration.compiler is Compiler.GCC else ""
    return f"{prefix}{configuration.compiler.value}"


def host() -> str:
    """Return kbuild's HOSTCC=: gcc for every configuration, so that each has its host programs from the first one."""
    return _cached("gcc")


def _cached(name: str) -> str:
    return f"ccache {name}" if ccache.usable() else name


def environment(cache: Path, source: Path) -> dict[str, str]:
    """Return the variables of every build, kunit.py's too: equal ones share a build folder.

    Args:
        cache: respin's cache folder; ccache keeps its objects there.
        source: the kernel tree, whose name ccache leaves out of its hashes.
    """
    return {
        **FIXED,
        "CCACHE_DIR": str(cache / "ccache"),
        "CCACHE_BASEDIR": str(source.parent),
        "CCACHE_NOHASHDIR": "1",
        # What a compiler read is in the file that -MMD writes: to preprocess first costs half a compilation more.
        "CCACHE_DEPEND": "1",
    }


def command(configuration: Configuration, source: Path, build: Path, targets: Sequence[str], jobs: int) -> list[str]:
    """Return the make command; `-k`, so that one error does not hide the next one."""
    head = ["make", "-C", str(source), f"O={build}", f"ARCH={configuration.arch}", *variables(configuration)]
    return [*head, f"-j{jobs}", "-k", "--no-print-directory", *targets]


def variables(configuration: Configuration) -> list[str]:
    """Return make's variables that decide what a compiler is called with: equal ones share objects."""
    # With W=1 kbuild runs kernel-doc over every file; a check of its own does, once a file.
    warnings = [f"W={configuration.warnings}", "cmd_checkdoc="] if configuration.warnings else []
    return [f"CC={compiling(configuration)}", f"HOSTCC={host()}", cross(configuration), *warnings]


def line(argv: Sequence[str]) -> str:
    """Return a make command as a line to paste, with the variables that decide what is rebuilt."""
    return process.command_line(["env", *(f"{name}={value}" for name, value in FIXED.items()), *argv])

# SPDX-License-Identifier: GPL-2.0-only
"""What a run needs of a machine beside programs: room on its disks, an accelerator for guests, Python's packages."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from checks import cache
from checks.crash.lab import BOOT_ID
from checks.kernel.arch import GUEST
from checks.programs import Programs
from checks.vm import sector
from generator import process
from patchset.errors import InfrastructureError

VERSION = 1
"""Raised with each change after which the same words may lead to something else: it is part of the key."""
MIB = 1 << 20
CACHE_MIB = 2048
"""A source takes 300 MB in the cache, a full work tree 1.4 GB (checks/kernel/worktree.py)."""
TEMPORARY_MIB = 256
"""What compilers and libclang keep there meanwhile."""
KVM = Path("/dev/kvm")


class Condition(NamedTuple):
    """One thing about the machine.

    Attributes:
        name: of what.
        text: how it is.
        good: True where it is as it should be.
        required: False where all works without it.
    """

    name: str
    text: str
    good: bool
    required: bool = True


def disks(folder: Path) -> list[Condition]:
    """Tell how much room there is for the cache and for temporary files."""
    places = (("disk: cache", folder, CACHE_MIB), ("disk: TMPDIR", Path(tempfile.gettempdir()), TEMPORARY_MIB))
    return [_room(name, folder, wanted) for name, folder, wanted in places]


def _room(name: str, folder: Path, wanted: int) -> Condition:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free // MIB
    more = "" if free >= wanted else f"; {_size(wanted)} are needed"
    return Condition(name, f"{_size(free)} free in {folder}{more}", free >= wanted)


def _size(mib: int) -> str:
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib} MiB"  # noqa: PLR2004 - MiB in a GiB


def accelerator(kept: Path) -> Condition:
    """Tell whether a guest runs under KVM; that the device is there proves nothing, as guests may hang in it.

    The guest is a boot sector behind QEMU's own firmware: one that gets there has run in real and in protected mode.
    How it went is kept until the machine starts again, as it may take seconds to see that nothing happens.
    """
    emulated = "guests are emulated, which proves the same and takes longer"
    if not KVM.exists():
        return Condition("KVM", f"no {KVM}: {emulated}", good=False, required=False)
    if not os.access(KVM, os.R_OK | os.W_OK):
        return Condition("KVM", f"no right to use {KVM}: {emulated}", good=False, required=False)
    if GUEST.qemu.find() is None:
        return Condition(
            "KVM", f"{KVM} is there, and {GUEST.qemu.name} is not, which would try it", good=False, required=False
        )
    boot = BOOT_ID.read_text("utf-8") if BOOT_ID.is_file() else ""
    name = cache.key("kvm", VERSION, boot, *Programs().versions([GUEST.qemu]))
    wrong = cache.read(kept, name)
    if not isinstance(wrong, str):
        wrong = _wrong_with_kvm()
        with contextlib.suppress(OSError):  # a disk that is full has a line of its own
            cache.write(kept, name, wrong)
    text = f"{wrong}: {emulated}" if wrong else "a guest runs under it"
    return Condition("KVM", text, good=not wrong, required=False)


def _wrong_with_kvm() -> str:
    """Return what keeps a guest from running under KVM, or an empty string."""
    try:
        done = sector.booted("kvm")
    except process.DeadlineError:
        return f"{KVM} is there, but a guest hangs under it"
    except InfrastructureError as error:
        return error.message
    return "" if done.returncode == sector.EXIT else done.why()


def python() -> list[Condition]:
    """Tell which of Python's packages are there that respin stands on."""
    names = [
        re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]
        for one in metadata.requires("respin") or ()
        if "extra ==" not in one
    ]
    told = [_package(name) for name in sorted(names)]
    if _version("clang"):
        text = f"{_version('clang')}: pip uninstall clang, which shares a folder with libclang and has no library"
        told.append(Condition("python: clang", text, good=False))
    return told


def _package(name: str) -> Condition:
    version = _version(name)
    return Condition(f"python: {name}", version or f"missing: pip install {name}", bool(version))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""

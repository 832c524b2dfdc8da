# SPDX-License-Identifier: GPL-2.0-only
"""A guest that was saved, and any number of others that go on from there: 0.3 CPU-s each where a boot takes 3 to 5.

1. The guest is stopped; QEMU writes its devices, half a megabyte; its RAM and its disks are copied, and its console.
2. Another QEMU with the same command line gets copies of all of that and waits for the devices (`-incoming defer`).
3. With them it is the guest that was saved. Nothing is written to what was saved, so it serves many.

Guests that come of one state are the same to the byte, their random pool too: whoever restores one reseeds it before
anything draws from it (checks/crash/lab.py). A state is good for the machine that it was saved of, and for no other
kernel, initramfs, command line, or QEMU: it has a fingerprint, and is refused where that is another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.vm.guest import MIB, boot
from checks.vm.memory import GuestMemory
from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from checks.vm.guest import Guest, Pace
    from checks.vm.machine import Machine

_SECONDS, _COPY_SECONDS = 60.0, 300.0
_POLL_SECONDS = 0.02
_SHARED = ({"capability": "x-ignore-shared", "state": True},)
"""RAM that others see as well, as this memfd, is not in what QEMU writes: it is copied."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A guest as it was; `saved` makes one.

    Attributes:
        machine: what it was saved of.
        fingerprint: what it is good for.
        state: QEMU's file of its devices.
        ram: its RAM; what no kernel has touched is a hole.
        disks: copies of those that it may have written to, each with the one that it is a copy of.
        console: what its kernel had printed.
    """

    machine: Machine
    fingerprint: str
    state: Path
    ram: GuestMemory
    disks: dict[Path, Path]
    console: bytes


def fingerprint(machine: Machine, versions: Sequence[str]) -> str:
    """Return what a state of this machine is good for.

    Args:
        machine: the machine; where its folder is does not matter, and its disks come with the state.
        versions: of QEMU.
    """
    named = tuple(machine.kernel.with_name(f"disk-{number}") for number, _ in enumerate(machine.disks))
    alike = replace(machine, folder=machine.kernel.parent, disks=named, incoming=False)
    files = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (machine.kernel, machine.initramfs)]
    words = (*versions, *files, *alike.argv())
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


@contextlib.contextmanager
def saved(guest: Guest, versions: Sequence[str], written: Sequence[Path]) -> Iterator[Saved]:
    """Save a guest, which stands still from then on; what was saved is gone with the block.

    Args:
        guest: the guest.
        versions: of QEMU.
        written: those of its disks that it may have written to.

    Raises:
        LostGuestError: it could not be saved.
    """
    folder = guest.machine.folder
    guest.monitor("stop")
    guest.monitor("migrate-set-capabilities", capabilities=_SHARED)
    guest.monitor("migrate", uri="exec:cat > state")
    _migrated(guest, "saved")
    disks = {disk: folder / f"disk-{number}" for number, disk in enumerate(written)}
    for disk, copy in disks.items():
        copied(disk, copy)
    fd = os.memfd_create("respin-saved")
    try:
        os.ftruncate(fd, guest.machine.memory_mib * MIB)
        ram = GuestMemory(fd, guest.machine.memory_mib * MIB)
        with guest.memory() as memory:
            memory.pour(ram)
        mark = fingerprint(guest.machine, versions)
        yield Saved(guest.machine, mark, folder / "state", ram, disks, guest.console())
    finally:
        os.close(fd)


@contextlib.contextmanager
def restored(state: Saved, machine: Machine, versions: Sequence[str], pace: Pace) -> Iterator[Guest]:
    """Start a guest that goes on where another one was saved, and end it on the way out.

    Args:
        state: what was saved.
        machine: the same machine in a folder of its own, with disks of its own (`Saved.disks`).
        versions: of QEMU.
        pace: how slow guests are here.

    Raises:
        InfrastructureError: the state is not one of this machine.
        LostGuestError: it did not go on.
    """
    if fingerprint(machine, versions) != state.fingerprint:
        raise InfrastructureError("the saved guest is another machine's, or another kernel's: it is not restored")
    with boot(replace(machine, incoming=True), pace, state.console) as guest:
        guest.shells = 1
        _listening(guest)
        guest.monitor("migrate-set-capabilities", capabilities=_SHARED)
        with guest.memory() as memory:
            state.ram.pour(memory)
        guest.monitor("migrate-incoming", uri=f"exec:cat {shlex.quote(os.path.relpath(state.state, machine.folder))}")
        _migrated(guest, "restored")
        guest.monitor("cont")
        yield guest


def copied(disk: Path, copy: Path) -> None:
    """Copy a disk; blocks are shared where the file system can do that."""
    process.run(["cp", "--sparse=always", "--reflink=auto", str(disk), str(copy)], seconds=_COPY_SECONDS)


def _listening(guest: Guest) -> None:
    """Wait until there is a monitor; once it answers, the RAM is there too."""
    deadline = time.monotonic() + _SECONDS
    while not guest.machine.socket.exists():
        if time.monotonic() > deadline:
            raise guest.lost("it has no monitor")
        time.sleep(_POLL_SECONDS)


def _migrated(guest: Guest, what: str) -> None:
    """Wait until the monitor says that all of the state has been written, or read."""
    deadline = time.monotonic() + _SECONDS
    while "'status': 'completed'" not in (told := str(guest.monitor("query-migrate"))):
        if "'failed'" in told or time.monotonic() > deadline:
            raise guest.lost(f"it was not {what}: {told}")
        time.sleep(_POLL_SECONDS)

# SPDX-License-Identifier: GPL-2.0-only
"""A guest as it is started: QEMU's command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.kernel.arch import GUEST

if TYPE_CHECKING:
    from pathlib import Path

PATIENT = "rcupdate.rcu_cpu_stall_timeout=300 no_timer_check"
"""On the command line of every guest's kernel. Its clock runs on while the host has no time for it: stalls of 95 s that
were the host's doing were seen beside other work. A stall without an end is seen all the same; 300 s are the kernel's
most (kernel/rcu/tree_stall.h: rcu_jiffies_till_stall_check()). The timer check counts the interrupts that come while it
waits, and panics where there are too few: `IO-APIC + timer doesn't work!`, seen beside other work."""
_BOUNCED = ",disable-legacy=on,iommu_platform=on"
_WARP = 3
"""A warped guest's instruction takes 2 to the power of this, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A guest as it is started.

    Attributes:
        kernel: what QEMU boots.
        initramfs: its initramfs.
        command_line: of the kernel.
        folder: where the console and the monitor's socket go.
        memory_mib: its RAM.
        disks: raw images, vda first.
        accelerator: tcg or kvm.
        cpus: how many.
        slowness: how many times longer its first kernel may take for anything than a plain one.
        warped: True where its clock counts instructions and skips all time in which no processor has something to do:
            an hour's sleep takes seconds. So does the time in which it waits for the next command.
        bounced: True where its disks take the kernel's word for what memory they may use, so that swiotlb= is obeyed.
        alone: True where nobody speaks to it: it has a console and runs to its end, which a reset is too. What it is
            made of beyond that is QEMU's own choice, or `more`.
        typed: True where somebody types on its console (checks/vm/keyboard.py).
        more: further arguments of QEMU.
        incoming: True where it waits for the state of another guest, to go on from there (checks/vm/snapshot.py).
    """

    kernel: Path
    initramfs: Path
    command_line: str
    folder: Path
    memory_mib: int = 2048
    disks: tuple[Path, ...] = ()
    accelerator: str = "tcg"
    cpus: int = 2
    slowness: float = 1.0
    warped: bool = False
    bounced: bool = False
    alone: bool = False
    typed: bool = False
    more: tuple[str, ...] = ()
    incoming: bool = False

    @property
    def console(self) -> Path:
        """What the kernels print."""
        return self.folder / "console.log"

    @property
    def keys(self) -> Path:
        """The socket that takes what is typed on the console."""
        return self.folder / "keys"

    @property
    def socket(self) -> Path:
        """The monitor's."""
        return self.folder / "qmp"

    @property
    def observer(self) -> Path:
        """A second one: whoever looks at the guest from outside (checks/crash/owner.py)."""
        return self.folder / "observer"

    def argv(self, *, terminal: bool = False) -> list[str]:
        """Return QEMU's command line; the terminal is the console, or else a file is, beside a shell and a monitor.

        It is run in the guest's folder. There all names are ours: QEMU would take a comma in one for the next option's
        begin, and a socket's name has 108 bytes at most.
        """
        return [GUEST.qemu.name, "-nodefaults", *(self._alone() if self.alone else self._served(terminal=terminal))]

    def _alone(self) -> list[str]:
        return [
            *("-no-reboot", "-display", "none", "-serial", "stdio"),
            *("-m", str(self.memory_mib)),
            *("-kernel", self._name(self.kernel), "-initrd", self._name(self.initramfs)),
            *self.more,
            *("-append", self.command_line),
        ]

    def _served(self, *, terminal: bool) -> list[str]:
        serial = ("mon:stdio",) if terminal else ("chardev:console", "stdio")
        drives = [
            word
            for number, disk in enumerate(self.disks)
            for word in (
                *("-drive", f"if=none,id=d{number},format=raw,cache=unsafe,file={self._name(disk)}"),
                *("-device", f"virtio-blk-pci,drive=d{number}{_BOUNCED if self.bounced else ''}"),
            )
        ]
        return [
            *("-no-user-config", "-display", "none"),
            *("-accel", self.accelerator),
            *(("-icount", f"shift={_WARP},sleep=off") if self.warped else ()),
            *("-machine", f"{GUEST.machine},memory-backend=ram"),
            *("-object", f"memory-backend-memfd,id=ram,size={self.memory_mib}M,share=on"),
            # one CPU a socket: an MP table, which is all that acpi=off leaves, names no other one of it
            *("-m", f"{self.memory_mib}M", "-smp", f"{self.cpus},sockets={self.cpus}"),
            *("-cpu", "host" if self.accelerator == "kvm" else "max,la57=off"),
            *("-device", "virtio-rng-pci"),
            *(() if terminal else ("-chardev", self._console())),
            *(word for where in serial for word in ("-serial", where)),
            *(word for each in (() if terminal else (self.socket, self.observer)) for word in _monitor(each)),
            *("-device", "vmcoreinfo"),
            *("-kernel", self._name(self.kernel), "-initrd", self._name(self.initramfs)),
            *("-append", self.command_line),
            *drives,
            *self.more,
            *(("-incoming", "defer") if self.incoming else ()),
        ]

    def _console(self) -> str:
        # what a kernel printed before its guest was saved stays
        if self.typed:
            log = f"logfile={self.console.name},logappend=on"
            return f"socket,id=console,path={self.keys.name},server=on,wait=off,{log}"
        return f"file,id=console,path={self.console.name},append=on"

    def _name(self, file: Path) -> str:
        return os.path.relpath(file.resolve(), self.folder.resolve())


def _monitor(socket: Path) -> tuple[str, str]:
    return "-qmp", f"unix:{socket.name},server=on,wait=off"

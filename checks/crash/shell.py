# SPDX-License-Identifier: GPL-2.0-only
"""What a guest's shell is told: commands in the words of the series, and those that any crash kernel takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import asked_for
from checks.crash import disk
from checks.kernel.arch import GUEST
from checks.vm.machine import PATIENT

if TYPE_CHECKING:
    from patchset.plan import Crash

FIRST = f"console={GUEST.console} panic=1 {PATIENT}"
"""The first kernel's command line; without a kdump kernel it reboots at once."""
KDUMP = f"console={GUEST.console} nr_cpus=1 irqpoll reset_devices {PATIENT}"
"""The kdump kernel's."""
KERNEL, INITRAMFS = "/boot/kernel", "/boot/initramfs"
"""The kdump kernel's files in a guest."""
UNSTARTED = "/boot/unstarted"
"""A kernel for loads that no crash follows (checks/crash/bzimage.py)."""
ON_CRASH, DEBUG = 2, 8
"""KEXEC_FILE_ON_CRASH, KEXEC_FILE_DEBUG; kernels before 6.8 do not have the latter."""
MADE_UP = bytes((number * number + 7 * number + 1) % 256 for number in range(64))
"""What the helper's `put` saves; bytes in equal steps would be among the test vectors that a kernel's crypto has."""
UNLOAD = "kexec -s -p -u"
SIZE = "/sys/kernel/kexec_crash_size"
"""How large the crash area is, in bytes; it can be made smaller while nothing is loaded."""
PANIC = "echo c > /proc/sysrq-trigger"
DEVICE, NAME = "/dev/vdb", "luks"
"""The encrypted disk, and what it is once it is open."""
MOUNT = f"mount -t ext4 /dev/mapper/{NAME} /mnt"
CLOSE = f"umount /mnt && cryptsetup close {NAME}"


def load(more: str = "", *, kernel: str = KERNEL, initramfs: str = INITRAMFS) -> str:
    """Return the command that loads the kdump kernel."""
    return f"kexec -s -p {kernel} --initrd={initramfs} --append='{f'{KDUMP} {more}'.rstrip()}'"


@dataclass(frozen=True, slots=True)
class Shell:
    """The commands of one series.

    Attributes:
        crash: what its definition says.
    """

    crash: Crash

    @property
    def file(self) -> str:
        """Return the kdump kernel's file that gives the key back."""
        items = self.crash.items
        return f"{items.folder}/{items.restores}" if items else self.crash.file

    @property
    def modes(self) -> str:
        """Return the first kernel's command that tells whose its files are, once a key was named."""
        items = self.crash.items
        files = f"{items.folder}/{items.reuses} {items.folder}/*/{items.describes}" if items else self.crash.file
        return f"stat -c %a:%u {files}"

    @property
    def reuse(self) -> str:
        """Return the command after which the next kernel gets the keys of the one that is loaded."""
        items = asked_for(self.crash.items)
        return f"echo {items.word} > {items.folder}/{items.reuses}"

    @property
    def reuse_no_more(self) -> str:
        """Return the command after which it does not, and which wipes those that no kernel has."""
        items = asked_for(self.crash.items)
        return f"echo {items.no} > {items.folder}/{items.reuses}"

    @property
    def drop(self) -> str:
        """Return the command that removes the disk's key from the user's keyring, in either kernel."""
        return f"{self.crash.helper} drop {self.crash.key.description}"

    @property
    def state(self) -> str:
        """Return the command that reads the file."""
        return f"cat {self.file}"

    @property
    def forget(self) -> str:
        """Return the command that wipes the key."""
        return f"echo {self.crash.forget} > {self.crash.file}"

    @property
    def lines(self) -> str:
        """Return the command that counts the lines on the key in the kernel's log."""
        return f"dmesg | grep -ci '{self.crash.message}'"

    @property
    def open(self) -> str:
        """Return the kdump kernel's command that opens the disk without a passphrase."""
        return self.ask(self.crash.key.description, f"{DEVICE} {NAME}")

    @property
    def bare(self) -> str:
        """Return the command that opens the disk with a key that nobody added."""
        kind = self.crash.key.description.partition(":")[0]
        return f"{self.crash.helper} bare {DEVICE} bare {kind}:nobody"

    def ask(self, desc: str, what: str = "- -") -> str:
        """Return the kdump kernel's command that gets the key back."""
        return f"{self.crash.helper} kdump {what} {desc}"

    def first(self, slot: int, *, name: str = "-", save: bool = False, desc: str = "", device: str = DEVICE) -> str:
        """Return the command that opens the disk with the passphrase, and saves the key; `-` leaves out.

        Args:
            slot: whose passphrase it is.
            name: what the opened disk is to be.
            save: True for the description that the definition has.
            desc: another one.
            device: another disk.
        """
        desc = desc or (self.crash.key.description if save else "-")
        return f"printf %s '{disk.PASSPHRASE}' | {self.crash.helper} first {device} {slot} {name} {desc}"

    def put(self, desc: str = "", size: int = len(MADE_UP)) -> str:
        """Return the command that saves a key that is no disk's: `MADE_UP`."""
        return f"{self.crash.helper} put {size} {desc or self.crash.key.description}"

    def load(self, line: str, kernel: str = KERNEL, *, initramfs: str, flags: int = ON_CRASH) -> str:
        """Return the command that calls kexec_file_load(2) as it is; `-` leaves a file out."""
        return f"{self.crash.helper} load {kernel} {initramfs} {flags} {line}"

    def uring(self, keyring: str, desc: str) -> str:
        """Return the command that writes a description twice through io_uring."""
        return f"{self.crash.helper} uring {keyring} {desc}"

    def find(self, desc: str) -> str:
        """Return the command that looks for a key as another process."""
        return f"{self.crash.helper} find {desc}"

    def mapping(self, file: str, at: int) -> str:
        """Return the command that looks at a page by mmap(); `kcore.mapped` reads what it says."""
        return f"{self.crash.helper} mmap {file} {at:#x}"

# SPDX-License-Identifier: GPL-2.0-only
"""The guest's console for a person: a shell on the terminal, in the first kernel and in the kdump kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.crash import disk
from checks.crash.scenarios.dump import DUMP
from checks.crash.shell import CLOSE, MOUNT, NAME, PANIC, Shell, load

if TYPE_CHECKING:
    from checks.crash.lab import Lab
    from checks.vm.machine import Machine

WORD = "respin.console"
"""On a kernel's command line: the guest's init gives its shell to the console (guest/init.j2 of its templates)."""


def machine(lab: Lab) -> Machine:
    """Return the guest that `dump` runs in, with its kernels and disks made."""
    made = lab.machine(lab.fresh_disk(), more=WORD)
    made.folder.mkdir(parents=True)
    return made


def help_text(shell: Shell) -> str:
    """Return what to type, step by step."""
    return "\n".join(
        (
            "QEMU ends with Ctrl-A x. In the first kernel:",
            f"  {shell.first(disk.PBKDF2, name=NAME, save=True)}",
            f"  {load(WORD)}",
            f"  {PANIC}",
            "In the kdump kernel:",
            f"  {shell.open}",
            f"  {MOUNT} && {DUMP} && {CLOSE}",
            "  reboot -f",
        )
    )

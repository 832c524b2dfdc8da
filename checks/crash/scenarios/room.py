# SPDX-License-Identifier: GPL-2.0-only
"""What one missing page costs a kdump kernel that needs memory in one piece: no dump less than without a key.

Each load is one crash, of a guest that goes on from where one had come to its shell, with the key saved or without. The
kdump kernel bounces all data of its disks (`swiotlb=force`): the 64 MiB that this takes are its largest allocation.
Where it gets none so large, Linux 6.1 takes half of it, and Linux 5.10 does without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import disk
from checks.crash.lab import must
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.scenarios.memory import crash, short
from checks.crash.shell import NAME, load
from checks.vm.guest import LostGuestError, text
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.crash.lab import Lab
    from checks.vm.guest import Guest
    from checks.vm.machine import Machine

SIZES = (128, 160, 256)
"""MiB that are reserved."""
LOADS = 30
"""How many of each size, with and without a key."""
_MIB = 1024
_MORE = "swiotlb=force panic=1"
_SHORT = re.compile(r"(?m)software IO TLB: .*(?:Failed to allocate|Cannot allocate)")


@dataclass(frozen=True, slots=True)
class Dumped:
    """What came of one crash.

    Attributes:
        why: the last words where the dump was not written; empty where it was.
        short: True where the kdump kernel did not find the 64 MiB in one piece.
    """

    why: str
    short: bool


@dataclass(frozen=True, slots=True)
class Dumps:
    """The crashes with one size.

    Attributes:
        mib: that is reserved.
        keyed: what came of those with a key.
        plain: the same without a key, with the passphrase.
    """

    mib: int
    keyed: tuple[Dumped, ...]
    plain: tuple[Dumped, ...]


class RoomScenario:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "room"
    title = "as many dumps succeed with the key's page as without it, where memory must be in one piece"
    rules = ("R23",)
    words = f"{SIZES} {LOADS}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        dumps = [_dumps(lab, mib) for mib in SIZES]
        findings = judge(dumps)
        told = ", ".join(
            f"{each.mib}M {wrote(each.keyed)} and {wrote(each.plain)}, "
            f"short {short_of(each.keyed)} and {short_of(each.plain)}"
            for each in dumps
        )
        summary = f"dumps of {LOADS} loads each with and without a key: {told}"
        data = {"room": [measures(each) for each in dumps]}
        return Outcome(f"{len(findings)} sizes do worse: {told}" if findings else summary, findings, data)


def _dumps(lab: Lab, mib: int) -> Dumps:
    keyed: list[Dumped] = []
    plain: list[Dumped] = []
    save = lab.shell.first(disk.PBKDF2, save=True)
    with lab.alike(_machine(lab, mib), save) as with_key, lab.alike(_machine(lab, mib)) as without:
        for number in range(LOADS):
            for key, again, done in ((True, with_key, keyed), (False, without, plain)):
                lab.say(f"room: {mib}M, load {number + 1} of {LOADS} {'with' if key else 'without'} a key")
                with again() as guest:
                    done.append(_dump(lab, guest, key=key))
    return Dumps(mib, tuple(keyed), tuple(plain))


def _dump(lab: Lab, guest: Guest, *, key: bool) -> Dumped:
    """Load, crash and dump."""
    must(guest.run(load(_MORE)), guest)
    try:
        why = crash(guest, lab.shell.open if key else lab.shell.first(disk.PBKDF2, name=NAME))
    except LostGuestError:
        if not (reasons := short(guest.console())):
            raise
        why = reasons[0]
    return Dumped(why, bool(_SHORT.search(text(guest.console()))))


def _machine(lab: Lab, mib: int) -> Machine:
    return replace(lab.machine(lab.fresh_disk(), area=f"{mib}M", mib=_MIB, more="nokaslr"), bounced=True)


def wrote(dumped: Sequence[Dumped]) -> int:
    """Return how many dumps were written."""
    return sum(not each.why for each in dumped)


def short_of(dumped: Sequence[Dumped]) -> int:
    """Return how many kdump kernels found no 64 MiB in one piece."""
    return sum(each.short for each in dumped)


def judge(dumps: Sequence[Dumps]) -> tuple[Finding, ...]:
    """Return in what a size does worse with a key.

    Raises:
        InfrastructureError: no dump was written without a key, so that there is nothing to compare with.
    """
    if not any(wrote(each.plain) for each in dumps):
        raise InfrastructureError("no dump was written without a key: nothing is proven")
    found = []
    for each in dumps:
        keyed, plain = wrote(each.keyed), wrote(each.plain)
        if keyed < plain:
            why = "; ".join(sorted({one.why for one in each.keyed} - {""}))
            found.append(
                f"with {each.mib}M and a key {keyed} of {len(each.keyed)} dumps are written, without one {plain}: {why}"
            )
    return tuple(Finding(Severity.ERROR, message, rule="R23") for message in found)


def measures(dumps: Dumps) -> Mapping[str, int]:
    """Return what is told of one size."""
    return {
        "mib": dumps.mib,
        "loads": len(dumps.keyed),
        "wrote": wrote(dumps.keyed),
        "wrote_without": wrote(dumps.plain),
        "short": short_of(dumps.keyed),
        "short_without": short_of(dumps.plain),
    }

# SPDX-License-Identifier: GPL-2.0-only
"""A kdump kernel's memory map that is full, or almost: the page that is left out must not cost a piece of the area.

`memmap=` reserves as many pages of the first kernel as it takes; each is an entry of the kdump kernel's map. What that
map says is read from outside, in the boot parameters that a load has put in the crash area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import turns, zeropage
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import UNLOAD, UNSTARTED, load
from checks.crash.zeropage import ENTRIES, Map
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.crash.lab import Lab
    from checks.crash.turns import Turns

PIECES = 90
"""With how many the number is found that fills the map."""
ROOM = (0, 1, 2)
"""How many entries of the map a load without a key leaves free, in one boot each."""
_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_FROM_KIB, _STEP_KIB = 256 * 1024, 4
"""Where the reserved pages are: side by side, for what lies between two would be an entry of the first kernel's map."""
_KINDS = "$#"
"""What they are in turn, reserved and ACPI data: two of a kind would be one entry."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Loads:
    """The loads of one boot.

    Attributes:
        plain: the map of one without a key.
        loaded: True where the one with a key succeeded.
        state: what the file said then.
        keyed: the map of that one; None where it failed.
    """

    plain: Map
    loaded: bool
    state: str
    keyed: Map | None


class FullMap:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "fullmap"
    title = "a memory map without room for the key's page fails the load, and loses no piece of the crash area"
    rules = ("R05", "R12")
    words = f"{PIECES} {ROOM}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        entries = _boot(lab, PIECES, keyed=False).plain.entries
        loads = [_boot(lab, PIECES + ENTRIES - entries - room) for room in ROOM]
        findings = judge(loads, lab.states.saved if lab.feature.said else "")
        told = ", ".join(f"{each.plain.entries} {'taken' if each.loaded else 'refused'}" for each in loads)
        summary = f"maps with so many of {ENTRIES} entries before the key's: {told}"
        return Outcome(f"{len(findings)} loads are not as they must be" if findings else summary, findings)


def _boot(lab: Lab, pieces: int, *, keyed: bool = True) -> Loads:
    lab.say(f"fullmap: {pieces} reserved pages")
    reserved = ",".join(
        f"{_STEP_KIB}K{_KINDS[number % len(_KINDS)]}{_FROM_KIB + number * _STEP_KIB}K" for number in range(pieces)
    )
    with lab.guest(lab.machine(None, area="64M", mib=1024, more=f"memmap={reserved}")) as guest:
        one = turns.began(lab, guest, "fullmap")
        must(guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), guest)
        plain = _map(one)
        if not keyed:
            return Loads(plain, loaded=False, state="", keyed=None)
        must(guest.run(f"{UNLOAD} && {lab.shell.put(_DESC)}"), guest)
        loaded = guest.run(load(kernel=UNSTARTED, initramfs=_SMALL)).code == 0
        state = must(guest.run(lab.shell.state), guest).text if lab.feature.said else ""
        with guest.stopped() as memory:
            return Loads(plain, loaded, state, zeropage.read(memory, one.layout.area) if loaded else None)


def _map(one: Turns) -> Map:
    """Load without a key; the map of that load is gone from memory, so that the next one is the only one."""
    must(one.guest.run(load(kernel=UNSTARTED, initramfs=_SMALL)), one.guest)
    area = one.layout.area
    with one.guest.stopped() as memory:
        found = zeropage.read(memory, area)
        for at in range(area.start, area.stop, _CHUNK):
            memory.write(at, bytes(min(_CHUNK, area.stop - at)))
    return found


def judge(loads: Sequence[Loads], saved: str) -> tuple[Finding, ...]:
    """Return what is wrong; `saved` is what the file says of a key that no load took, where there is one.

    Raises:
        InfrastructureError: the maps are not as full as they were to be, so that nothing is proven.
    """
    left = [ENTRIES - each.plain.entries for each in loads]
    if left != [*ROOM]:
        raise InfrastructureError(
            f"the maps without a key have {' '.join(map(str, left))} free entries, not {' '.join(map(str, ROOM))}"
        )
    found = []
    for each in loads:
        where = f"{ENTRIES - each.plain.entries} free entries"
        if each.keyed is None:
            if each.state != saved:
                found.append(("R12", f"{where}: the load failed, and the file says {each.state!r}, not {saved!r}"))
            if each.plain.entries + ROOM[-1] <= ENTRIES:
                found.append(("R05", f"{where}: the load failed although the map has room for the page's hole"))
        elif (lost := each.plain.usable - each.keyed.usable) != PAGE:
            found.append(("R05", f"{where}: the kdump kernel's map leaves out {lost} bytes more than without a key"))
    return tuple(Finding(Severity.ERROR, message, rule=rule) for rule, message in found)

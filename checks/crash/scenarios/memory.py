# SPDX-License-Identifier: GPL-2.0-only
"""The headline: how much memory must be reserved until the dump is written, with the passed key and with a passphrase.

A probe is one crash with one `crashkernel=`. From a guess the search gallops until it has a size that suffices and one
that does not, and halves what is between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks import cache as facts
from checks.contract import Finding, Severity
from checks.crash import disk
from checks.crash.lab import must
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.scenarios.dump import DUMP
from checks.crash.shell import CLOSE, MOUNT, NAME, PANIC, SIZE, load
from checks.vm.guest import LostGuestError, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checks.crash.lab import Lab
    from checks.vm.guest import Guest

COMMON = 256
"""MiB that distributions reserve: both ways are tried with it."""
KEY, PASSPHRASE = "key", "passphrase"
_MIB = 2048
_SHORT = re.compile(
    r"Out of memory|out of memory|Cannot allocate memory|Not enough available memory|deadlocked on memory"
    r"|Initramfs unpacking failed|page allocation failure|Kernel panic - not syncing: (?!sysrq)"
)
"""What a kernel or a program says that has too little memory; without such a word a lost guest is lost."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open the disk.

    Attributes:
        name: how it is told.
        guess: where to begin, MiB.
        step: the first stride, MiB.
        resolution: how exact the answer is, MiB.
        ceiling: the largest area that is tried, MiB.
    """

    name: str
    guess: int
    step: int
    resolution: int
    ceiling: int

    def after(self, found: object) -> Way:
        """Return the way to go where an earlier run has found this: its answer suffices, and one step less does not."""
        if not isinstance(found, int) or not 0 < found <= self.ceiling:
            return self
        return replace(self, guess=found, step=self.resolution)


@dataclass(frozen=True, slots=True)
class MemoryProbe:
    """One crash.

    Attributes:
        way: how the disk was to be opened.
        mib: of the crash area.
        wrote: True where the dump was written.
        why: the last words where it was not.
    """

    way: str
    mib: int
    wrote: bool
    why: str = ""


WAYS = (
    Way(KEY, 64, 16, 2, 512),
    # Argon2id's own memory, and what a kdump kernel needs beside it.
    Way(PASSPHRASE, disk.ARGON2_KIB // 1024 + 64, 64, 16, _MIB * 3 // 4),
)


class MemoryScenario:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "memory"
    title = "how much memory must be reserved, with the passed key and with a passphrase"
    rules = ("B08",)
    words = repr(WAYS)

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        probes: list[MemoryProbe] = []
        smallest = {}
        for way in WAYS:

            def suffices(mib: int, way: Way = way) -> bool:
                probes.append(_probe(lab, way, mib))
                return probes[-1].wrote

            suffices(COMMON)
            known, where = lab.context.cache, _key(lab, way)
            smallest[way.name] = search(suffices, way.after(facts.read(known, where)))
            facts.write(known, where, smallest[way.name])
        findings = judge(probes, smallest)
        summary = f"the key is enough for {smallest[KEY]} MiB, a passphrase needs {smallest[PASSPHRASE]} MiB"
        data = {
            "smallest": smallest,
            "memory": [{"way": one.way, "mib": one.mib, "wrote": one.wrote, "why": one.why} for one in probes],
        }
        return Outcome(f"{len(findings)} claims do not hold" if findings else summary, findings, data)


def _key(lab: Lab, way: Way) -> str:
    """Return under what the answer of a run is kept: it says where the next one on this base begins, and no more."""
    subject = lab.context.subject
    return facts.key("smallest crash area", 1, subject.name, subject.series.name, way.name)


def search(suffices: Callable[[int], bool], way: Way) -> int | None:
    """Return the smallest size that suffices, exact to the way's resolution; None where none up to its ceiling does."""
    size, step = way.guess, way.step
    if suffices(size):
        while (low := size - step) > 0 and suffices(low):
            size, step = low, step * 2
        low, high = max(0, low), size
    else:
        low = size
        while not suffices(high := min(low + step, way.ceiling)):
            if high == way.ceiling:
                return None
            low, step = high, step * 2
    while high - low > way.resolution:
        middle = (low + high) // 2 // way.resolution * way.resolution
        middle = middle if middle > low else low + way.resolution
        if suffices(middle):
            high = middle
        else:
            low = middle
    return high


def _probe(lab: Lab, way: Way, mib: int) -> MemoryProbe:
    lab.say(f"memory: {way.name}, crashkernel={mib}M")
    # With nokaslr no kernel is in the middle of the memory that the area needs in one piece.
    with lab.lent_disk() as luks, lab.guest(lab.machine(luks, area=f"{mib}M", mib=_MIB, more="nokaslr")) as guest:
        must(guest.run(f"[ $(cat {SIZE}) = {mib << 20} ]"), guest)
        if way.name == KEY:
            must(guest.run(lab.shell.first(disk.PBKDF2, save=True), 30), guest)
        # A kdump kernel that panics must not hang: the first kernel's shell tells at once that it did.
        if (loaded := guest.run(load("panic=1"))).code != 0:
            return MemoryProbe(way.name, mib, wrote=False, why=f"load: {' '.join(loaded.lines[-1:])}")
        try:
            typed = lab.shell.first(disk.ARGON2, name=NAME)
            why = crash(guest, lab.shell.open if way.name == KEY else typed)
        except LostGuestError as error:
            reasons = short(guest.console())
            if not reasons:
                raise
            why = reasons[0] or error.message
        return MemoryProbe(way.name, mib, wrote=not why, why=why)


def crash(guest: Guest, way: str) -> str:
    """Crash a guest, open its disk by a command and write the dump; return the last words where there is none."""
    guest.leave(PANIC)
    guest.ready("kdump", dying=short)
    for command in (way, MOUNT, DUMP, CLOSE):
        answer = guest.run(command, 150)
        if answer.code != 0:
            return (*short(guest.console()), *answer.lines[-1:], f"exit {answer.code}")[0]
    return ""


def short(console: bytes) -> tuple[str, ...]:
    """Return the lines in which somebody says that memory is short, or a kernel ends for whatever reason."""
    return tuple(line.strip() for line in text(console).splitlines() if _SHORT.search(line))


def judge(probes: Sequence[MemoryProbe], smallest: dict[str, int | None]) -> tuple[Finding, ...]:
    """Return which claims do not hold."""
    findings = []
    common = {one.way: one for one in probes if one.mib == COMMON}
    if KEY not in common or not common[KEY].wrote:
        why = common[KEY].why if KEY in common else "it was not tried"
        findings.append(f"with {COMMON} MiB and the passed key there is no dump: {why}")
    if PASSPHRASE not in common or common[PASSPHRASE].wrote:
        findings.append(f"with {COMMON} MiB a passphrase does as well, or was not tried: nothing is gained")
    key, passphrase = smallest.get(KEY), smallest.get(PASSPHRASE)
    if key is None:
        findings.append("no area is large enough for the passed key")
    if passphrase is None:
        findings.append("no area is large enough for a passphrase: there is nothing to compare with")
    if key is not None and passphrase is not None and key >= passphrase:
        findings.append(f"the passed key needs {key} MiB, and a passphrase {passphrase} MiB")
    return tuple(Finding(Severity.ERROR, message, rule="B08") for message in findings)

# SPDX-License-Identifier: GPL-2.0-only
"""Where the key is in the machine's memory, at every stage of its copy's life, and in the dump.

The bar is a table: after a load, however often it is repeated, there is one whole key, in the crash area, in
a page that the kernel has not mapped. dm-crypt's own copies, which the disk needs, are counted and not judged.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import disk, kcore, layout, owner
from checks.crash.exposed import look
from checks.crash.lab import FIRST_LOOK, SETTLE, must
from checks.crash.layout import PAGE
from checks.crash.said import Secret, silence
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import CLOSE, MOUNT, NAME, PANIC, UNLOAD, UNSTARTED, load
from checks.vm.memory import GuestMemory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.crash.exposed import Exposure
    from checks.crash.kcore import Peek
    from checks.crash.lab import Lab
    from checks.crash.layout import Layout
    from checks.vm.guest import Guest

LOADS = 15
"""How often the load is repeated; as the table has it."""


@dataclass(frozen=True, slots=True)
class ExposureBar:
    """Where whole keys may be, by stage.

    Attributes:
        counts: how many outside and inside of the crash area.
        hidden: the stages of the first kernel after which the key's page must not be mapped; after all others, every
            page is.
        wiped: those after which the page that had the key may be either: nobody has written to the area since.
    """

    counts: Mapping[str, tuple[int, int]]
    hidden: tuple[str, ...]
    wiped: tuple[str, ...]


BAR = ExposureBar(
    {
        "booted": (0, 0),
        "unlocked": (0, 0),
        "saved": (1, 0),
        "loaded": (0, 1),
        "reloaded": (0, 1),
        f"{LOADS} loads": (0, 1),
        "unloaded": (0, 1),
        "loaded again": (0, 1),
        "forgotten": (0, 0),
        "crashed": (0, 1),
        "retrieved": (0, 1),
        "closed": (0, 1),
        "rebooted": (0, 0),
    },
    ("loaded", "reloaded", f"{LOADS} loads", "unloaded", "loaded again"),
    ("forgotten",),
)
"""Of a series with a file."""
ITEMS_BAR = ExposureBar(
    {
        "booted": (0, 0),
        "unlocked": (0, 0),
        "named": (1, 0),
        "loaded": (1, 1),
        "dropped": (0, 1),
        "reloaded": (0, 1),
        f"{LOADS} loads": (0, 1),
        "unloaded": (0, 1),
        "loaded again": (0, 1),
        "forgotten": (0, 0),
        "crashed": (0, 1),
        "retrieved": (0, 2),
        "dropped there": (0, 1),
        "closed": (0, 1),
        "rebooted": (0, 0),
    },
    ("loaded", "dropped", "reloaded", f"{LOADS} loads", "unloaded", "loaded again"),
    ("forgotten",),
)
"""Of one with items: user space's own key stays until user space drops it, and so does what it gets back."""
_BARS = {FILE: BAR, ITEMS: ITEMS_BAR}
_MIB = 1024
_DUMP = "makedumpfile -d 31 /proc/vmcore /mnt/vmcore"  # not compressed: what is in it can be found


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the first kernel's page tables say of the crash area.

    Attributes:
        absent: its pages that are not present.
        records: the pages that have the key.
    """

    absent: tuple[int, ...]
    records: tuple[int, ...]


@dataclass(slots=True)
class ExposureSeen:
    """All that the verdict follows from.

    Attributes:
        key: the disk's.
        bar: where it may be.
        stages: what was in memory.
        mapped: what was mapped, by stage.
        peeks: what the kdump kernel's /dev/mem shows of the key's page.
        usable: what the kdump kernel takes for memory that it may use.
        dump: what was in the dump, or None where there is none.
        console: what the kernels printed.
        answers: what the shells said.
    """

    key: bytes
    bar: ExposureBar = BAR
    stages: list[Exposure] = field(default_factory=list)
    mapped: dict[str, Mapped] = field(default_factory=dict)
    peeks: list[Peek] = field(default_factory=list)
    usable: tuple[range, ...] = ()
    dump: Exposure | None = None
    console: bytes = b""
    answers: list[tuple[str, bytes]] = field(default_factory=list)


class _Run:
    """One guest, from boot to the closed disk."""

    def __init__(self, lab: Lab, guest: Guest, seen: ExposureSeen) -> None:
        self.lab, self.guest, self.seen = lab, guest, seen
        self.symbols = lab.built().symbols
        self.layout: Layout = layout.read(must(guest.run(layout.command()), guest).text)

    def do(self, command: str, seconds: float = 30.0) -> str:
        answer = must(self.guest.run(command, seconds), self.guest)
        self.seen.answers.append((f"`{command.partition(' | ')[2] or command}`", answer.output))
        return answer.text

    def look(self, stage: str, *, first: bool = True) -> None:
        """Search the guest's memory until what must be there is, or what is collected must have been."""
        waited, wait = 0.0, FIRST_LOOK
        while True:
            began = time.monotonic()
            with self.guest.stopped(wait) as memory:
                found = look(stage, memory, self.seen.key, self.layout.area, self.lab.feature)
                mapped = Mapped(self.layout.absent(memory), found.records) if first else None
                waited += time.monotonic() - began
                wrong = _copies(found, self.seen.bar) or (mapped and _pages(stage, mapped, self.seen.bar))
                if waited >= SETTLE or not wrong:
                    self.seen.stages.append(self.named(found) if first else found)
                    break
            wait *= 2
        if mapped:
            self.seen.mapped[stage] = mapped

    def named(self, found: Exposure) -> Exposure:
        """Return what was found in a guest that stands still, with each copy's place named, as far as that can be."""
        return owner.named(found, self.guest.machine, self.symbols) if self.symbols else found

    def first_kernel_of_items(self) -> None:
        shell = self.lab.shell
        save, again = shell.first(disk.PBKDF2, save=True), f"{shell.reuse} && {load()}"
        self.look("booted")
        self.do(shell.first(disk.PBKDF2, name=NAME))
        self.look("unlocked")
        self.do(save)
        self.look("named")
        self.do(load())
        self.look("loaded")
        self.do(shell.drop)
        self.look("dropped")
        self.do(again)
        self.look("reloaded")
        self._loads()
        self.do(UNLOAD)
        self.look("unloaded")
        self.do(load())
        self.look("loaded again")
        self.do(f"{UNLOAD} && {shell.reuse_no_more}")
        self.look("forgotten")
        self.do(save)
        self.do(load())
        self.do(shell.drop)

    def _loads(self) -> None:
        """Load as often as the bar has it, twice of which are done."""
        self.do(f"for i in $(seq {LOADS - 2}); do {load(kernel=UNSTARTED)} || exit 1; done", 4.0 * LOADS)
        self.look(f"{LOADS} loads")

    def first_kernel(self) -> None:
        save = self.lab.shell.first(disk.PBKDF2, save=True)
        self.look("booted")
        self.do(self.lab.shell.first(disk.PBKDF2, name=NAME))
        self.look("unlocked")
        self.do(save)
        self.look("saved")
        self.do(load())
        self.look("loaded")
        self.do(load())
        self.look("reloaded")
        self._loads()
        self.do(UNLOAD)
        self.look("unloaded")
        self.do(load())
        self.look("loaded again")
        self.do(f"{UNLOAD} && {self.lab.shell.forget}")
        self.look("forgotten")
        self.do(save)
        self.do(load())

    def kdump_kernel(self) -> None:
        self.guest.leave(PANIC)
        self.guest.ready("kdump")
        self.look("crashed", first=False)
        for record in self.seen.stages[-1].records:
            ways = (kcore.command, self.lab.shell.mapping)
            read, mapped = (make("/dev/mem", record // PAGE * PAGE) for make in ways)
            self.seen.peeks.append(kcore.peek("the key's page by read()", self.guest.run(read)))
            self.seen.peeks.append(kcore.mapped("the key's page by mmap()", self.guest.run(mapped)))
        self.seen.usable = layout.usable(must(self.guest.run("cat /proc/iomem"), self.guest).text)
        self.do(self.lab.shell.open)
        self.look("retrieved", first=False)
        if self.lab.feature.items:
            self.do(self.lab.shell.drop)
            self.look("dropped there", first=False)
        self.do(f"{MOUNT} && {_DUMP} && {CLOSE}", 120.0)
        self.look("closed", first=False)
        self.seen.console = self.guest.console()
        with self.guest.ended("reboot -f") as memory:
            self.seen.stages.append(look("rebooted", memory, self.seen.key, self.layout.area, self.lab.feature))


class Exposed:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "exposure"
    title = "where the key is in memory at every stage of its copy's life, and in the dump"
    rules = ("R05", "R07", "R10", "R11", "R13", "R14", "R15", "R22")
    words = repr(_BARS)

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        luks = lab.fresh_disk()
        seen = ExposureSeen(luks.key, _BARS[lab.feature.interface])
        with lab.guest(lab.machine(luks, mib=_MIB)) as guest:
            one = _Run(lab, guest, seen)
            if lab.feature.items:
                one.first_kernel_of_items()
            else:
                one.first_kernel()
            one.kdump_kernel()
        seen.dump = _dump(lab, luks)
        findings = judge(seen)
        bad = sum(each.severity is not Severity.NOTE for each in findings)
        counts = ", ".join(f"{each.stage} {each.outside}/{each.inside}" for each in seen.stages)
        summary = f"whole keys in memory, outside/inside of the crash area: {counts}"
        data = {"exposure": [each.told() for each in (*seen.stages, *([seen.dump] if seen.dump else []))]}
        return Outcome(f"{bad} copies or pages are not as they must be" if bad else summary, findings, data)


def _dump(lab: Lab, luks: disk.Luks) -> Exposure | None:
    plain, vmcore = lab.folder / "exposed", lab.folder / "exposed-vmcore"
    luks.plain(plain)
    if not disk.extract(plain, "vmcore", vmcore):
        return None
    fd = os.open(vmcore, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return look("the dump", GuestMemory(fd, vmcore.stat().st_size), luks.key, range(0), lab.feature)
    finally:
        os.close(fd)


def judge(seen: ExposureSeen) -> tuple[Finding, ...]:
    """Return what is wrong."""
    found = {each.stage: each for each in seen.stages}
    findings = [_error(f"{stage}: nobody has looked") for stage in seen.bar.counts if stage not in found]
    findings += [one for each in seen.stages for one in _copies(each, seen.bar)]
    findings += [one for stage, mapped in seen.mapped.items() for one in _pages(stage, mapped, seen.bar)]
    findings += [
        _error(f"{stage}: nobody knows what is mapped", "R14") for stage in seen.bar.hidden if stage not in seen.mapped
    ]
    findings += [_error(f"the kdump kernel's /dev/mem shows {one.what}", "R15") for one in seen.peeks if one.size]
    if not seen.peeks:
        findings.append(_error("nobody has looked for the key in the kdump kernel's /dev/mem", "R15"))
    if not seen.usable:
        findings.append(_error("the kdump kernel does not say what memory it uses"))
    records = {one for each in seen.stages if each.stage == "crashed" for one in each.records}
    if any(record in one for record in records for one in seen.usable):
        findings.append(_error("the kdump kernel takes the key's page for memory that it may use", "R05"))
    texts = [("the console", seen.console), *seen.answers]
    for address in {one for each in seen.stages for one in each.records} or {0}:
        findings += silence(Secret(seen.key, address), texts)
    return (*dict.fromkeys(findings), *_in_dump(seen.dump))


def _copies(each: Exposure, bar: ExposureBar) -> list[Finding]:
    expected = bar.counts.get(each.stage)
    if expected is None or each.whole == expected:
        return []
    whose = ", ".join(f"{count} {name}" for name, count in each.places.items()) or "no key"
    rule = "R10" if each.outside > expected[0] or each.inside > expected[1] else "R13"
    counts = f"{each.outside}/{each.inside} in place of {expected[0]}/{expected[1]}"
    return [_error(f"{each.stage}: whole keys outside/inside of the crash area are {counts} ({whose})", rule)]


def _pages(stage: str, mapped: Mapped, bar: ExposureBar) -> list[Finding]:
    if stage in bar.wiped:
        return []
    if stage not in bar.hidden:
        count = len(mapped.absent)
        return [_error(f"{stage}: {count} pages of the crash area are not mapped", "R14")] if count else []
    findings = []
    if set(mapped.records) - set(mapped.absent) or not mapped.records:
        findings.append(_error(f"{stage}: the key's page is mapped", "R14"))
    if others := set(mapped.absent) - set(mapped.records):
        findings.append(_error(f"{stage}: {len(others)} pages without a key are not mapped", "R14"))
    return findings


def _in_dump(dump: Exposure | None) -> list[Finding]:
    if dump is None:
        return [_error("there is no dump to search")]
    findings = [_error(f"{dump.outside} whole keys are in the dump", "R10")] if dump.outside else []
    text = f"the dump holds {dump.schedules} expanded keys and {dump.halves} halves: dm-crypt's own, as every dump does"
    return [*findings, Finding(Severity.NOTE, text)]


def _error(message: str, rule: str = "") -> Finding:
    return Finding(Severity.ERROR, message, rule=rule)

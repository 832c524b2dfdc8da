# SPDX-License-Identifier: GPL-2.0-only
"""Every turn that the life of a saved key can take, in one guest whose kernel has all its debuggers on.

What must succeed succeeds, what must fail fails and changes nothing, and the kernel prints nothing through all of it:
neither the debuggers nor the series.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import kcore, turns
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.said import Secret, silence
from checks.crash.scenarios import FILE, Outcome
from checks.crash.shell import MADE_UP, SIZE, UNLOAD, UNSTARTED, load
from checks.parsers import debuggers
from checks.vm.guest import text

if TYPE_CHECKING:
    from checks.crash.kcore import Peek
    from checks.crash.lab import Lab
    from checks.crash.turns import Done, Look, Turns

LOADS = 50
ROUNDS = 12
"""Of each writer and loader that runs beside the others."""
_AREA_MIB, _SHRUNK_MIB = 128, 64
_MIB = 1024
_FILL_MIB = 256
"""What is written once the area was made smaller: several times what that gave back."""
_SMALL = "/run/initramfs"
"""The initramfs of the kdump kernel, which never starts here: to hash all of one under KASAN takes most of a load."""
_ONE, _TWO = "respin:one", "respin:two"
_KMEMLEAK = "/sys/kernel/debug/kmemleak"
_KASAN = "KernelAddressSanitizer initialized"
"""arch/x86/mm/kasan_init_64.c"""
_LOCKDEP = "grep -c 'debug_locks: *1$' /proc/lockdep_stats"


@dataclass(slots=True)
class LifecycleSeen:
    """All that the verdict follows from.

    Attributes:
        turns: in their order.
        looks: where the key was after some of them.
        peeks: what readers saw of the key's page.
        controls: what they saw of memory that is not empty and that they may read.
        address: where the key was while it was read.
        junk: bytes behind the key in its page that are not 0; None: nobody has looked.
        printed: what the kernel's log had in the end that it had not in the beginning.
        leaks: what kmemleak told.
        asleep: debuggers that were not awake in the end.
        console: what the kernels printed.
    """

    turns: list[Done] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    peeks: list[Peek] = field(default_factory=list)
    controls: list[Peek] = field(default_factory=list)
    address: int = 0
    junk: int | None = None
    printed: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()
    console: bytes = b""


class Lifecycle:
    """The scenario; see the module."""

    interfaces = (FILE,)
    name = "lifecycle"
    title = "every turn that a saved key's life can take, with all the kernel's debuggers on"
    rules = ("R07", "R08", "R10", "R11", "R13", "R14", "R18", "R19")
    words = f"{LOADS} {ROUNDS}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        with lab.guest(lab.machine(None, first="debugging", area=f"{_AREA_MIB}M", mib=_MIB)) as guest:
            one = _Run(turns.began(lab, guest, self.name))
            seen = one.seen
            one.saving()
            one.loading()
            one.reading()
            one.repeating()
            one.ending()
            one.asking()
            seen.console = guest.console()
        findings = judge(seen)
        summary = f"{len(seen.turns)} turns, {LOADS} loads in a row, and no debugger said a word"
        told = [{"name": one.what, "seconds": round(one.answer.seconds, 1)} for one in seen.turns]
        summary = f"{len(findings)} turns are not as they must be" if findings else summary
        return Outcome(summary, findings, {"turns": told})


class _Run:
    """One guest."""

    def __init__(self, one: Turns) -> None:
        self.guest, self.layout = one.guest, one.layout
        self.shell, self.states, self.feature = one.shell, one.states, one.lab.feature
        self.turn, self.look = one.turn, one.look
        self.seen = LifecycleSeen(one.done, one.looks)
        must(self.guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL} && dmesg -c > /dev/null"), self.guest)

    def write(self, text: str) -> str:
        return f"printf '{text}' | dd of={self.shell.crash.file} bs={PAGE}"  # one write, and dd says how it ended

    def saving(self) -> None:
        self.look("booted", 0, 0, 0)
        saved, long = self.states.saved, self.feature.key.longest + 1
        self.turn("a key is saved", self.shell.put(_ONE), saved)
        self.turn("another one is saved", self.shell.put(_TWO), saved)
        self.look("saved twice", 1, 0, 0)
        self.turn("a description that is empty", self.write("\\n"), saved, error=errno.EINVAL)
        self.turn("a description that is too long", self.write(f"{_ONE:x<{long}}"), saved, error=errno.EINVAL)
        self.turn("a description with a NUL in it", self.write(f"{_ONE}\\0two"), saved, error=errno.EINVAL)
        self.turn("a description of no key", self.write("respin:nobody"), saved, error=errno.ENOKEY)
        large = self.shell.put(_ONE, self.feature.record.room + 1)
        self.turn("a key that is too long", large, saved, error=errno.EINVAL)
        self.look("saved badly", 1, 0, 0)

    def loading(self) -> None:
        self.turn("a load", _load(), self.states.loaded)
        self.turn("a load without saving", _load(), self.states.loaded)
        self.look("reloaded", 0, 1, 1)
        self.turn("unloading", UNLOAD, self.states.saved, rule="R13")
        self.look("unloaded", 0, 1, 1, rule="R13")
        self.turn("forgetting", self.shell.forget, self.states.none)
        self.turn("shrinking the area", f"echo {_SHRUNK_MIB << 20} > {SIZE} && cat {SIZE}", self.states.none)
        # The freed pages are used: had one of them no mapping, that would be an oops.
        fill = f"dd if=/dev/zero of=/run/fill bs=1M count={_FILL_MIB} && rm /run/fill"
        self.turn("using what was freed", fill, self.states.none, seconds=60.0)
        self.look("shrunk", 0, 0, 0)

    def reading(self) -> None:
        self.turn("a key in the smaller area", f"{self.shell.put(_ONE)} && {_load()}", self.states.loaded)
        found = self.look("loaded again", 0, 1, 1)
        if len(found.records) != 1:
            return
        self.seen.address = found.records[0]
        with self.guest.stopped() as memory:
            behind = memory.read(self.seen.address, PAGE)[self.feature.record.size + len(MADE_UP) :]
            self.seen.junk = sum(map(bool, behind))
            start = self.layout.direct(memory, 0)
            pages = range(self.layout.area.start, self.layout.area.start + (_SHRUNK_MIB << 20), PAGE)
            other = next(at for at in pages if at != self.seen.address and any(memory.read(at, PAGE)))
        headers = must(self.guest.run(kcore.HEADERS), self.guest).text
        # /dev/mem shows no RAM (STRICT_DEVMEM), but the firmware
        for told, what, ram, page in (
            (self.seen.peeks, "the key's page", self.seen.address, self.seen.address),
            (self.seen.controls, "what may be read", other, kcore.FIRMWARE),
        ):
            for file, at in (("/proc/kcore", kcore.offset(headers, start + ram)), ("/dev/mem", page)):
                told.append(kcore.peek(f"{what} in {file}", self.guest.run(kcore.command(file, at))))
            mapping = self.guest.run(self.shell.mapping("/dev/mem", page))
            told.append(kcore.mapped(f"{what} in /dev/mem by mmap()", mapping))
        self.turn("kmemleak scans", f"echo scan > {_KMEMLEAK}", self.states.loaded, seconds=60.0)

    def repeating(self) -> None:
        self.turn(f"{LOADS} loads", _times(LOADS, f"{_load()} || exit 1"), self.states.loaded, seconds=6.0 * LOADS)
        self.look(f"{LOADS} loads", 0, 1, 1)
        lanes = (
            _times(ROUNDS, self.shell.put(_ONE)),
            _times(ROUNDS, self.shell.put(_TWO)),
            _times(ROUNDS // 2, _load()),
            _times(ROUNDS // 2, f"{_load()}; {UNLOAD}"),
        )
        # A load that meets another one is refused (EBUSY): what counts is what is left.
        beside = " & ".join(f"( {lane} ) > /dev/null 2>&1" for lane in lanes) + " & wait"
        self.turn("writers and loaders beside each other", beside, "", seconds=10.0 * ROUNDS)
        self.turn("a load after them", f"{UNLOAD}; {self.shell.put(_ONE)} && {_load()}", self.states.loaded)
        self.look("after writers and loaders", 0, 1, 1)

    def ending(self) -> None:
        self.turn("a fresh key beside a loaded one", self.shell.put(_ONE), "")
        self.turn("forgetting both", self.shell.forget, self.states.none)
        self.look("both forgotten", 0, 0)
        self.turn("unloading again", UNLOAD, self.states.none)
        self.look("unloaded again", 0, 0)

    def asking(self) -> None:
        """Ask the debuggers; kmemleak tells what it found unreferenced in two scans."""
        scan = f"echo scan > {_KMEMLEAK} && sleep 1 && echo scan > {_KMEMLEAK} && cat {_KMEMLEAK}"
        found = must(self.guest.run(scan, 120.0), self.guest)
        self.seen.leaks = tuple(map(str, debuggers.leaks(found.text)))
        self.seen.asleep = asleep(self.guest.run(_LOCKDEP).text, text(self.guest.console()))
        self.seen.printed = must(self.guest.run("dmesg"), self.guest).lines


def _load() -> str:
    return load(kernel=UNSTARTED, initramfs=_SMALL)


def _times(count: int, command: str) -> str:
    return f"for i in $(seq {count}); do {command}; done"


def asleep(lockdep: str, console: str) -> tuple[str, ...]:
    """Return the debuggers that have not watched; kmemleak would have refused to scan.

    Args:
        lockdep: what the command that asks for it said.
        console: what the kernel printed.
    """
    found = [] if lockdep.strip() == "1" else ["lockdep"]
    return tuple(found if _KASAN in console else [*found, "KASAN"])


def judge(seen: LifecycleSeen) -> tuple[Finding, ...]:
    """Return what is wrong."""
    found: list[tuple[str, str]] = []
    if not seen.peeks:
        found.append(("R14", "nobody has read the key's page"))
    if seen.junk is None:
        found.append(("R10", "nobody has looked behind the key in its page"))
    elif seen.junk:
        found.append(("R10", f"{seen.junk} bytes of other memory are behind the key in its page"))
    found += [("R14", f"{one.what} shows {one.shown} bytes") for one in seen.peeks if one.shown]
    found += [("", f"{one.what} shows nothing: the reader is blind") for one in seen.controls if not one.shown]
    found += [("R19", f"kmemleak: {leak}") for leak in seen.leaks]
    found += [("R19", f"{name} was off: nothing is proven") for name in seen.asleep]
    found += [("R19", f"the kernel printed: {line}") for line in seen.printed]
    texts = [("the console", seen.console), *((f"`{one.what}`", one.answer.output) for one in seen.turns)]
    return (
        *turns.judge(seen.turns, seen.looks),
        *(Finding(Severity.ERROR, message, rule=rule) for rule, message in found),
        *silence(Secret(MADE_UP, seen.address), texts),
    )

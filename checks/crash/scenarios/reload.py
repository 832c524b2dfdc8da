# SPDX-License-Identifier: GPL-2.0-only
"""A reload keeps the key, however it is done, and what is no reload of it leaves it alone or wipes it at once.

Distributions unload and then load. Loads that fail, loads of another kind (`kexec -l`, kexec_load(2)) and the word that
forgets come between. In the kdump kernel the record is nobody's to read but the series', and a key that a shell has
asked for is there for the next program.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import kcore, turns
from checks.crash.lab import KDUMP, PANIC, SIZE, UNLOAD, load, must, put
from checks.crash.layout import PAGE
from checks.crash.scenarios import Outcome
from checks.crash.scenarios.controls import WRONG_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.crash.kcore import Peek
    from checks.crash.lab import Lab
    from checks.crash.turns import Turns
    from checks.vm.guest import Guest

_AREA_MIB, _SHRUNK_MIB = 128, 64
_DESC = "respin:d0"
_KERNEL, _SMALL = "/boot/kernel", "/run/initramfs"
_ON_CRASH = 2
"""KEXEC_FILE_ON_CRASH"""
_LONG = 4096
"""No kernel takes a command line of so many bytes."""
FORGET = "echo none > {file}"
OLD = f"kexec -c -p {_KERNEL} --initrd={_SMALL} --append=console=ttyS0"
"""kexec_load(2)"""
OLD_UNLOAD = "kexec -c -p -u"
_PLAIN = f"kexec -s -l {_KERNEL} --initrd={_SMALL} --append=console=ttyS0 && kexec -s -u"
_READS = 20
_SHORT, _TOO_LONG = 256, 2560
"""Bytes of a command line that any kernel takes, and that none does (COMMAND_LINE_SIZE is 2048 on x86)."""
_END = "respin.end"
_SAYS = "dmesg | grep -ci 'volume key'"


@dataclass(slots=True)
class Seen:
    """What the verdict follows from beside the turns.

    Attributes:
        lines: how many lines on the key were in the log after a turn that has to say so, and before it.
        peeks: what /dev/mem of the kdump kernel shows of the record.
        controls: what it shows of memory that everybody may read.
        cmdline: the command line of the kdump kernel, the longest that was not refused.
    """

    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    peeks: list[Peek] = field(default_factory=list)
    controls: list[Peek] = field(default_factory=list)
    cmdline: str = ""


class Reload:
    """The scenario; see the module."""

    name = "reload"
    title = "a reload keeps the key, however it is done, and nothing else does"
    rules = ("R06", "R07", "R08", "R10", "R12", "R13", "R14", "R15", "R16", "R18", "R19")
    words = f"{_READS}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        seen = Seen()
        with lab.guest(lab.machine(None, area=f"{_AREA_MIB}M", mib=1024)) as guest:
            must(guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), guest)
            one = turns.began(lab, guest, self.name)
            _reloads(one)
            _failures(one)
            _others(one, seen)
            _forgets(one)
            _kdump(one, seen)
        findings = (*one.judge(), *judge(seen))
        summary = f"{len(one.done)} turns, and the key was where it had to be"
        return Outcome(f"{len(findings)} turns are not as they must be" if findings else summary, findings)


def _load() -> str:
    return load(initramfs=_SMALL)


def _reloads(one: Turns) -> None:
    one.turn("a key is loaded", f"{put(_DESC)} && {_load()}", "loaded")
    one.look("loaded", 0, 1, 1)
    one.turn("unloading", UNLOAD, "saved", rule="R13")
    one.look("unloaded", 0, 1, 1, rule="R13")
    one.turn("a load after unloading", _load(), "loaded", rule="R13")
    one.look("loaded after unloading", 0, 1, 1, rule="R13")
    one.turn("unloading by kexec_load(2)", OLD_UNLOAD, "saved", rule="R13")
    one.look("unloaded by kexec_load(2)", 0, 1, 1, rule="R13")
    one.turn("unloading nothing", UNLOAD, "saved", rule="R13")
    one.turn("a fresh key in the grace", put(_DESC), "saved", rule="R13")
    one.look("saved in the grace", 1, 0, rule="R08")
    one.turn("a load of the fresh key", _load(), "loaded")
    one.look("the fresh key loaded", 0, 1, 1)


def _failures(one: Turns) -> None:
    """Of loads: the image of before stays, and so does its key."""
    long = f"$(head -c {_LONG} /dev/zero | tr '\\0' x)"
    for what, kernel, line, error in (
        ("a load of no file", "-", "quiet", errno.EBADF),
        ("a load of no kernel", _SMALL, "quiet", errno.ENOEXEC),
        ("a load with too long a command line", _KERNEL, long, errno.EINVAL),
    ):
        command = f"luks-guest load {kernel} {_SMALL} {_ON_CRASH} {line}"
        one.turn(what, command, "loaded", error=error, rule="R13")
        one.look(what, 0, 1, 1, rule="R13")


def _others(one: Turns, seen: Seen) -> None:
    """Of loads: those that are none of a crash kernel, and those that know of no key."""
    one.turn("kexec -l with a key loaded", _PLAIN, "loaded")
    one.look("kexec -l with a key loaded", 0, 1, 1)
    before = _lines(one.guest)
    one.turn("kexec_load(2) with a key loaded", OLD, "none", rule="R13")
    one.look("kexec_load(2) with a key loaded", 0, 0, 0, rule="R13")
    seen.lines["kexec_load(2)"] = (before, _lines(one.guest))
    one.turn("unloading that", OLD_UNLOAD, "none")
    one.turn("a key is saved", put(_DESC), "saved")
    one.turn("kexec -l with a key saved", _PLAIN, "saved")
    one.turn("kexec_load(2) with a key saved", f"{OLD} && {OLD_UNLOAD}", "saved")
    one.look("other loads with a key saved", 1, 0, 0)
    one.turn("a load in place of theirs", _load(), "loaded")
    one.turn("kexec_load(2) in the grace", f"{UNLOAD} && {OLD}", "none", rule="R13")
    one.look("kexec_load(2) in the grace", 0, 0, 0, rule="R13")
    one.turn("unloading that as well", OLD_UNLOAD, "none")


def _forgets(one: Turns) -> None:
    forget = FORGET.format(file=one.lab.crash.file)
    one.turn("forgetting nothing", forget, "none")
    one.turn("forgetting a saved key", f"{put(_DESC)} && {forget}", "none")
    one.look("a saved key forgotten", 0, 0, 0)
    one.turn("forgetting a loaded key", f"{put(_DESC)} && {_load()} && {forget}", "none")
    one.look("a loaded key forgotten", 0, 0)
    one.turn("a load after forgetting", _load(), "none")
    one.look("loaded after forgetting", 0, 0, 0)
    one.turn("forgetting in the grace", f"{put(_DESC)} && {_load()} && {UNLOAD} && {forget}", "none")
    one.look("forgotten in the grace", 0, 0)
    one.turn("a key that is loaded once more", f"{put(_DESC)} && {_load()} && {UNLOAD}", "saved", rule="R13")
    one.turn("shrinking the area in the grace", f"echo {_SHRUNK_MIB << 20} > {SIZE} && cat {SIZE}", "none", rule="R13")
    one.look("shrunk in the grace", 0, 0, 0)


def _kdump(one: Turns, seen: Seen) -> None:
    guest, file = one.guest, one.lab.crash.file
    one.turn("a key for the crash", put(_DESC), "saved")
    more = f"{one.lab.crash.parameter}={WRONG_PAGE:#x}"  # the first one counts, and it is the kernel's
    longest = longest_line(lambda size: guest.run(sized(size, _SMALL, more)).code == 0)
    one.turn("the longest command line", sized(longest, "/boot/initramfs", more), "loaded", rule="R06")
    found = one.look("before the crash", 0, 1, 1)
    guest.leave(PANIC)
    guest.ready("kdump")
    seen.cmdline = guest.run("cat /proc/cmdline").text
    one.turn("reading the state", f"for i in $(seq {_READS}); do cat {file}; done", "available")
    one.look("the state was read", 0, 1, first=False)
    for record in found.records:
        page = record // PAGE * PAGE
        for told, what, at in ((seen.peeks, "the record", page), (seen.controls, "the firmware", kcore.FIRMWARE)):
            read, mapped = kcore.command("/dev/mem", at), kcore.mapping("/dev/mem", at)
            told += [
                kcore.peek(f"{what} by read()", guest.run(read)),
                kcore.mapped(f"{what} by mmap()", guest.run(mapped)),
            ]
    # The shell has no thread keyring: the key is its user's, and another process finds it.
    use = f"printf {_DESC} > {file} && luks-guest find {_DESC}"
    one.turn("a key for other programs", use, "available", rule="R16")
    one.turn("and once more", use, "available", rule="R16")


def sized(size: int, initramfs: str, more: str) -> str:
    """Return the command that loads a kdump kernel with so many bytes of command line."""
    begin = f"{KDUMP} {more} respin.pad="
    pad = f"$(head -c {size - len(begin) - len(_END) - 1} /dev/zero | tr '\\0' x)"
    return f'luks-guest load {_KERNEL} {initramfs} {_ON_CRASH} "{begin}{pad} {_END}"'


def longest_line(loads: Callable[[int], bool]) -> int:
    """Return the longest command line with which a load succeeds."""
    low, high = _SHORT, _TOO_LONG
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if loads(middle) else (low, middle)
    return low


def _lines(guest: Guest) -> int:
    return int(guest.run(_SAYS).text or 0)


def judge(seen: Seen) -> tuple[Finding, ...]:
    """Return what is wrong beside the turns."""
    found = [
        ("R13", f"{what} has wiped a key, and {after - before} lines of the log say so, not one")
        for what, (before, after) in seen.lines.items()
        if after - before != 1
    ]
    if not seen.cmdline.endswith(_END):
        found.append(("R06", f"the kdump kernel's command line is cut: it ends with '{seen.cmdline[-20:]}'"))
    if not seen.peeks:
        found.append(("R15", "nobody has looked at the record in the kdump kernel's /dev/mem"))
    found += [("R15", f"the kdump kernel's /dev/mem shows {one.what}") for one in seen.peeks if one.size]
    found += [("", f"/dev/mem does not show {one.what}: the reader is blind") for one in seen.controls if not one.shown]
    return tuple(Finding(Severity.ERROR, message, rule=rule) for rule, message in found)

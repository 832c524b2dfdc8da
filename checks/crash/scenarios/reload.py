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
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.scenarios import FILE, Outcome
from checks.crash.scenarios.controls import WRONG_PAGE
from checks.crash.shell import INITRAMFS, KDUMP, KERNEL, PANIC, SIZE, UNLOAD, UNSTARTED, load
from checks.kernel.arch import GUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.crash.kcore import Peek
    from checks.crash.lab import Lab
    from checks.crash.shell import Shell
    from checks.crash.turns import Turns

_AREA_MIB, _SHRUNK_MIB = 128, 64
_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_LONG = 4096
"""No kernel takes a command line of so many bytes."""
OLD = f"kexec -c -p {KERNEL} --initrd={_SMALL} --append=console={GUEST.console}"
"""kexec_load(2)"""
OLD_UNLOAD = "kexec -c -p -u"
_PLAIN = f"kexec -s -l {UNSTARTED} --initrd={_SMALL} --append=console={GUEST.console} && kexec -s -u"
_READS = 20
_SHORT, _TOO_LONG = 256, 2560
"""Bytes of a command line that any kernel takes, and that none does (COMMAND_LINE_SIZE is 2048 on x86)."""
_END = "respin.end"


@dataclass(slots=True)
class ReloadSeen:
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

    interfaces = (FILE,)
    name = "reload"
    title = "a reload keeps the key, however it is done, and nothing else does"
    rules = ("R06", "R07", "R08", "R10", "R12", "R13", "R14", "R15", "R16", "R18", "R19")
    words = f"{_READS}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        seen = ReloadSeen()
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
    return load(kernel=UNSTARTED, initramfs=_SMALL)


def _reloads(one: Turns) -> None:
    one.turn("a key is loaded", f"{one.shell.put(_DESC)} && {_load()}", one.states.loaded)
    one.look("after a load", 0, 1, 1)
    one.turn("unloading", UNLOAD, one.states.saved, rule="R13")
    one.look("unloaded", 0, 1, 1, rule="R13")
    one.turn("a load after unloading", _load(), one.states.loaded, rule="R13")
    one.look("loaded after unloading", 0, 1, 1, rule="R13")
    one.turn("unloading by kexec_load(2)", OLD_UNLOAD, one.states.saved, rule="R13")
    one.look("unloaded by kexec_load(2)", 0, 1, 1, rule="R13")
    one.turn("unloading nothing", UNLOAD, one.states.saved, rule="R13")
    one.turn("a fresh key in the grace", one.shell.put(_DESC), one.states.saved, rule="R13")
    one.look("saved in the grace", 1, 0, rule="R08")
    one.turn("a load of the fresh key", _load(), one.states.loaded)
    one.look("the fresh key loaded", 0, 1, 1)


def _failures(one: Turns) -> None:
    """Of loads: the image of before stays, and so does its key."""
    long = f"$(head -c {_LONG} /dev/zero | tr '\\0' x)"
    for what, kernel, line, error in (
        ("a load of no file", "-", "quiet", errno.EBADF),
        ("a load of no kernel", _SMALL, "quiet", errno.ENOEXEC),
        ("a load with too long a command line", UNSTARTED, long, errno.EINVAL),
    ):
        command = one.shell.load(line, kernel, initramfs=_SMALL)
        one.turn(what, command, one.states.loaded, error=error, rule="R13")
        one.look(what, 0, 1, 1, rule="R13")


def _others(one: Turns, seen: ReloadSeen) -> None:
    """Of loads: those that are none of a crash kernel, and those that know of no key."""
    one.turn("kexec -l with a key loaded", _PLAIN, one.states.loaded)
    one.look("kexec -l with a key loaded", 0, 1, 1)
    before = _lines(one)
    one.turn("kexec_load(2) with a key loaded", OLD, one.states.none, rule="R13")
    one.look("kexec_load(2) with a key loaded", 0, 0, 0, rule="R13")
    seen.lines["kexec_load(2)"] = (before, _lines(one))
    one.turn("unloading that", OLD_UNLOAD, one.states.none)
    one.turn("a key is saved", one.shell.put(_DESC), one.states.saved)
    one.turn("kexec -l with a key saved", _PLAIN, one.states.saved)
    one.turn("kexec_load(2) with a key saved", f"{OLD} && {OLD_UNLOAD}", one.states.saved)
    one.look("other loads with a key saved", 1, 0, 0)
    one.turn("a load in place of theirs", _load(), one.states.loaded)
    one.turn("kexec_load(2) in the grace", f"{UNLOAD} && {OLD}", one.states.none, rule="R13")
    one.look("kexec_load(2) in the grace", 0, 0, 0, rule="R13")
    one.turn("unloading that as well", OLD_UNLOAD, one.states.none)


def _forgets(one: Turns) -> None:
    forget = one.shell.forget
    one.turn("forgetting nothing", forget, one.states.none)
    one.turn("forgetting a saved key", f"{one.shell.put(_DESC)} && {forget}", one.states.none)
    one.look("a saved key forgotten", 0, 0, 0)
    one.turn("forgetting a loaded key", f"{one.shell.put(_DESC)} && {_load()} && {forget}", one.states.none)
    one.look("a loaded key forgotten", 0, 0)
    one.turn("a load after forgetting", _load(), one.states.none)
    one.look("loaded after forgetting", 0, 0, 0)
    one.turn(
        "forgetting in the grace",
        f"{one.shell.put(_DESC)} && {_load()} && {UNLOAD} && {forget}",
        one.states.none,
    )
    one.look("forgotten in the grace", 0, 0)
    one.turn(
        "a key that is loaded once more",
        f"{one.shell.put(_DESC)} && {_load()} && {UNLOAD}",
        one.states.saved,
        rule="R13",
    )
    one.turn(
        "shrinking the area in the grace",
        f"echo {_SHRUNK_MIB << 20} > {SIZE} && cat {SIZE}",
        one.states.none,
        rule="R13",
    )
    one.look("shrunk in the grace", 0, 0, 0)


def _kdump(one: Turns, seen: ReloadSeen) -> None:
    guest, shell = one.guest, one.shell
    one.turn("a key for the crash", one.shell.put(_DESC), one.states.saved)
    more = f"{one.lab.crash.parameter}={WRONG_PAGE:#x}"  # the first one counts, and it is the kernel's
    longest = longest_line(lambda size: guest.run(sized(shell, size, (UNSTARTED, _SMALL), more)).code == 0)
    one.turn(
        "the longest command line", sized(shell, longest, (KERNEL, INITRAMFS), more), one.states.loaded, rule="R06"
    )
    found = one.look("before the crash", 0, 1, 1)
    guest.leave(PANIC)
    guest.ready("kdump")
    seen.cmdline = guest.run("cat /proc/cmdline").text
    one.turn("reading the state", f"for i in $(seq {_READS}); do {shell.state}; done", one.states.available)
    one.look("the state was read", 0, 1, first=False)
    for record in found.records:
        page = record // PAGE * PAGE
        for told, what, at in ((seen.peeks, "the record", page), (seen.controls, "the firmware", kcore.FIRMWARE)):
            read, mapped = kcore.command("/dev/mem", at), shell.mapping("/dev/mem", at)
            told += [
                kcore.peek(f"{what} by read()", guest.run(read)),
                kcore.mapped(f"{what} by mmap()", guest.run(mapped)),
            ]
    # The shell has no thread keyring: the key is its user's, and another process finds it.
    use = f"printf {_DESC} > {shell.crash.file} && {shell.find(_DESC)}"
    one.turn("a key for other programs", use, one.states.available, rule="R16")
    one.turn("and once more", use, one.states.available, rule="R16")


def sized(shell: Shell, size: int, files: tuple[str, str], more: str) -> str:
    """Return the command that loads a kdump kernel and an initramfs with so many bytes of command line."""
    begin = f"{KDUMP} {more} respin.pad="
    pad = f"$(head -c {size - len(begin) - len(_END) - 1} /dev/zero | tr '\\0' x)"
    kernel, initramfs = files
    return shell.load(f'"{begin}{pad} {_END}"', kernel, initramfs=initramfs)


def longest_line(loads: Callable[[int], bool]) -> int:
    """Return the longest command line with which a load succeeds."""
    low, high = _SHORT, _TOO_LONG
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if loads(middle) else (low, middle)
    return low


def _lines(one: Turns) -> int:
    return int(one.guest.run(one.shell.lines).text or 0)


def judge(seen: ReloadSeen) -> tuple[Finding, ...]:
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

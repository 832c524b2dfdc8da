# SPDX-License-Identifier: GPL-2.0-only
"""Events that are no kexec call: what becomes of a key when the machine sleeps, starts anew, or changes its processors.

RAM is searched from outside as a reset or the power-off leaves it, and in the kernel that `kexec -e` begins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import layout, turns
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.scenarios import FILE, Outcome
from checks.crash.shell import FIRST, UNSTARTED, load
from generator import process

if TYPE_CHECKING:
    from pathlib import Path

    from checks.crash.lab import Lab
    from checks.crash.turns import Turns

_MIB = 512
_SWAP_MIB = 512
_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_ROUNDS = 5
_SLEEP = (
    "echo 1 > /sys/module/suspend/parameters/pm_test_delay && echo freezer > /sys/power/pm_test && "
    "echo freeze > /sys/power/state && echo none > /sys/power/pm_test"
)
_HIBERNATE = "swapon /dev/vdb && echo reboot > /sys/power/disk && echo disk > /sys/power/state && swapoff /dev/vdb"
_LOAD = load(kernel=UNSTARTED, initramfs=_SMALL)


class Events:
    """The scenario; see the module."""

    interfaces = (FILE,)
    name = "events"
    title = "no key outlives a reboot, power-off, kexec -e, suspend or hibernation that it must not outlive"
    rules = ("R10", "R14", "R18", "R19", "R22")
    words = f"{_ROUNDS}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        made = lab.machine(None, area="64M", mib=_MIB, more="resume=/dev/vdb")
        machine = replace(made, disks=(*made.disks, _swap(lab.folder)))
        with lab.guest(machine) as guest:
            one = turns.began(lab, guest, self.name)
            _small(one)
            _processors(one)
            _suspend(one)
            lines = _hibernate(one)
            _end(one, "a reboot", "reboot -f")
            _end(one, "power-off", "poweroff -f")
            _next(one)
        findings = (*one.judge(), *judge(lines))
        summary = f"{len(one.looks)} events, and no key was where it must not be"
        return Outcome(f"{len(findings)} events are not as they must be" if findings else summary, findings)


def _swap(folder: Path) -> Path:
    swap = folder / "swap.img"
    with swap.open("wb") as made:
        made.truncate(_SWAP_MIB << 20)
    process.run(["mkswap", str(swap)], seconds=60.0)
    return swap


def _small(one: Turns) -> None:
    must(one.guest.run(f"[ -e /boot/kernel ] || mount -t ext4 -o ro /dev/vda /boot; echo > {_SMALL}"), one.guest)
    must(one.guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), one.guest)


def _put(one: Turns) -> str:
    return one.shell.put(_DESC)


def _both(one: Turns) -> str:
    return f"{_put(one)} && {_LOAD} && {_put(one)}"


def _processors(one: Turns) -> None:
    one.turn("a key is loaded", f"{_put(one)} && {_LOAD}", one.states.loaded)
    one.look("after a load", 0, 1, 1)
    where = "/sys/devices/system/cpu/cpu1/online"
    command = f"for i in $(seq {_ROUNDS}); do echo 0 > {where} && echo 1 > {where} || exit 1; done"
    one.turn("a processor goes and comes back", command, one.states.loaded, rule="R14")
    one.look("a processor has gone and come back", 0, 1, 1, rule="R14")
    if (address := one.layout.symbols.get(layout.HOTPLUG)) is None:
        return  # this kernel leaves the crash area alone
    with one.guest.caught(f"echo 0 > {where}; echo 1 > {where}", address) as memory:
        one.looks.append(one.seen("while a processor goes", memory, (0, 1), 1, rule="R14"))


def _suspend(one: Turns) -> None:
    one.turn("a suspend with a key loaded", _SLEEP, one.states.loaded, rule="R22")
    one.look("suspended with a key loaded", 0, 1, 1, rule="R22")
    one.turn("another key", _put(one), "")
    one.turn("a suspend with a key saved", _SLEEP, "", rule="R22")
    one.look("suspended with a key saved", 0, 1, 1, rule="R22")


def _hibernate(one: Turns) -> tuple[int, int]:
    before = _lines(one)
    one.turn("hibernation with a key loaded", _HIBERNATE, one.states.none, rule="R22", seconds=90.0)
    after = _lines(one)
    one.look("back from hibernation", 0, 0, rule="R22")
    one.turn("a key after hibernation", f"{_put(one)} && {_LOAD}", one.states.loaded, rule="R22")
    one.look("loaded after hibernation", 0, 1, 1, rule="R22")
    one.turn("a key to hibernate", _put(one), "")
    one.turn("hibernation with a key saved", _HIBERNATE, one.states.none, rule="R22", seconds=90.0)
    one.look("back from hibernation again", 0, 0, rule="R22")
    return before, after


def _end(one: Turns, what: str, command: str) -> None:
    """Reset the machine, or turn it off, with a key saved and one loaded; it starts anew."""
    one.turn(f"two keys before {what}", _both(one), "")
    one.look(f"before {what}", 1, 1, 1)
    one.lab.say(f"{one.name}: {what}")
    with one.guest.ended(command) as memory:
        one.looks.append(one.seen(f"after {what}", memory, (0, 0), rule="R22", first=False))
    one.guest.ready("first")
    _small(one)
    one.moved()


def _next(one: Turns) -> None:
    one.turn("two keys before kexec -e", _both(one), "")
    one.look("before kexec -e", 1, 1, 1)
    one.turn("kexec -l", f"kexec -s -l /boot/kernel --initrd=/boot/initramfs --append='{FIRST}'", "")
    one.guest.leave("kexec -e")
    one.guest.ready("first")
    one.look("after kexec -e", 0, 0, rule="R22", first=False)


def _lines(one: Turns) -> int:
    return int(one.guest.run(one.shell.lines).text or 0)


def judge(lines: tuple[int, int]) -> tuple[Finding, ...]:
    """Return what is wrong beside the turns: the lines on the key in the log before and after hibernation."""
    if lines[1] - lines[0] == 1:
        return ()
    told = f"{lines[1] - lines[0]} lines of the log say that hibernation has lost the key, not one"
    return (Finding(Severity.ERROR, told, rule="R22"),)

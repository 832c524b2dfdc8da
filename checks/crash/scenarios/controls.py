# SPDX-License-Identifier: GPL-2.0-only
"""What must fail, fails: without a key that was passed on, the disk stays closed. A control that passes is a FAIL.

Were a control to open the disk, the proof of `dump` would be none: something else than the series would have opened it.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import disk, record
from checks.crash.exposed import users
from checks.crash.lab import must
from checks.crash.said import steps
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import NAME, PANIC, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checks.crash.lab import Lab
    from checks.vm.guest import Guest
    from patchset.crash import Feature

WRONG_PAGE = 0x200000
"""Memory of the crashed kernel in which no key is."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to open the disk in the kdump kernel.

    Attributes:
        what: which control, and of what kind.
        state: what the file in /sys says, where the series has one.
        retrieved: how the write to it ended: 0 or an errno; None where it did not come to that.
        opened: True where a device mapping came of it.
        bare: True where a mapping by a description that nobody added came about.
        expected: how the write must end.
    """

    what: str
    state: str
    retrieved: int | None
    opened: bool
    bare: bool
    expected: int


class Controls:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "controls"
    title = "without a key that was passed on, the disk stays closed"
    rules = ("R15", "R19")

    def __init__(self, *names: str) -> None:
        self.names = names or tuple(_CONTROLS)
        self.words = ",".join(self.names)

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        attempts: list[Attempt] = []
        for name in self.names:
            lab.say(f"control: {name}")
            attempts += _CONTROLS[name](lab)
        findings = judge(attempts, lab.feature)
        refused = f"{len(attempts)} attempts without a true key were refused ({', '.join(self.names)})"
        return Outcome(f"{len(findings)} controls are not as they must be" if findings else refused, findings)


def judge(attempts: Sequence[Attempt], feature: Feature) -> tuple[Finding, ...]:
    """Return what is wrong."""
    findings = []
    for each in attempts:
        wrong = []
        if each.opened:
            wrong.append("the disk was opened all the same")
        if each.bare:
            wrong.append("dm-crypt took a key that nobody had added")
        if each.retrieved == 0:
            wrong.append(f"{users(feature)} was added")
        elif each.retrieved is None:
            wrong.append("there was no attempt to get the key")
        elif each.retrieved != each.expected:
            wrong.append(f"the write ended with {_name(each.retrieved)} in place of {_name(each.expected)}")
        if feature.said and each.state != feature.said.none:
            wrong.append(f"the file says {each.state!r} in place of {feature.states.none!r}")
        findings += [Finding(Severity.ERROR, f"control, {each.what}: {one}", rule="R15") for one in wrong]
    if not attempts:
        findings.append(Finding(Severity.ERROR, "no control was tried: nothing is proven"))
    return tuple(findings)


def _name(number: int) -> str:
    return errno.errorcode.get(number, str(number))


def _no_key(lab: Lab) -> list[Attempt]:
    """Opened with the passphrase, but nothing saved."""
    with lab.guest(lab.machine(lab.fresh_disk())) as guest:
        must(guest.run(lab.shell.first(disk.PBKDF2, name=NAME), 30), guest)
        must(guest.run(load()), guest)
        _crash(guest)
        return [_attempt(guest, lab, "no key saved", errno.ENOKEY)]


def _option_off(lab: Lab) -> list[Attempt]:
    """The first kernel has no such file; the kdump kernel has one."""
    with lab.guest(lab.machine(lab.fresh_disk(), first="off")) as guest:
        saved = steps(guest.run(lab.shell.first(disk.PBKDF2, name=NAME, save=True), 30))
        must(guest.run(load()), guest)
        _crash(guest)
        made = _attempt(guest, lab, "the option off in the first kernel", errno.ENOKEY)
        # The write must have failed for want of the file, else the control controls nothing.
        return [made] if saved.get("save") == errno.ENOENT else [made, _unsaved(lab, saved)]


def _unsaved(lab: Lab, saved: dict[str, int]) -> Attempt:
    what = f"the option off: the file is there (saving ended with {saved.get('save')})"
    state = lab.states.none if lab.feature.said else ""
    return Attempt(what, state, saved.get("save"), opened=False, bare=False, expected=errno.ENOENT)


def _parameter(lab: Lab) -> list[Attempt]:
    """The parameter points elsewhere: no key was saved, so that it is the only one."""
    with lab.guest(lab.machine(lab.fresh_disk())) as guest:
        must(guest.run(lab.shell.first(disk.PBKDF2, name=NAME), 30), guest)
        must(guest.run(load(f"{lab.crash.parameter}={WRONG_PAGE:#x}")), guest)
        _crash(guest)
        return [_attempt(guest, lab, "a corrupted parameter", errno.EINVAL)]


def _forged(lab: Lab) -> list[Attempt]:
    """The record is changed from outside while the kdump kernel waits; the true one works before and after."""
    luks = lab.fresh_disk()
    with lab.guest(lab.machine(luks)) as guest:
        must(guest.run(lab.shell.first(disk.PBKDF2, save=True), 30), guest)
        must(guest.run(load()), guest)
        form, desc = lab.form, lab.feature.key.description
        true = record.made(form, luks.key, desc).packed()
        with guest.stopped() as memory:
            (found,) = memory.find([true])
        if len(found) != 1:
            raise guest.lost(f"the record of the key is in memory {len(found)} times, not once")
        _crash(guest)
        attempts = []
        for what, forged in record.forgeries(form, luks.key, desc).items():
            with guest.stopped() as memory:
                memory.write(found[0], forged.packed())
            attempts.append(_attempt(guest, lab, f"a forged record: {what}", errno.EINVAL))
        with guest.stopped() as memory:
            memory.write(found[0], true)
        must(guest.run(lab.shell.open, 30), guest)  # the control of the controls: it was the record that was refused
        return attempts


def _crash(guest: Guest) -> None:
    guest.leave(PANIC)
    guest.ready("kdump")


def _attempt(guest: Guest, lab: Lab, what: str, expected: int) -> Attempt:
    state = guest.run(lab.shell.state).text if lab.feature.said else ""
    tried = steps(guest.run(lab.shell.open, 30))
    bare = steps(guest.run(lab.shell.bare, 30))
    there = guest.run("ls /dev/mapper").text.split()
    opened = tried.get("activate") == 0 or NAME in there
    return Attempt(what, state, tried.get("retrieve"), opened, "bare" in there or bare.get("activate") == 0, expected)


_CONTROLS: dict[str, Callable[[Lab], list[Attempt]]] = {
    "no-key": _no_key,
    "option-off": _option_off,
    "parameter": _parameter,
    "forged": _forged,
}

# SPDX-License-Identifier: GPL-2.0-only
"""Two encrypted disks, each with a key of its own: both are opened in the kdump kernel, and the dump is on the second.

The control is the same guest with only the first key named: the second disk stays closed there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import disk, record
from checks.crash.lab import must
from checks.crash.said import CRASH, Secret, silence, steps
from checks.crash.scenarios import ITEMS, Outcome
from checks.crash.scenarios.dump import DUMP, Readback, readback
from checks.crash.shell import DEVICE, NAME, PANIC, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.crash.lab import Lab
    from checks.vm.guest import Answer

SECOND, SECOND_NAME = "/dev/vdc", "second"
"""The other disk, and what it is once it is open."""
_MOUNT = f"mount -t ext4 /dev/mapper/{SECOND_NAME} /mnt"
_CLOSE = f"umount /mnt && cryptsetup close {SECOND_NAME} && cryptsetup close {NAME}"


@dataclass(slots=True)
class SeveralSeen:
    """All that the verdict follows from.

    Attributes:
        secrets: both keys.
        records: how often the record of both was in memory after the load.
        answers: what the kdump kernel's shell said, by step.
        control: the same of the guest in which only the first key was named.
        readback: what the host found on the second disk.
        texts: what was said, and where.
    """

    secrets: tuple[Secret, ...] = ()
    records: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    control: dict[str, Answer] = field(default_factory=dict)
    readback: Readback = field(default_factory=lambda: Readback(found=False))
    texts: list[tuple[str, bytes]] = field(default_factory=list)


class Several:
    """The scenario; see the module."""

    interfaces = (ITEMS,)
    name = "several"
    title = "two encrypted disks are opened by a key each, and the dump is on the second"
    rules = ("B08", "R11", "R15", "R16", "R19")
    words = ""

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        seen, folder = SeveralSeen(), lab.folder / "second"
        folder.mkdir()
        other = disk.luks(lab.cache / "second", lab.context.programs).copy(folder / "luks.img")
        luks = lab.fresh_disk()
        seen.secrets = tuple(Secret(each.key) for each in (luks, other))
        _boot(lab, (luks, other), seen, both=False)
        _boot(lab, (luks, other), seen, both=True)
        seen.readback = readback(other, folder, None)
        findings = judge(seen)
        summary = "both disks were opened by their keys, the dump is on the second; without its key that stays closed"
        return Outcome(f"{len(findings)} of the proofs fail" if findings else summary, findings)


def _boot(lab: Lab, luks: tuple[disk.Luks, disk.Luks], seen: SeveralSeen, *, both: bool) -> None:
    """Name both keys or the first one, load, crash, and open both disks; with both, write the dump."""
    machine, answers = lab.machine(luks[0]), seen.answers if both else seen.control
    desc = lab.feature.key.description
    second = f"{desc}-{SECOND_NAME}"
    with lab.guest(replace(machine, disks=(*machine.disks, luks[1].image))) as guest:
        must(guest.run(lab.shell.first(disk.PBKDF2, save=True), 60), guest)
        if both:
            must(guest.run(lab.shell.first(disk.PBKDF2, device=SECOND, desc=second), 60), guest)
        must(guest.run(load()), guest)
        if both:
            named = record.several(lab.form, [(luks[0].key, desc), (luks[1].key, second)])
            with guest.stopped() as memory:
                (found,) = memory.find([named])
            seen.records = len(found)
        guest.leave(PANIC)
        guest.ready("kdump")
        commands = {
            "first": lab.shell.ask(desc, f"{DEVICE} {NAME}"),
            "second": lab.shell.ask(second, f"{SECOND} {SECOND_NAME}"),
        }
        commands |= {"mount": _MOUNT, "dump": DUMP, "close": _CLOSE} if both else {}
        answers |= {name: guest.run(command, 100) for name, command in commands.items()}
        seen.texts.append(("the console", guest.console()))
    seen.texts += [(f"`{name}`", answer.output) for name, answer in answers.items()]


def judge(seen: SeveralSeen) -> tuple[Finding, ...]:
    """Return what is wrong."""
    found = [*_control(seen), *_dumped(seen)]
    if seen.records != 1:
        found.append(("R15", f"the record of both keys is in memory {seen.records} times, not once"))
    for name in ("first", "second"):
        said = _said(seen.answers, name)
        if said.get("retrieve") != 0 or said.get("search") != 0:
            found.append(("R16", f"the key of the {name} disk was not got back"))
        elif said.get("activate") != 0:
            found.append(("R16", f"the {name} disk was not opened"))
    texts = [*seen.texts, ("the dump's log", seen.readback.dmesg)]
    leaks = [one for secret in seen.secrets for one in silence(secret, texts)]
    return (*(Finding(Severity.ERROR, message, rule=rule) for rule, message in found), *leaks)


def _dumped(seen: SeveralSeen) -> Iterator[tuple[str, str]]:
    for name in ("mount", "dump", "close"):
        if name not in seen.answers or seen.answers[name].code != 0:
            yield "B08", f"`{name}` failed on the second disk"
    back = seen.readback
    if not back.found or not back.header or not back.header.complete:
        yield "B08", "there is no complete dump on the second disk"
    if CRASH.encode() not in back.dmesg:
        yield "B08", f"the dump's log has no '{CRASH}' {back.why}".rstrip()


def _control(seen: SeveralSeen) -> Iterator[tuple[str, str]]:
    alone, other = (_said(seen.control, name) for name in ("first", "second"))
    if alone.get("activate") != 0:
        yield "", "control: the first disk was not opened by the only key: nothing is proven"
    if not other.get("search") or "activate" in other:
        yield "R15", "control: a key that nobody has named was got back"


def _said(answers: Mapping[str, Answer], name: str) -> Mapping[str, int]:
    return steps(answers[name]) if name in answers else {}

# SPDX-License-Identifier: GPL-2.0-only
"""B08: the crash test as a check; `respin check` and `run` take its shortest form, `respin crash` chooses scenarios."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from checks.contract import WORST_FIRST, Finding, Result, Scope, Severity, Status, Tool, Weight
from checks.crash import disk, initramfs, lab
from checks.crash.scenarios.borrowed import Borrowed
from checks.crash.scenarios.controls import Controls
from checks.crash.scenarios.dump import Dump
from checks.crash.scenarios.events import Events
from checks.crash.scenarios.exposure import Exposed
from checks.crash.scenarios.fullmap import FullMap
from checks.crash.scenarios.hour import Hour
from checks.crash.scenarios.lifecycle import Lifecycle
from checks.crash.scenarios.loud import Loud
from checks.crash.scenarios.memory import MemoryScenario
from checks.crash.scenarios.placement import Placement
from checks.crash.scenarios.reload import Reload
from checks.crash.scenarios.room import RoomScenario
from checks.crash.scenarios.several import Several
from checks.kernel.arch import GUEST
from checks.kernel.points import TOOLS
from checks.parallel import gather
from checks.vm import complaints
from checks.vm.guest import LostGuestError, tail, text
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from checks.contract import Context
    from checks.crash.scenarios import Scenario
    from checks.vm.guest import Guest
    from patchset.allowed import Allowed
    from patchset.types import Series

SCENARIOS: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Dump(),
        Controls(),
        Borrowed(),
        Reload(),
        Hour(),
        Events(),
        FullMap(),
        Loud(),
        Exposed(),
        Placement(),
        Lifecycle(),
        MemoryScenario(),
        RoomScenario(),
        Several(),
    )
}
"""Those of `respin crash`, in the order in which they run."""
QUICK: tuple[Scenario, ...] = (
    Dump(disk.PBKDF2),
    Controls("no-key"),
    Borrowed(),
    Reload(),
    Hour(),
    FullMap(),
    Loud(),
)
"""Those of the check: the whole life cycle, the control without which it would prove nothing, and the cheap scenarios
that see what no suite does."""

LONG = frozenset({"room"})
"""What takes as long as all others together begins first, beside them."""
LIBRARIES = tuple(Tool(name, "", (), extra="crash") for name in ("cryptography", "drgn", "qemu.qmp"))
"""They read the disk from outside, read the dump, and speak to QEMU's monitor."""


def possible(scenarios: Iterable[Scenario], series: Series) -> tuple[Scenario, ...]:
    """Return the scenarios that can be run with what a series gives user space."""
    crash = series.plan.crash
    return tuple(each for each in scenarios if crash and crash.interface in each.interfaces)


@dataclass(frozen=True, slots=True)
class Told:
    """How one scenario ended."""

    name: str
    status: Status
    summary: str
    seconds: float
    findings: tuple[Finding, ...] = ()
    data: Mapping[str, Any] | None = None


class CrashTest:
    """The check; see the module."""

    id: str = "crash"
    title: str = "a crashed guest's dump is on its encrypted disk, without a passphrase"
    scope: Scope = Scope.RUNTIME
    tools: Sequence[Tool] = (
        *TOOLS,
        GUEST.qemu,
        *initramfs.BINARIES,
        *(each for each in disk.TOOLS if each not in initramfs.BINARIES),
        *initramfs.HEADERS,
        *LIBRARIES,
    )
    asked_by: str = "[crash]"
    weight: Weight = Weight.HEAVY
    usual: float = 300.0
    version: int = 3

    def __init__(
        self,
        scenarios: Sequence[Scenario] = QUICK,
        *,
        keep: bool = False,
        prepare: Callable[[lab.Lab], None] | None = None,
        tools: Sequence[Tool] = (),
    ) -> None:
        self.scenarios = tuple(scenarios)
        self.usual = CrashTest.usual if self.scenarios == QUICK else 0.0  # which nobody knows
        self.rules: Sequence[str] = sorted({complaints.RULE, *(rule for each in scenarios for rule in each.rules)})
        self.keep = keep
        self.prepare = prepare or (lambda made: made.prepare())
        self.tools = (*CrashTest.tools, *tools)

    def content(self, context: Context) -> Sequence[str]:
        """The posted series' tree, which scenarios, what runs in the guest, and what no kernel may print."""
        trees = [commit.tree for commit in context.subject.commits if not commit.tests][-1:]
        crash = context.subject.series.plan.crash
        helper = initramfs.texts(context.subject.series.templates, crash.helper) if crash else ()
        scenarios = possible(self.scenarios, context.subject.series)
        return (*trees, *(f"{each.name} {each.words}" for each in scenarios), *helper, complaints.text())

    def run(self, context: Context) -> Sequence[Result]:
        """Run the scenarios, two beside each other where there are processors for it."""
        allowed = context.subject.series.plan.allowed
        scenarios = possible(self.scenarios, context.subject.series)
        with lab.opened(context, keep=self.keep) as made:
            started = time.monotonic()
            jobs = {
                each: functools.partial(_told, each, made.part(each.name), allowed, self.prepare) for each in scenarios
            }
            order = sorted(scenarios, key=lambda each: each.name not in LONG)
            done = dict(
                zip(order, gather([jobs[each] for each in order], workers=lab.lanes(context.jobs)), strict=True)
            )
            told = [done[each] for each in scenarios]
            return [_whole(told, made, time.monotonic() - started, keep=self.keep)]


def _told(scenario: Scenario, part: lab.Lab, allowed: Sequence[Allowed], prepare: Callable[[lab.Lab], None]) -> Told:
    return _heard(_one(scenario, part, prepare), part.guests(), allowed)


def _one(scenario: Scenario, made: lab.Lab, prepare: Callable[[lab.Lab], None]) -> Told:
    made.say(scenario.name)
    started = time.monotonic()
    try:
        prepare(made)
        started = time.monotonic()  # what every guest needs is not the scenario's time
        outcome = scenario.run(made)
    except LostGuestError as error:
        note = Finding(
            Severity.NOTE, f"last lines of the guest's console: {' | '.join(tail(error.console)) or '(none)'}"
        )
        return Told(scenario.name, Status.MISS, error.message, time.monotonic() - started, (note,))
    except InfrastructureError as error:
        notes = (Finding(Severity.NOTE, error.hint),) if error.hint else ()
        return Told(scenario.name, Status.ERROR, error.message, time.monotonic() - started, notes)
    bad = any(each.severity is not Severity.NOTE for each in outcome.findings)
    status = Status.FAIL if bad else Status.PASS
    seconds = time.monotonic() - started
    return Told(scenario.name, status, outcome.summary, seconds, outcome.findings, outcome.data)


def _heard(told: Told, guests: Sequence[Guest], allowed: Sequence[Allowed]) -> Told:
    """Return how a scenario ended once all consoles of its guests are read: whose kernel complained cannot pass (R19).

    A guest whose kernel broke is not lost: the series has broken it. What a machine that stands still can be the cause
    of does not show that.
    """
    findings, unread = list(told.findings), []
    status = told.status
    for guest in guests:
        name = f"{guest.machine.folder.name}: " if len(guests) > 1 else ""
        read = complaints.read(
            text(guest.console()), told.name, allowed, shells=guest.shells, whole=not guest.silent
        )  # fmt: skip
        findings += complaints.findings(read, name)
        unread += [f"{name}{read.unread}"] if read.unread else []
        if any(status is not Status.MISS or not each.kind.slow for each in read.complaints):
            status = Status.FAIL
    if not guests:
        unread.append("no guest was booted")
    if status is Status.PASS and unread:
        return replace(told, status=Status.ERROR, summary="; ".join(unread), findings=tuple(findings))
    summary = "the kernel complained" if told.status is Status.PASS is not status else told.summary
    return replace(told, status=status, summary=summary, findings=tuple(findings))


def _whole(told: Sequence[Told], made: lab.Lab, seconds: float, *, keep: bool) -> Result:
    """Return one result of all scenarios: the worst one's status, everyone's findings and measures."""
    data: dict[str, Any] = {
        "accelerator": made.accelerator,
        "scenarios": [
            {"name": one.name, "status": one.status.value, "summary": one.summary, "seconds": round(one.seconds, 1)}
            for one in told
        ],
    }
    for one in told:
        data |= one.data or {}
    findings = [
        Finding(each.severity, f"[{one.name}] {each.message}", each.file, each.line, each.rule)
        for one in told
        for each in one.findings
    ]
    if keep:
        findings.append(Finding(Severity.NOTE, f"kept: {made.folder}"))
    status = min((one.status for one in told), key=WORST_FIRST.index, default=Status.ERROR)
    names = ",".join(one.name for one in told if one.status is not Status.PASS)
    return Result(
        "crash",
        Scope.RUNTIME,
        status,
        "; ".join(f"{one.name}: {one.summary}" for one in told) or "no scenario was asked for",
        seconds,
        findings=tuple(findings),
        again=("crash", "--only", names, "--keep") if names else (),
        data=data,
    )

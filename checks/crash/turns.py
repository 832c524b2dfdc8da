# SPDX-License-Identifier: GPL-2.0-only
"""Turns in the life of a saved key: how each must end, what the file in /sys says then, and where the key is.

A scenario whose guest takes many turns makes them one after another, whatever came of the one before, and judges them
all in the end.
"""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import exposed, layout
from checks.crash.lab import FIRST_LOOK, SETTLE, must
from checks.crash.said import steps
from checks.crash.shell import MADE_UP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checks.crash.exposed import Exposure
    from checks.crash.lab import Lab
    from checks.crash.layout import Layout
    from checks.crash.shell import Shell
    from checks.vm.guest import Answer, Guest
    from checks.vm.memory import GuestMemory
    from patchset.crash import States


@dataclass(frozen=True, slots=True)
class Done:
    """One turn.

    Attributes:
        what: which.
        error: the errno that it must end with, or 0.
        answer: what came of it.
        state: what the file in /sys said then.
        expected: what it must say; empty where that is not known.
        rule: which rule it shows.
    """

    what: str
    error: int
    answer: Answer
    state: str
    expected: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Where the key was after a turn.

    Attributes:
        found: the whole keys in memory.
        expected: how many must be there, outside and inside of the crash area.
        absent: pages of the crash area that were not mapped; None: nobody looked.
        hidden: how many must not be; None: it does not matter.
        rule: which rule it shows.
    """

    found: Exposure
    expected: tuple[int, int]
    absent: int | None = None
    hidden: int | None = None
    rule: str = "R10"


@dataclass(slots=True)
class Turns:
    """What a guest did, and what came of it."""

    lab: Lab
    guest: Guest
    name: str
    layout: Layout
    done: list[Done] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    @property
    def shell(self) -> Shell:
        """What the guest is told."""
        return self.lab.shell

    @property
    def states(self) -> States:
        """What the file in /sys says."""
        return self.lab.states

    def moved(self) -> None:
        """Read the layout anew: another kernel has begun."""
        self.layout = _layout(self.guest)

    def turn(  # noqa: PLR0913 - how it must end
        self, what: str, command: str, expected: str, *, error: int = 0, rule: str = "", seconds: float = 30.0
    ) -> Answer:
        """Run a command, and read the file in /sys after it."""
        self.lab.say(f"{self.name}: {what}")
        answer = self.guest.run(command, seconds)
        state = must(self.guest.run(self.shell.state), self.guest).text
        self.done.append(Done(what, error, answer, state, expected, rule))
        return answer

    def look(  # noqa: PLR0913 - what must be there
        self, what: str, outside: int, inside: int, hidden: int | None = None, *, rule: str = "R10", first: bool = True
    ) -> Exposure:
        """Search the guest's memory until what must be there is, or what is collected must have been."""
        waited, wait = 0.0, FIRST_LOOK
        while True:
            began = time.monotonic()
            with self.guest.stopped(wait) as memory:
                made = self.seen(what, memory, (outside, inside), hidden, rule=rule, first=first)
            waited += time.monotonic() - began
            if not wrong(made) or waited >= SETTLE:
                self.looks.append(made)
                return made.found
            wait *= 2

    def seen(  # noqa: PLR0913 - as `look`
        self,
        what: str,
        memory: GuestMemory,
        expected: tuple[int, int],
        hidden: int | None = None,
        *,
        rule: str = "R10",
        first: bool = True,
    ) -> Look:
        """Search the memory of a guest that stands still."""
        found = exposed.look(what, memory, MADE_UP, self.layout.area, self.lab.feature)
        absent = len(self.layout.absent(memory)) if first else None
        return Look(found, expected, absent, hidden, rule)

    def judge(self) -> tuple[Finding, ...]:
        """Return what is wrong with all of it."""
        return judge(self.done, self.looks)


def began(lab: Lab, guest: Guest, name: str) -> Turns:
    """Return no turns yet, of a guest that has just come to its shell."""
    return Turns(lab, guest, name, _layout(guest))


def _layout(guest: Guest) -> Layout:
    return layout.read(must(guest.run(layout.command()), guest).text)


def judge(done: Iterable[Done], looks: Iterable[Look]) -> tuple[Finding, ...]:
    """Return what is wrong."""
    found: list[tuple[str, str]] = []
    for turn in done:
        rule = turn.rule or ("R07" if turn.error else "")
        found += [(rule, f"{turn.what}: {one}") for one in ended(turn)]
        if turn.expected and turn.state != turn.expected:
            found.append((turn.rule or "R18", f"{turn.what}: the file says {turn.state!r}, not {turn.expected!r}"))
    for look in looks:
        found += [(rule, f"{look.found.stage}: {one}") for rule, one in wrong(look)]
    return tuple(Finding(Severity.ERROR, message, rule=rule) for rule, message in found)


def wrong(look: Look) -> list[tuple[str, str]]:
    """Return what is wrong with where the key was, each with its rule."""
    found = []
    if look.found.whole != look.expected:
        counts = f"{look.found.outside}/{look.found.inside}, not {look.expected[0]}/{look.expected[1]}"
        whose = ", ".join(f"{count} {name}" for name, count in look.found.places.items()) or "no key"
        found.append((look.rule, f"whole keys outside/inside of the crash area are {counts} ({whose})"))
    if look.hidden is not None and look.absent != look.hidden:
        found.append(("R14", f"{look.absent} pages of the crash area are not mapped, not {look.hidden}"))
    return found


def ended(turn: Done) -> list[str]:
    """Return how a turn ended otherwise than it must; that the helper could not even make its key is no refusal."""
    answer, words = turn.answer, " | ".join(turn.answer.lines[-2:])
    if not turn.error:
        return [f"it ended with {answer.code}: {words}"] if answer.code else []
    said = steps(answer)
    named = turn.error in said.values() and not said.get("add") if said else os.strerror(turn.error) in answer.text
    if answer.code and named:
        return []
    return [f"it ended with {answer.code} ({words or 'not a word'}) in place of {errno.errorcode[turn.error]}"]

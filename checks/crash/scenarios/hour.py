# SPDX-License-Identifier: GPL-2.0-only
"""How long a key is kept: a time that nobody shortens, in a guest that skips all time in which it has nothing to do.

Such a guest's clock runs on while it waits for a command: what must come in time is in one command with what it must
come after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import turns
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.scenarios import FILE, Outcome
from checks.crash.shell import UNLOAD, UNSTARTED, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.crash.lab import Lab
    from checks.crash.shell import Shell

_EARLY, _LATE = 60, 50
"""Seconds: when a key must still be there before its time ends; when it must be gone, beyond what the timer wheel may
be late, an eighth (kernel/time/timer.c). In the grace each is shorter."""
_EARLY_GRACE, _LATE_GRACE = 15, 5
_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_SECONDS = 120.0
_LONG = "$(head -c 4096 /dev/zero | tr '\\0' x)"
"""A command line with which every load fails."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait.

    Attributes:
        what: what for.
        begin: the commands before it.
        times: after how many seconds each the file is read, and what it must say.
        inside: whole keys in the crash area in the end, all of them hidden.
        rule: which rule it shows.
    """

    what: str
    begin: tuple[str, ...]
    times: tuple[tuple[int, str], ...]
    inside: int = 0
    rule: str = "R09"

    @property
    def expected(self) -> tuple[str, ...]:
        """What the file must say."""
        return tuple(state for _, state in self.times)

    def command(self, state: str) -> str:
        """Return what a guest's shell runs; it says what the command for the file's state said."""
        begin = "".join(f"{{ {one}; }} > /dev/null 2>&1; " for one in self.begin)
        return begin + "; ".join(f"sleep {seconds}; {state}" for seconds, _ in self.times)


def waits(shell: Shell) -> tuple[Wait, ...]:
    """Return what a guest waits for, one after another."""
    states, lives = shell.crash.states, shell.crash.seconds
    save, take, half = shell.put(_DESC), load(kernel=UNSTARTED, initramfs=_SMALL), lives.saved // 2
    fails = shell.load(_LONG, UNSTARTED, initramfs=_SMALL)
    late = _EARLY + lives.saved // 8 + _LATE
    end = ((lives.saved - _EARLY, states.saved), (late, states.none))
    end_of_half = ((half - _EARLY, states.saved), (late, states.none))
    late_grace = _EARLY_GRACE + lives.unloaded // 8 + _LATE_GRACE
    grace_end = ((lives.unloaded - _EARLY_GRACE, states.saved), (late_grace, states.none))
    in_grace = (save, take, UNLOAD, f"sleep {lives.unloaded // 2}", take)
    return (
        Wait("a saved key", (save,), end),
        Wait("a key that is saved again", (save, f"sleep {half}", save), end),
        Wait("a key whose load failed", (save, f"sleep {half}", fails), end_of_half),
        Wait("an unloaded key", (save, take, UNLOAD), grace_end, rule="R13"),
        Wait("a key that is loaded in the grace", in_grace, ((2 * lives.saved, states.loaded),), inside=1, rule="R13"),
        Wait("that key unloaded", (UNLOAD,), grace_end, rule="R13"),
        Wait("a key that is saved in the grace", (save, take, UNLOAD, save), end),
        Wait("a load after all", (take,), ((1, states.none),)),
    )


class Hour:
    """The scenario; see the module."""

    interfaces = (FILE,)
    name = "hour"
    title = "a saved key lives as long as the series says, and one whose image was unloaded for its grace"
    rules = ("R09", "R10", "R13")
    words = f"{_EARLY} {_LATE} {_EARLY_GRACE} {_LATE_GRACE}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        said: list[tuple[str, ...]] = []
        asked, lives = waits(lab.shell), lab.feature.seconds
        with lab.guest(lab.machine(None, area="64M", mib=512, warped=True)) as guest:
            must(guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), guest)
            one = turns.began(lab, guest, self.name)
            for each in asked:
                lab.say(f"hour: {each.what}")
                said.append(guest.run(each.command(lab.shell.state), _SECONDS).lines)
                one.look(each.what, 0, each.inside, each.inside, rule=each.rule)
        findings = (*judge(asked, said), *one.judge())
        summary = f"a saved key is wiped after {lives.saved} s, an unloaded one after {lives.unloaded} s"
        return Outcome(f"{len(findings)} waits are not as they must be" if findings else summary, findings)


def judge(asked: Sequence[Wait], said: Sequence[tuple[str, ...]]) -> tuple[Finding, ...]:
    """Return what is wrong with what the file said."""
    found = []
    for number, each in enumerate(asked):
        got = said[number] if number < len(said) else ()
        if got != each.expected:
            words = f"the file says {' and then '.join(got) or 'nothing'}, not {' and then '.join(each.expected)}"
            found.append(Finding(Severity.ERROR, f"{each.what}: {words}", rule=each.rule))
    return tuple(found)

# SPDX-License-Identifier: GPL-2.0-only
"""How long a key is kept: an hour that nobody shortens, in a guest that skips all time in which it has nothing to do.

Such a guest's clock runs on while it waits for a command: what must come in time is in one command with what it must
come after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import turns
from checks.crash.lab import UNLOAD, load, must, put
from checks.crash.layout import PAGE
from checks.crash.scenarios import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.crash.lab import Lab

HOUR, GRACE = 3600, 120
"""Seconds that a saved key lives, and one whose image was unloaded (SERIES.md R09, R13)."""
_EARLY, _LATE = 60, 500
"""When a key must still be there before its hour ends, and when it must be gone: the timer wheel may be late by an
eighth (kernel/time/timer.c)."""
_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_SECONDS = 120.0
_FAILS = f"luks-guest load /boot/kernel {_SMALL} 2 $(head -c 4096 /dev/zero | tr '\\0' x)"


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

    def command(self, file: str) -> str:
        """Return what a guest's shell runs; it says what the file said."""
        begin = "".join(f"{{ {one}; }} > /dev/null 2>&1; " for one in self.begin)
        return begin + "; ".join(f"sleep {seconds}; cat {file}" for seconds, _ in self.times)


_PUT, _LOAD = put(_DESC), load(initramfs=_SMALL)
_HALF = HOUR // 2
_END = ((HOUR - _EARLY, "saved"), (_EARLY + _LATE, "none"))
_GRACE_END = ((GRACE - 15, "saved"), (15 + GRACE // 8 + 5, "none"))
WAITS = (
    Wait("a saved key", (_PUT,), _END),
    Wait("a key that is saved again", (_PUT, f"sleep {_HALF}", _PUT), _END),
    Wait(
        "a key whose load failed",
        (_PUT, f"sleep {_HALF}", _FAILS),
        ((_HALF - _EARLY, "saved"), (_EARLY + _LATE, "none")),
    ),
    Wait("an unloaded key", (_PUT, _LOAD, UNLOAD), _GRACE_END, rule="R13"),
    Wait(
        "a key that is loaded in the grace",
        (_PUT, _LOAD, UNLOAD, f"sleep {GRACE // 2}", _LOAD),
        ((2 * HOUR, "loaded"),),
        inside=1,
        rule="R13",
    ),
    Wait("that key unloaded", (UNLOAD,), _GRACE_END, rule="R13"),
    Wait("a key that is saved in the grace", (_PUT, _LOAD, UNLOAD, _PUT), _END),
    Wait("a load after all", (_LOAD,), ((1, "none"),)),
)


class Hour:
    """The scenario; see the module."""

    name = "hour"
    title = "a saved key lives for an hour, and one whose image was unloaded for two minutes"
    rules = ("R09", "R10", "R13")
    words = repr(WAITS)

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        said: list[tuple[str, ...]] = []
        with lab.guest(lab.machine(None, area="64M", mib=512, warped=True)) as guest:
            must(guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), guest)
            one = turns.began(lab, guest, self.name)
            for each in WAITS:
                lab.say(f"hour: {each.what}")
                said.append(guest.run(each.command(lab.crash.file), _SECONDS).lines)
                one.look(each.what, 0, each.inside, each.inside, rule=each.rule)
        findings = (*judge(said), *one.judge())
        summary = f"a saved key is wiped after an hour, an unloaded one after {GRACE} s"
        return Outcome(f"{len(findings)} waits are not as they must be" if findings else summary, findings)


def judge(said: Sequence[tuple[str, ...]]) -> tuple[Finding, ...]:
    """Return what is wrong with what the file said."""
    found = []
    for number, each in enumerate(WAITS):
        got = said[number] if number < len(said) else ()
        if got != each.expected:
            words = f"the file says {' and then '.join(got) or 'nothing'}, not {' and then '.join(each.expected)}"
            found.append(Finding(Severity.ERROR, f"{each.what}: {words}", rule=each.rule))
    return tuple(found)

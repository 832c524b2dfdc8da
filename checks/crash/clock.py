# SPDX-License-Identifier: GPL-2.0-only
"""An hour that takes seconds: the kernel's clock is put forward from outside, while the guest is stopped.

How long a saved key lives is a constant of the kernel, as long as nothing in it writes to it; its clock is not. To RCU
an hour without a quiescent state is a stalled CPU: it is told to say nothing about one for as long as this takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from checks.crash import layout
from checks.crash.lab import must

if TYPE_CHECKING:
    from checks.crash.guest import Guest
    from checks.crash.layout import Layout
    from patchset.plan import Crash

EARLY = 5000
"""Jiffies before its end at which a saved key is still to be there: 5 s or more."""
WHEEL = 8
"""The timer wheel may be late by this part of a delay (kernel/time/timer.c)."""
_STALLS = "/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress"


class States(NamedTuple):
    """What the file in /sys says just before and after the end of a saved key's life."""

    before: str
    after: str


def expire(guest: Guest, where: Layout, crash: Crash) -> States:
    """Let a saved key's life end."""
    must(guest.run(f"echo 1 > {_STALLS}"), guest)
    with guest.stopped() as memory:
        now, end = (where.get(memory, name) for name in (layout.JIFFIES, crash.expires))
        where.set(memory, layout.JIFFIES, end - EARLY)
    before = must(guest.run(f"sleep 1; cat {crash.file}"), guest).text
    with guest.stopped() as memory:
        where.set(memory, layout.JIFFIES, end + (end - now) // WHEEL)
    after = must(guest.run(f"sleep 2; cat {crash.file}"), guest).text
    must(guest.run(f"echo 0 > {_STALLS}"), guest)
    return States(before, after)


def judge(states: States | None) -> tuple[str, ...]:
    """Return what is wrong (R09)."""
    if states is None:
        return ("nobody has waited for a saved key's end",)
    found = []
    if states.before != "saved":
        found.append(f"a saved key is gone before its time is up: {states.before!r}")
    if states.after != "none":
        found.append(f"a saved key is still there after its time: {states.after!r}")
    return tuple(found)

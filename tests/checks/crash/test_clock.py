# SPDX-License-Identifier: GPL-2.0-only
"""A saved key's hour is ended from outside, and RCU is silent for no longer than that takes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from checks.crash import clock, layout
from checks.crash.clock import EARLY, WHEEL, States
from checks.crash.guest import Answer, Guest
from checks.crash.layout import Layout
from tests.checks.crash.made import Ram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from patchset.plan import Crash

NOW, END = 1000, 361000


class Aging:
    """A guest whose saved key lives until its clock says END."""

    file, expires = "/sys/key", "expires"

    def __init__(self) -> None:
        self.ram, self.ran = Ram(), list[str]()
        self.where = Layout(range(1), 0, {layout.JIFFIES: 0x1000, self.expires: 0x2000})
        self.where.set(self.ram, layout.JIFFIES, NOW)
        self.where.set(self.ram, self.expires, END)

    def run(self, command: str) -> Answer:
        self.ran.append(command)
        state = "saved" if self.where.get(self.ram, layout.JIFFIES) < END else "none"
        return Answer(command, 0, f"{state}\n".encode() if "cat" in command else b"")

    @contextlib.contextmanager
    def stopped(self) -> Iterator[Ram]:
        yield self.ram


def test_an_hour_ends() -> None:
    guest = Aging()
    assert clock.expire(cast("Guest", guest), guest.where, cast("Crash", guest)) == States("saved", "none")
    assert guest.where.get(guest.ram, layout.JIFFIES) == END + (END - NOW) // WHEEL > END + EARLY
    stalls = [(at, one[:7]) for at, one in enumerate(guest.ran) if "rcu_cpu_stall_suppress" in one]
    assert stalls == [(0, "echo 1 "), (len(guest.ran) - 1, "echo 0 ")]

# SPDX-License-Identifier: GPL-2.0-only
"""A real crash of a real guest: the life cycle with a PBKDF2 slot, and one control."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Context, Result, Scope, Status, Tool, Weight
from checks.crash import lab
from tests.integration.conftest import BASES
from tests.integration.test_checks import JOBS, run_respin
from tests.mutants.mutant import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.base import Base
    from patchset.types import Series


def guests(base: str) -> list[str]:
    """Return the command lines of guests that run for a base; another run's on another one may well be there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return [one for one in found if one.startswith("qemu-system") and f"/crash/runs/{base}-" in one]


def test_a_crashed_guest_leaves_its_dump_and_nothing_else() -> None:
    report = run_respin("check", BASES[0], "--only", "crash")
    (result,) = report["results"]
    assert (result["status"], report["exit"]) == ("PASS", 0), result
    assert [one["name"] for one in result["data"]["scenarios"]] == [
        "dump",
        "controls",
        "borrowed",
        "reload",
        "hour",
        "fullmap",
        "loud",
    ]
    stages = {one["name"]: one["seconds"] for one in result["data"]["stages"]}
    took = next(one["seconds"] for one in result["data"]["scenarios"] if one["name"] == "dump")
    assert took <= 1.3 * sum(stages.values()), (took, stages)
    assert guests(report["base"]["name"]) == []


class Twins:
    """A check that asks guests of one saved state for random bytes, and each of them what it has of the boot."""

    id, title, scope, asked_by = "twins", "two guests of one state", Scope.RUNTIME, "[crash]"
    rules: Sequence[str] = ()
    tools: Sequence[Tool] = ()
    weight, usual, version = Weight.HEAVY, 1.0, 1

    def __init__(self) -> None:
        self.drew: list[str] = []
        self.kept: list[str] = []

    def content(self, context: Context) -> Sequence[str]:
        return (str(id(self)), context.subject.version)

    def run(self, context: Context) -> Sequence[Result]:
        with lab.opened(context, keep=False) as made:
            machine = made.machine(made.fresh_disk(), mib=512, area="128M")
            with made.alike(machine, "echo from the one before > /run/word") as again:
                for _ in range(2):
                    with again() as guest:
                        self.drew.append(guest.run("cat /proc/sys/kernel/random/uuid").text)
                        self.kept.append(guest.run("cat /run/word; ls /boot/kernel").text)
        return (Result(self.id, self.scope, Status.PASS, "they were asked", 0.0),)


def test_guests_of_one_state_draw_what_is_their_own(oldest: Base, series: Series, cache: Path) -> None:
    twins = Twins()
    (result,) = prove(series, oldest, cache, JOBS, twins)
    assert result.status is Status.PASS, result.summary
    assert twins.kept == ["from the one before\n/boot/kernel"] * 2
    one, other = twins.drew
    assert len(one) == len(other) == 36
    assert one != other

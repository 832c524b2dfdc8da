# SPDX-License-Identifier: GPL-2.0-only
"""Where the key's page is: anywhere that is free, load by load and boot by boot, and never in the way of a load.

Which pages are free a load without a key tells: the area is filled with a pattern, and what is still pattern after the
load was nobody's. The smallest area is found by shrinking it, in ever smaller steps.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import chance, layout, record
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import MADE_UP, SIZE, UNLOAD, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from checks.crash.lab import Lab
    from checks.vm.guest import Guest

LOADS, BOOTS = 60, 6
BINS = 11
CHANCE = 1e-4
"""A uniform choice fails the test once in so many runs."""
KIB = 1024
START_KIB = 64 * KIB
STEPS_KIB = (8192, 1024, 128, 16, PAGE // KIB)
"""Each step is a multiple of the next one."""
TIGHT_LOADS = 10
_MIB = 512
_PATTERN = b"\xa5"


@dataclass(frozen=True, slots=True)
class PlacementSeen:
    """All that the verdict follows from.

    Attributes:
        free: how many pages the key could have had.
        loads: where its page was after each load of one boot, from 0 to 1 of the free pages; None: it is not there,
            or the load failed.
        boots: the same after the first load of each boot.
        plain_kib: the smallest area in which a load without a key succeeds.
        tight: for loads with a key, in an area that is one page bigger: whether they succeeded.
    """

    free: int
    loads: tuple[float | None, ...]
    boots: tuple[float | None, ...]
    plain_kib: int
    tight: tuple[bool, ...]


class Placement:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "placement"
    title = "where the key's page is: anywhere that is free, and never in the way of a load"
    rules = ("R01", "R04")
    words = f"{LOADS} {BOOTS} {CHANCE}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        loads, boots, free = [], [], 0
        for number in range(BOOTS):
            lab.say(f"placement: boot {number + 1} of {BOOTS}")
            with lab.guest(lab.machine(None, area=f"{START_KIB}K", mib=_MIB)) as guest:
                where = _Places(lab, guest)
                boots.append(where.after_load(save=True))
                free = len(where.free)
                if not number:
                    loads = [boots[0], *(where.after_load() for _ in range(LOADS - 1))]
        lab.say("placement: the smallest area")
        with lab.alike(lab.machine(None, area=f"{START_KIB}K", mib=_MIB)) as again:
            plain = smallest(lambda start, step: _shrink(again, start, step), START_KIB, STEPS_KIB)
        seen = PlacementSeen(free, tuple(loads), tuple(boots), plain, _tight(lab, plain + PAGE // KIB))
        findings, data = judge(seen), measures(seen)
        summary = (
            f"{data['distinct']} pages in {LOADS} loads (uniform: p={data['p']}); "
            f"the smallest area is {plain} KiB, with a key one page more"
        )
        return Outcome(f"{len(findings)} things are wrong with its place" if findings else summary, findings,
                       {"placement": data})  # fmt: skip


class _Places:
    """Where the key's page is in one guest, among the pages that a load without a key leaves alone."""

    def __init__(self, lab: Lab, guest: Guest) -> None:
        self.lab, self.guest = lab, guest
        self.area = layout.read(must(guest.run(layout.command()), guest).text).area
        with guest.stopped() as memory:
            memory.write(self.area.start, _PATTERN * len(self.area))
        must(guest.run(load()), guest)
        with guest.stopped() as memory:
            self.free = untouched(memory.read(self.area.start, len(self.area)), self.area.start)

    def after_load(self, *, save: bool = False) -> float | None:
        if save:
            must(self.guest.run(self.lab.shell.put()), self.guest)
        if self.guest.run(load()).code != 0:
            return None
        with self.guest.stopped() as memory:
            wanted = record.begins(self.lab.form, MADE_UP, self.lab.feature.key.description)
            (found,) = memory.find([wanted], self.area.start, self.area.stop)
        return rank(found[0] // PAGE * PAGE, self.free) if len(found) == 1 else None


def untouched(data: bytes, start: int) -> tuple[int, ...]:
    """Return the addresses of the pages that are still what they were filled with."""
    page = _PATTERN * PAGE
    return tuple(start + at for at in range(0, len(data), PAGE) if data.startswith(page, at))


def rank(page: int, free: Sequence[int]) -> float:
    """Return where a page is among the free ones, from 0 to 1, the 1 left out."""
    return min(bisect_left(free, page), len(free) - 1) / len(free)


def smallest(shrink: Callable[[int, int], int], start: int, steps: Sequence[int]) -> int:
    """Return the smallest size that suffices.

    Args:
        shrink: takes a size that suffices and a step; returns the smallest that does among those that are a whole
            number of steps below it.
        start: a size that suffices.
        steps: each a multiple of the next.
    """
    for step in steps:
        start = shrink(start, step)
    return start


def _shrink(again: Callable[[], AbstractContextManager[Guest]], start: int, step: int) -> int:
    """Shrink the area of a guest step by step until a load fails; return the last size in KiB that sufficed."""
    with again() as guest:
        must(guest.run(f"{_resize(start)} && {load()}"), guest)
        for size in range(start - step, 0, -step):
            must(guest.run(f"{UNLOAD} && {_resize(size)}"), guest)
            if guest.run(load()).code != 0:
                return size + step
    return step


def _resize(kib: int) -> str:
    return f"echo {kib * KIB} > {SIZE} && [ $(cat {SIZE}) = {kib * KIB} ]"


def _tight(lab: Lab, kib: int) -> tuple[bool, ...]:
    with lab.guest(lab.machine(None, area=f"{kib}K", mib=_MIB)) as guest:
        must(guest.run(lab.shell.put()), guest)
        done = [guest.run(load()).code == 0 for _ in range(TIGHT_LOADS)]
        if lab.feature.said:
            done.append(guest.run(lab.shell.state).text == lab.states.loaded)
        return tuple(done)


def measures(seen: PlacementSeen) -> dict[str, float | int | list[int]]:
    """Return what was measured, as plain JSON values."""
    places = [place for place in seen.loads if place is not None]
    counts = chance.histogram(places, BINS)
    return {
        "free_pages": seen.free,
        "loads": len(seen.loads),
        "boots": len(seen.boots),
        "distinct": len(set(places)),
        "boots_distinct": len({place for place in seen.boots if place is not None}),
        "histogram": list(counts),
        "p": round(chance.p_value(counts), 4) if places else 0.0,
        "smallest_kib": seen.plain_kib,
        **({"smallest_with_key_kib": seen.plain_kib + PAGE // KIB} if seen.tight and all(seen.tight) else {}),
    }


def judge(seen: PlacementSeen) -> tuple[Finding, ...]:
    """Return what is wrong."""
    findings = []
    lost = (*seen.loads, *seen.boots).count(None)
    places = [place for place in seen.loads if place is not None]
    if lost:
        findings.append(("R13", f"{lost} loads fail, or leave the key not exactly once in the crash area"))
    if len(seen.loads) < LOADS or len(seen.boots) < BOOTS:
        findings.append(("", f"{len(seen.loads)} loads and {len(seen.boots)} boots are too few to judge"))
    elif places and (p := chance.p_value(chance.histogram(places, BINS))) < CHANCE:
        findings.append(("R01", f"the key's page is not anywhere with the same likelihood: p={p:.2g}"))
    if len(set(places)) * 2 < len(places):
        findings.append(("R01", f"{len(places)} loads put the key on {len(set(places))} pages"))
    if len(set(seen.boots)) < len(seen.boots) - 1:
        findings.append(("R01", f"{len(seen.boots)} boots put the key on {len(set(seen.boots))} pages"))
    if not seen.tight or not all(seen.tight):
        failed, size = f"{seen.tight.count(False)} of {len(seen.tight)}", f"{seen.plain_kib} KiB"
        findings.append(("R04", f"{size} suffice without a key; with one and a page more, {failed} loads fail"))
    return tuple(Finding(Severity.ERROR, message, rule=rule) for rule, message in findings)

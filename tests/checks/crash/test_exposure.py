# SPDX-License-Identifier: GPL-2.0-only
"""Keys are found and attributed, page tables are read, and each verdict of `exposure` fails for its own reason."""

from __future__ import annotations

import contextlib
import struct
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Severity
from checks.crash import exposed, layout, record, xts
from checks.crash.exposed import Exposure
from checks.crash.kcore import Peek
from checks.crash.lab import SETTLE
from checks.crash.scenarios import exposure
from checks.crash.scenarios.exposure import BAR, ITEMS_BAR, ExposureBar, ExposureSeen, Mapped
from patchset.errors import InfrastructureError
from tests.checks.crash.made import FEATURE, FORM, ITEMS_CRASH, Ram, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.crash.lab import Lab
    from checks.vm.guest import Answer, Guest

KEY = bytes(range(100, 164))
AREA = range(0x40000, 0x80000)
SAID = """\
00000000-00000fff : Reserved
00100000-3fffffff : System RAM
  01000000-01bfffff : Kernel code
  00040000-0007ffff : Crash kernel
ffffffff81000000 T _text
ffffffff81001000 B init_top_pgt
ffffffff81002000 D page_offset_base
"""


def test_whose_each_key_is() -> None:
    ram = Ram()
    packed = record.made(FORM, KEY, "").packed()
    ram.write(0x3000, packed)
    ram.write(0x50000, packed)
    ram.write(0x5000, struct.pack("<QQHxxxxxx", 1, 2, len(KEY)) + KEY)
    ram.write(0x7003, KEY)
    for part in (KEY[:32], KEY[32:]):
        ram.write(0x8000 + part[0] * 256, xts.schedule(part))
    ram.write(0x20000, KEY[32:])
    found = exposed.look("saved", ram, KEY, AREA, FEATURE)
    assert found.whole == (3, 1)
    assert (found.schedules, found.halves, found.records) == (2, 1, (0x50000,))
    names = (exposed.RECORD, exposed.PAGE, "a user key", exposed.UNKNOWN)
    assert dict(found.places) == dict.fromkeys(names, 1)
    assert "327680" not in str(found.told())
    assert "0x50000" not in str(found.told())


def test_a_record_of_entries_is_known_whatever_describes_its_key() -> None:
    ram, feature = Ram(), ITEMS_CRASH
    packed = record.made(feature.record, KEY, "any:thing").packed()
    ram.write(0x50000, packed)
    ram.write(0x3000, packed[:-1] + b"x")
    found = exposed.look("loaded", ram, KEY, AREA, feature)
    assert dict(found.places) == {exposed.PAGE: 1, exposed.UNKNOWN: 1}
    assert found.records == (0x50000,)


def test_a_key_at_the_very_begin_has_no_record() -> None:
    ram = Ram()
    ram.write(0, KEY)
    assert dict(exposed.look("saved", ram, KEY, AREA, FEATURE).places) == {exposed.UNKNOWN: 1}


def test_what_only_begins_like_a_schedule_is_a_half() -> None:
    ram = Ram()
    schedule = xts.schedule(KEY[:32])
    ram.write(0x8000, schedule[:-1] + bytes([schedule[-1] ^ 1]))
    ram.write(0x9000, KEY[:-1] + bytes([KEY[-1] ^ 1]))
    found = exposed.look("saved", ram, KEY, AREA, FEATURE)
    assert (found.whole, found.schedules, found.halves) == ((0, 0), 0, 2)


def test_memory_without_a_key() -> None:
    assert exposed.look("booted", Ram(), KEY, AREA, FEATURE) == Exposure("booted", 0, 0, {})


def test_a_layout_is_read() -> None:
    found = layout.read(SAID)
    assert found.area == AREA
    assert found.physical("page_offset_base") == 0x1002000
    ram = Ram()
    ram.word(0x1002000, 5)
    assert found.get(ram, "page_offset_base") == 5
    with pytest.raises(InfrastructureError, match="no symbol nothing"):
        found.physical("nothing")


def test_what_a_kernel_calls_its_memory() -> None:
    assert layout.usable(SAID) == (range(0x100000, 0x40000000),)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("00040000-0007ffff : Crash", "00040000-0007ffff : Trash", "no crash area"),
        ("00040000-0007ffff", "00000000-00000000", "no crash area"),
        ("Kernel code", "Kernel", "its address"),
        ("ffffffff81000000 T _text", "0000000000000000 T _text", "its address"),
    ],
)
def test_a_guest_that_hides_is_an_error(old: str, new: str, why: str) -> None:
    with pytest.raises(InfrastructureError, match=why):
        layout.read(SAID.replace(old, new))


@given(st.text(alphabet="0123456789abcdef- :\nCrashkernlodKTB_tx"))
def test_reading_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(InfrastructureError):
        layout.read(text)


def test_pages_that_are_not_present() -> None:
    """Four levels: a large page, a table of small ones with a gap, and entries that are not there at all."""
    ram, direct = Ram(), 0xFFFF888000000000
    view = replace(layout.read(SAID), area=range(0x200000, 0xA00000))
    ram.word(view.physical("page_offset_base"), direct)
    top, upper, middle, lower = 0x1001000, 0x2000, 0x3000, 0x4000
    flags = 0x8000000000000063
    ram.word(top + 8 * ((direct >> 39) & 511), upper | flags)
    ram.word(upper + 8 * ((direct >> 30) & 511), middle | flags)
    ram.word(middle + 8 * 1, 0x200000 | flags | 0x80)
    ram.word(middle + 8 * 2, lower | flags)
    ram.word(middle + 8 * 4, 0x800000 | flags | 0x80)  # 0x600000 to 0x7fffff has no entry
    for number in range(512):
        ram.word(lower + 8 * number, (0x400000 + number * 4096) | (flags if number != 7 else flags & ~1))
    assert view.absent(ram) == (0x407000, *range(0x600000, 0x800000, 4096))
    assert view.absent(ram, range(0x407000, 0x408000)) == (0x407000,)
    ram.word(top + 8 * ((direct >> 39) & 511), 0)
    assert len(view.absent(ram)) == len(view.area) // 4096


PAGE = 0x50000


def good(bar: ExposureBar) -> ExposureSeen:
    return ExposureSeen(
        KEY,
        bar,
        [Exposure(stage, *counts, {}, records=(PAGE,) * (counts[1] > 0)) for stage, counts in bar.counts.items()],
        {stage: Mapped((PAGE,), (PAGE,)) for stage in bar.hidden}
        | {"booted": Mapped((), ()), "forgotten": Mapped((PAGE,), ())},
        [Peek("the key's page by read()", 0, 0)],
        (range(0x40000, PAGE), range(PAGE + 4096, 0x80000)),
        Exposure("the dump", 0, 0, {}, 2, 0),
        b"nothing to be said\n",
        [("`load`", b"")],
    )


GOOD, GOOD_ITEMS = good(BAR), good(ITEMS_BAR)


def at(stage: str, outside: int, inside: int, seen: ExposureSeen = GOOD) -> ExposureSeen:
    changed = [
        Exposure(stage, outside, inside, {"not attributed": 1}) if each.stage == stage else each for each in seen.stages
    ]
    return replace(seen, stages=changed)


def mapped(stage: str, absent: tuple[int, ...], records: tuple[int, ...]) -> ExposureSeen:
    return replace(GOOD, mapped=GOOD.mapped | {stage: Mapped(absent, records)})


@pytest.mark.parametrize("seen", [GOOD, GOOD_ITEMS])
def test_a_good_run_has_but_the_note_on_dumps(seen: ExposureSeen) -> None:
    (note,) = exposure.judge(seen)
    assert (note.severity, note.message[:29]) == (Severity.NOTE, "the dump holds 2 expanded key")


@pytest.mark.parametrize(
    ("seen", "message", "rule"),
    [
        (replace(GOOD, stages=GOOD.stages[1:]), "booted: nobody has looked", ""),
        (at("unlocked", 1, 0), "unlocked: whole keys outside/inside of the crash area are 1/0 in place of 0/0", "R10"),
        (at("saved", 2, 0), "2/0 in place of 1/0 (1 not attributed)", "R10"),
        (at("loaded", 1, 1), "loaded: whole keys outside/inside of the crash area are 1/1 in place of 0/1", "R10"),
        (at("15 loads", 0, 15), "0/15 in place of 0/1", "R10"),
        (at("reloaded", 0, 0), "0/0 in place of 0/1", "R13"),
        (at("unloaded", 0, 0), "0/0 in place of 0/1", "R13"),
        (at("forgotten", 0, 1), "0/1 in place of 0/0", "R10"),
        (at("rebooted", 0, 1), "rebooted: whole keys outside/inside of the crash area are 0/1 in place of 0/0", "R10"),
        (at("retrieved", 0, 3), "0/3 in place of 0/1", "R10"),
        (
            at("loaded", 2, 1, GOOD_ITEMS),
            "loaded: whole keys outside/inside of the crash area are 2/1 in place of 1/1",
            "R10",
        ),
        (
            at("dropped", 1, 1, GOOD_ITEMS),
            "dropped: whole keys outside/inside of the crash area are 1/1 in place",
            "R10",
        ),
        (at("unloaded", 0, 0, GOOD_ITEMS), "unloaded: whole keys outside/inside of the crash area are 0/0", "R13"),
        (at("retrieved", 0, 3, GOOD_ITEMS), "0/3 in place of 0/2", "R10"),
        (at("dropped there", 0, 2, GOOD_ITEMS), "0/2 in place of 0/1", "R10"),
        (replace(GOOD_ITEMS, stages=GOOD.stages), "named: nobody has looked", ""),
        (mapped("loaded", (), (PAGE,)), "loaded: the key's page is mapped", "R14"),
        (mapped("loaded", (PAGE,), ()), "loaded: 1 pages without a key are not mapped", "R14"),
        (mapped("reloaded", (PAGE, PAGE + 4096), (PAGE,)), "reloaded: 1 pages without a key are not mapped", "R14"),
        (mapped("saved", (PAGE,), ()), "saved: 1 pages of the crash area are not mapped", "R14"),
        (mapped("unloaded", (), (PAGE,)), "unloaded: the key's page is mapped", "R14"),
        (replace(GOOD, mapped={}), "loaded: nobody knows what is mapped", "R14"),
        (replace(GOOD, peeks=[Peek("the key's page by mmap()", 4096, 0)]), "shows the key's page by mmap()", "R15"),
        (replace(GOOD, peeks=[]), "nobody has looked for the key in the kdump kernel's /dev/mem", "R15"),
        (replace(GOOD, usable=(range(0x40000, 0x80000),)), "takes the key's page for memory", "R05"),
        (replace(GOOD, usable=()), "does not say what memory it uses", ""),
        (replace(GOOD, dump=None), "no dump to search", ""),
        (replace(GOOD, dump=Exposure("the dump", 1, 0, {})), "1 whole keys are in the dump", "R10"),
        (replace(GOOD, console=b"at %#x" % PAGE), "the console shows the address of the key", "R11"),
        (replace(GOOD, answers=[("`load`", KEY[:8].hex().encode())]), "`load` shows bytes of the key", "R11"),
    ],
)
def test_it_fails_for_its_reason(seen: ExposureSeen, message: str, rule: str) -> None:
    found = [one for one in exposure.judge(seen) if one.severity is Severity.ERROR]
    assert any(message in one.message and one.rule == rule for one in found), found


class Collecting:
    """A guest in which a copy of the key goes away after some looks."""

    machine = None

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.settled: list[float] = []

    def run(self, command: str) -> Answer:
        assert command == layout.command()
        return answer(0, SAID)

    @contextlib.contextmanager
    def stopped(self, settle: float) -> Iterator[Ram]:
        self.settled.append(settle)
        ram = Ram()
        if len(self.settled) <= self.looks:
            ram.write(0x7000, KEY)
        yield ram


@pytest.mark.parametrize(("looks", "found"), [(0, 0), (2, 0), (9, 1)])
def test_a_look_waits_for_what_is_collected_and_no_longer(
    looks: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    timed = SimpleNamespace(monotonic=lambda: next(clock) / 2)
    monkeypatch.setattr("checks.crash.scenarios.exposure.time", timed)
    guest, seen = Collecting(looks), ExposureSeen(KEY)
    lab = SimpleNamespace(built=lambda: SimpleNamespace(symbols=None), feature=FEATURE)
    one = exposure._Run(cast("Lab", lab), cast("Guest", guest), seen)  # noqa: SLF001 - one look of it
    one.look("rebooted", first=False)
    assert [each.outside for each in seen.stages] == [found]
    assert len(guest.settled) == min(looks + 1, round(SETTLE * 2))
    assert guest.settled[0] < 1

# SPDX-License-Identifier: GPL-2.0-only
"""The memory map in boot parameters, and each verdict of `fullmap`."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import zeropage
from checks.crash.scenarios import fullmap
from checks.crash.scenarios.fullmap import Loads
from checks.crash.zeropage import Map
from patchset.errors import InfrastructureError
from tests.checks.crash.made import PAGE, STATES, Ram

AREA = range(0x100000, 0x110000)


def parameters(*entries: tuple[int, int, int], count: int | None = None) -> bytes:
    """Boot parameters with these entries (start, size, type)."""
    data = bytearray(PAGE)
    data[0x1E8] = len(entries) if count is None else count
    data[0x1FE:0x200], data[0x202:0x206] = b"\x55\xaa", b"HdrS"
    for number, entry in enumerate(entries):
        struct.pack_into("<QQI", data, 0x2D0 + 20 * number, *entry)
    return bytes(data)


def ram(at: int, data: bytes) -> Ram:
    made = Ram()
    made.write(at, data)
    return made


def test_the_usable_bytes_of_the_area_are_counted() -> None:
    entries = ((0, 0x1000, 1), (0xFF000, 0x3000, 1), (0x104000, 0x1000, 2), (0x10F000, 0x4000, 1))
    assert zeropage.read(ram(0x105000, parameters(*entries)), AREA) == Map(4, 0x3000)


def test_no_parameters_and_two_of_them_are_errors() -> None:
    with pytest.raises(InfrastructureError, match="of 0 kernels"):
        zeropage.read(Ram(), AREA)
    two = ram(0x105000, parameters())
    two.write(0x107000, parameters())
    with pytest.raises(InfrastructureError, match="of 2 kernels"):
        zeropage.read(two, AREA)


@given(st.binary(max_size=PAGE - 0x206), st.integers(0, 255))
def test_reading_raises_nothing_else(junk: bytes, count: int) -> None:
    page = bytearray(parameters(count=count))
    page[0x206 : 0x206 + len(junk)] = junk
    assert zeropage.read(ram(0x105000, bytes(page)), AREA).entries == count


PLAIN = Map(127, 0x8000)
FITS = Loads(Map(126, 0x8000), loaded=True, state=STATES.loaded, keyed=Map(128, 0x7000))
GOOD = [
    Loads(Map(128, 0x8000), loaded=False, state=STATES.saved, keyed=None),
    Loads(PLAIN, loaded=True, state=STATES.loaded, keyed=Map(128, 0x7000)),
    FITS,
]


def test_a_good_run_has_no_finding() -> None:
    assert fullmap.judge(GOOD, STATES.saved) == ()
    assert fullmap.judge([GOOD[0], replace(GOOD[0], plain=PLAIN), FITS], STATES.saved) == ()


@pytest.mark.parametrize(
    ("at", "loads", "message", "rule"),
    [
        (0, replace(GOOD[0], state="saved"), "the load failed, and the file says 'saved', not 'kept'", "R12"),
        (1, replace(GOOD[1], keyed=Map(128, 0x3000)), "leaves out 20480 bytes more than without a key", "R05"),
        (1, replace(GOOD[1], keyed=Map(128, 0x8000)), "leaves out 0 bytes more", "R05"),
        (2, replace(FITS, keyed=None, state=STATES.saved), "although the map has room", "R05"),
    ],
)
def test_it_fails_for_its_reason(at: int, loads: Loads, message: str, rule: str) -> None:
    (found,) = fullmap.judge([*GOOD[:at], loads, *GOOD[at + 1 :]], STATES.saved)
    assert message in found.message
    assert found.rule == rule


def test_maps_that_are_not_full_prove_nothing() -> None:
    with pytest.raises(InfrastructureError, match="have 0 2 2 free entries, not 0 1 2"):
        fullmap.judge([GOOD[0], FITS, FITS], STATES.saved)

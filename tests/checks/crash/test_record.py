# SPDX-License-Identifier: GPL-2.0-only
"""R15: the record in the crash area, and what the kdump kernel must refuse."""

from __future__ import annotations

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from checks.crash import record
from patchset.loader import load
from tests.checks.crash.made import FORM, ITEMS_CRASH

ENTRIES = ITEMS_CRASH.record
KEYS = st.binary(min_size=1, max_size=FORM.room)
DESCRIPTIONS = st.text("abc:-", min_size=1, max_size=ENTRIES.desc_room)


def valid(one: record.Record) -> bool:
    """The kernel's own rule."""
    if (one.magic, one.version) != (FORM.magic, FORM.version) or not 0 < one.length <= FORM.room:
        return False
    return one.crc == record.made(FORM, one.key[: one.length], "").crc


@given(KEYS)
def test_what_was_made_is_valid_and_read_back(key: bytes) -> None:
    one = record.made(FORM, key, "")
    assert valid(one)
    assert record.parse(FORM, one.packed()) == one
    assert one.packed()[FORM.size :].startswith(key)


@given(KEYS)
def test_every_forgery_breaks_the_rule(key: bytes) -> None:
    forged = record.forgeries(FORM, key, "")
    assert len(forged) == 8
    assert not any(valid(one) for one in forged.values())
    assert all(len(one.packed()) == FORM.size + FORM.room for one in forged.values())


def test_the_checksum_is_the_kernels() -> None:
    """crc32_le(~0, "123456789") is 0x340bc6d9: the CRC-32 check value 0xcbf43926 without the last inversion."""
    assert zlib.crc32(b"123456789") ^ 0xFFFFFFFF == 0x340BC6D9


def test_the_record_of_the_series_that_comes_with_respin() -> None:
    """As its C has it: magic, version, length, CRC and 256 bytes."""
    crash = load("luks-kdump").plan.crash
    assert crash
    packed = record.made(crash.record, b"key", "cryptsetup:x").packed()
    assert packed == struct.pack("<IIII256s", 0x59454B56, 1, 3, 0xE09F507, b"key")
    assert record.begins(crash.record, b"key", "cryptsetup:x") == packed[:19]


def test_the_head_is_in_the_definitions_order() -> None:
    one = record.made(FORM, b"key", "")
    assert one.packed() == struct.pack("<IIII128s", 7, 0x1234, 3, one.crc, b"key")
    assert one.crc == zlib.crc32(struct.pack("<III", 7, 0x1234, 3) + b"key") ^ 0xFFFFFFFF


def valid_entry(one: record.Record) -> bool:
    """The kernel's own rule for a record of one entry."""
    if (one.magic, one.version, one.count) != (ENTRIES.magic, ENTRIES.version, 1) or one.crc != one.true.crc:
        return False
    lengths = 0 < one.length <= ENTRIES.room and 0 < one.described <= ENTRIES.desc_room
    return lengths and b"\0" not in one.desc[: one.described]


@given(KEYS, DESCRIPTIONS)
def test_an_entry_that_was_made_is_valid_and_read_back(key: bytes, desc: str) -> None:
    one = record.made(ENTRIES, key, desc)
    assert valid_entry(one)
    assert record.parse(ENTRIES, one.packed()) == one
    assert one.packed().startswith(record.begins(ENTRIES, key, desc))
    assert len(one.packed()) == 16 + ENTRIES.entry_size


@given(KEYS, DESCRIPTIONS)
def test_every_forgery_of_an_entry_breaks_the_rule(key: bytes, desc: str) -> None:
    forged = record.forgeries(ENTRIES, key, desc)
    assert len(forged) == 16
    assert not [what for what, one in forged.items() if valid_entry(one)]
    assert {len(one.packed()) for one in forged.values()} == {16 + ENTRIES.entry_size}


def test_the_record_of_several_keys_that_comes_with_respin() -> None:
    """As its C has it: a head of magic, version, count and CRC; an entry of two lengths, 256 bytes and 128."""
    crash = load("crash-dm-crypt").plan.crash
    assert crash
    packed = record.made(crash.record, b"key", "a:b").packed()
    entry = struct.pack("<II256s128s", 3, 3, b"key", b"a:b")
    head = struct.pack("<III", 0x594B4D44, 1, 1)
    assert packed == head + struct.pack("<I", zlib.crc32(head + entry) ^ 0xFFFFFFFF) + entry


@given(KEYS, KEYS, DESCRIPTIONS)
def test_a_record_of_several_keys(one: bytes, two: bytes, desc: str) -> None:
    assert record.several(ENTRIES, [(one, desc)]) == record.made(ENTRIES, one, desc).packed()
    both = record.several(ENTRIES, [(one, desc), (two, "b")])
    assert len(both) == 16 + 2 * ENTRIES.entry_size
    assert both[16:] == b"".join(record.made(ENTRIES, *each).packed()[16:] for each in ((one, desc), (two, "b")))
    assert both[:12] == struct.pack("<III", 2, 0x1234, 7)
    assert both[12:16] == struct.pack("<I", zlib.crc32(both[:12] + both[16:]) ^ 0xFFFFFFFF)

# SPDX-License-Identifier: GPL-2.0-only
"""R15: the record in the crash area, and what the kdump kernel must refuse."""

from __future__ import annotations

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from checks.crash import record
from patchset.loader import load
from tests.checks.crash.made import FORM

KEYS = st.binary(min_size=1, max_size=FORM.room)


def valid(one: record.Record) -> bool:
    """The kernel's own rule."""
    if (one.magic, one.version) != (FORM.magic, FORM.version) or not 0 < one.length <= FORM.room:
        return False
    return one.crc == record.made(FORM, one.key[: one.length]).crc


@given(KEYS)
def test_what_was_made_is_valid_and_read_back(key: bytes) -> None:
    one = record.made(FORM, key)
    assert valid(one)
    assert record.parse(FORM, one.packed()) == one
    assert one.packed()[FORM.size :].startswith(key)


@given(KEYS)
def test_every_forgery_breaks_the_rule(key: bytes) -> None:
    forged = record.forgeries(FORM, key)
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
    packed = record.made(crash.record, b"key").packed()
    assert packed == struct.pack("<IIII256s", 0x59454B56, 1, 3, 0xE09F507, b"key")
    assert record.begins(crash.record, b"key") == packed[:19]


def test_the_head_is_in_the_definitions_order() -> None:
    one = record.made(FORM, b"key")
    assert one.packed() == struct.pack("<IIII128s", 7, 0x1234, 3, one.crc, b"key")
    assert one.crc == zlib.crc32(struct.pack("<III", 7, 0x1234, 3) + b"key") ^ 0xFFFFFFFF

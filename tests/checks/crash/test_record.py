# SPDX-License-Identifier: GPL-2.0-only
"""R15: the record in the crash area, and what the kdump kernel must refuse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checks.crash import record

KEYS = st.binary(min_size=1, max_size=record.MAX)


def valid(one: record.Record) -> bool:
    """The kernel's own rule: crash_luks_volume_key_valid()."""
    if (one.magic, one.version) != (record.MAGIC, record.VERSION) or not 0 < one.length <= record.MAX:
        return False
    return one.crc == record.made(one.key[: one.length]).crc


@given(KEYS)
def test_what_was_made_is_valid_and_read_back(key: bytes) -> None:
    one = record.made(key)
    assert valid(one)
    assert record.parse(one.packed()) == one
    assert one.packed()[record.HEADER :].startswith(key)


@given(KEYS)
def test_every_forgery_breaks_the_rule(key: bytes) -> None:
    forged = record.forgeries(key)
    assert len(forged) == 8
    assert not any(valid(one) for one in forged.values())
    assert all(len(one.packed()) == record.HEADER + record.MAX for one in forged.values())


def test_the_checksum_is_the_kernels() -> None:
    """crc32_le(~0, "123456789") is 0x340bc6d9: the CRC-32 check value 0xcbf43926 without the last inversion."""
    import zlib  # noqa: PLC0415 - for this one fact

    assert zlib.crc32(b"123456789") ^ 0xFFFFFFFF == 0x340BC6D9

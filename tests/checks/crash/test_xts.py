# SPDX-License-Identifier: GPL-2.0-only
"""AES's key schedule and dm-crypt's sectors, against published vectors and their laws."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import xts

KEYS = st.binary(min_size=64, max_size=64).filter(lambda key: key[:32] != key[32:])


def test_the_schedule_is_that_of_fips_197() -> None:
    """FIPS-197, appendix A.3: the words w0, w7, w8, w12, w16, w58 and w59 of its example."""
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    words = xts.schedule(key)
    assert len(words) == 240
    expected = {
        0: "603deb10",
        7: "0914dff4",
        8: "9ba35411",
        12: "a8b09c1a",
        16: "d59aecb8",
        58: "046df344",
        59: "706c631e",
    }
    assert {number: words[4 * number : 4 * number + 4].hex() for number in expected} == expected


@given(st.binary(min_size=32, max_size=32))
def test_a_schedule_begins_with_its_key_and_follows_its_own_rule(key: bytes) -> None:
    words = xts.schedule(key)
    assert words[:32] == key
    for number in (number for number in range(8, 60) if number % 4):
        at = 4 * number
        expected = bytes(a ^ b for a, b in zip(words[at - 4 : at], words[at - 32 : at - 28], strict=True))
        assert words[at : at + 4] == expected


@given(KEYS, st.integers(1, 3))
def test_what_was_encrypted_is_decrypted(key: bytes, sectors: int) -> None:
    plain = bytes(range(256)) * (sectors * xts.SECTOR // 256)
    hidden = xts.crypt(plain, key, encrypt=True)
    assert hidden != plain
    assert xts.crypt(hidden, key, encrypt=False) == plain


def test_the_tweak_counts_in_units_of_512() -> None:
    key = bytes(range(64))
    data = bytes(2 * xts.SECTOR)
    cipher = Cipher(algorithms.AES(key), modes.XTS((8).to_bytes(16, "little"))).encryptor()
    assert xts.crypt(data, key, encrypt=True)[xts.SECTOR :] == cipher.update(data[xts.SECTOR :])


def test_a_part_of_a_sector_is_no_volume() -> None:
    with pytest.raises(ValueError, match=r"\w"):
        xts.crypt(b"short", bytes(range(64)), encrypt=True)


@given(KEYS, st.integers(1, 1 << 40))
def test_a_part_of_a_volume_is_what_it_is_in_the_whole(key: bytes, first: int) -> None:
    data = bytes(range(256)) * (2 * xts.SECTOR // 256)
    both = xts.crypt(data, key, encrypt=True, first=first)
    assert both[xts.SECTOR :] == xts.crypt(data[xts.SECTOR :], key, encrypt=True, first=first + 1)
    assert xts.crypt(both, key, encrypt=False, first=first) == data
    assert xts.crypt(both, key, encrypt=False) != data

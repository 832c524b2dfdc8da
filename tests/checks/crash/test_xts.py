# SPDX-License-Identifier: GPL-2.0-only
"""dm-crypt's sectors, and their laws."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import xts

KEYS = st.binary(min_size=64, max_size=64).filter(lambda key: key[:32] != key[32:])


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

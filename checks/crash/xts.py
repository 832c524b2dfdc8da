# SPDX-License-Identifier: GPL-2.0-only
"""AES-XTS-plain64 as dm-crypt does it, sector by sector."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SECTOR = 4096
"""Of the test's disk; `plain64` counts in units of 512 bytes all the same, as LUKS2 does without iv_large_sectors."""
_UNIT = 512
HALF = 32
"""Bytes of each of the two AES-256 keys in a key for XTS."""


def crypt(data: bytes, key: bytes, *, encrypt: bool) -> bytes:
    """Encrypt or decrypt the sectors of a whole volume, from its first one."""
    algorithm = algorithms.AES(key)
    made = []
    for at in range(0, len(data), SECTOR):
        cipher = Cipher(algorithm, modes.XTS((at // _UNIT).to_bytes(16, "little")))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        made.append(context.update(data[at : at + SECTOR]) + context.finalize())
    return b"".join(made)

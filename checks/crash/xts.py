# SPDX-License-Identifier: GPL-2.0-only
"""AES-XTS-plain64 as dm-crypt does it, sector by sector, and AES-256's key schedule as it lies in memory."""

from __future__ import annotations

from typing import Final

SECTOR = 4096
"""Of the test's disk; `plain64` counts in units of 512 bytes all the same, as LUKS2 does without iv_large_sectors."""
_UNIT = 512
HALF = 32
"""Bytes of each of the two AES-256 keys in a key for XTS."""
_ROUND_WORDS: Final = 60


def crypt(data: bytes, key: bytes, *, encrypt: bool, first: int = 0) -> bytes:
    """Encrypt or decrypt sectors of a volume, the first of which has this number."""
    # of an extra: `pip install respin` works without it
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415

    algorithm = algorithms.AES(key)
    made = []
    for at in range(0, len(data), SECTOR):
        cipher = Cipher(algorithm, modes.XTS(((first * SECTOR + at) // _UNIT).to_bytes(16, "little")))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        made.append(context.update(data[at : at + SECTOR]) + context.finalize())
    return b"".join(made)


def _sbox() -> bytes:
    """Return AES's S-box: the inverse in GF(2^8), then the affine map (FIPS-197, 5.1.1)."""
    box = bytearray(256)
    p = q = 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)  # times 3
        p &= 0xFF
        q ^= q << 1  # divided by 3
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        rotated = q
        value = 0x63 ^ q
        for _ in range(4):
            rotated = ((rotated << 1) | (rotated >> 7)) & 0xFF
            value ^= rotated
        box[p] = value
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


_SBOX = _sbox()


def schedule(key: bytes) -> bytes:
    """Return AES-256's expanded encryption key (FIPS-197, 5.2), 240 bytes of which the key is the first 32."""
    words = [key[at : at + 4] for at in range(0, HALF, 4)]
    constant = 1
    for number in range(len(words), _ROUND_WORDS):
        word = words[-1]
        if number % 8 == 0:
            word = bytes(_SBOX[byte] for byte in (*word[1:], word[0]))
            word = bytes([word[0] ^ constant, *word[1:]])
            constant <<= 1
        elif number % 8 == 4:  # noqa: PLR2004 - FIPS-197's own number
            word = bytes(_SBOX[byte] for byte in word)
        words.append(bytes(one ^ other for one, other in zip(word, words[-8], strict=True)))
    return b"".join(words)

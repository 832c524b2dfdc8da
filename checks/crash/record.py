# SPDX-License-Identifier: GPL-2.0-only
"""The series' record of a key in the crash area (R15), as its definition has it: to find it, and to forge it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from patchset.crash import CRC

if TYPE_CHECKING:
    from patchset.crash import Form


@dataclass(frozen=True, slots=True)
class Record:
    """A record: what it says, true or not."""

    form: Form
    magic: int
    version: int
    length: int
    crc: int
    key: bytes

    def packed(self) -> bytes:
        """Return its bytes."""
        return self.words(self.form.head) + self.key

    def words(self, names: tuple[str, ...]) -> bytes:
        """Return the bytes of some words of its head."""
        return struct.pack(f"<{len(names)}I", *(getattr(self, name) for name in names))


def made(
    form: Form, key: bytes, *, magic: int | None = None, version: int | None = None, length: int | None = None
) -> Record:
    """Return a record whose checksum is right for all that it says, as far as it has bytes for it."""
    padded = key.ljust(form.room, b"\0")
    one = Record(
        form,
        form.magic if magic is None else magic,
        form.version if version is None else version,
        len(key) if length is None else length,
        0,
        padded,
    )
    said = one.words(tuple(name for name in form.head if name != CRC)) + padded[: min(one.length, form.room)]
    # The kernel's crc32_le(~0, ...) is zlib's without the inversion at the end.
    return replace(one, crc=zlib.crc32(said) ^ 0xFFFFFFFF)


def begins(form: Form, key: bytes) -> bytes:
    """Return the bytes by which the true record of a key is found."""
    return made(form, key).packed()[: form.size + len(key)]


def parse(form: Form, data: bytes) -> Record:
    """Read a record from as many bytes as it has."""
    words = dict(zip(form.head, struct.unpack_from(f"<{len(form.head)}I", data), strict=True))
    return Record(form, key=data[form.size : form.size + form.room], **words)


def forgeries(form: Form, key: bytes) -> dict[str, Record]:
    """Return records that the kdump kernel must refuse, by what is wrong with them."""
    good = made(form, key)
    return {
        "a flipped bit in the key": replace(good, key=bytes([key[0] ^ 1]) + good.key[1:]),
        "another magic": made(form, key, magic=form.magic ^ 1),
        "another version": made(form, key, version=form.version + 1),
        "a length of 0": made(form, key, length=0),
        "a length beyond the record": made(form, key, length=form.room + 1),
        "a length of 4 GiB - 1": made(form, key, length=0xFFFFFFFF),
        "a wrong checksum": replace(good, crc=good.crc ^ 1),
        "nothing but zeros": Record(form, 0, 0, 0, 0, bytes(form.room)),
    }

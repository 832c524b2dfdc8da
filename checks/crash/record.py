# SPDX-License-Identifier: GPL-2.0-only
"""The series' record of a key in the crash area (R15), as its definition has it: to find it, and to forge it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from patchset.crash import CRC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patchset.crash import Form

_MOST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Record:
    """A record of one key: what it says, true or not.

    Attributes:
        form: how it lies in memory.
        magic: the first kernel's mark.
        version: of the form.
        length: of the key.
        crc: the checksum.
        key: as many bytes as there is room for.
        count: of entries, where it has some.
        described: how many bytes describe the key there.
        desc: as many bytes as an entry has for that.
    """

    form: Form
    magic: int
    version: int
    length: int
    crc: int
    key: bytes
    count: int = 1
    described: int = 0
    desc: bytes = b""

    def packed(self) -> bytes:
        """Return its bytes."""
        return self.words(self.form.head) + self.words(self.form.entry) + self.key + self.desc

    def words(self, names: tuple[str, ...]) -> bytes:
        """Return the bytes of some words."""
        return struct.pack(f"<{len(names)}I", *(getattr(self, name) for name in names))

    @property
    def true(self) -> Record:
        """The same with the checksum that is right for all that it says, as far as it has bytes for it."""
        head = self.words(tuple(name for name in self.form.head if name != CRC))
        entry = self.words(self.form.entry) + self.key + self.desc
        said = entry if self.form.entry else self.key[: min(self.length, self.form.room)]
        # The kernel's crc32_le(~0, ...) is zlib's without the inversion at the end.
        return replace(self, crc=zlib.crc32(head + said) ^ 0xFFFFFFFF)


def made(form: Form, key: bytes, desc: str) -> Record:
    """Return the true record of a key that is described so."""
    described = desc.encode() if form.entry else b""
    padded = key.ljust(form.room, b"\0")
    said = described.ljust(form.desc_room, b"\0")
    return Record(form, form.magic, form.version, len(key), 0, padded, 1, len(described), said).true


def begins(form: Form, key: bytes, desc: str) -> bytes:
    """Return the bytes by which the true record of a key is found."""
    return made(form, key, desc).packed()[: form.size + len(key)]


def several(form: Form, keys: Sequence[tuple[bytes, str]]) -> bytes:
    """Return the bytes of the true record of these keys and what describes them, in their order."""
    whole = 4 * len(form.head)
    entries = b"".join(made(form, key, desc).packed()[whole:] for key, desc in keys)
    head = Record(form, form.magic, form.version, 0, 0, b"", len(keys))
    said = head.words(tuple(name for name in form.head if name != CRC)) + entries
    return replace(head, crc=zlib.crc32(said) ^ 0xFFFFFFFF).words(form.head) + entries


def parse(form: Form, data: bytes) -> Record:
    """Read a record of one key from as many bytes as it has."""
    names = (*form.head, *form.entry)
    words = dict(zip(names, struct.unpack_from(f"<{len(names)}I", data), strict=True))
    end = form.size + form.room
    return Record(form, key=data[form.size : end], desc=data[end : end + form.desc_room], **words)


def forgeries(form: Form, key: bytes, desc: str) -> dict[str, Record]:
    """Return records that the kdump kernel must refuse, by what is wrong with them."""
    good = made(form, key, desc)
    forged = {
        "a flipped bit in the key": replace(good, key=bytes([key[0] ^ 1]) + good.key[1:]),
        "another magic": replace(good, magic=form.magic ^ 1).true,
        "another version": replace(good, version=form.version + 1).true,
        "a length of 0": replace(good, length=0).true,
        "a length beyond the record": replace(good, length=form.room + 1).true,
        "a length of 4 GiB - 1": replace(good, length=_MOST).true,
        "a wrong checksum": replace(good, crc=good.crc ^ 1),
        "nothing but zeros": Record(form, 0, 0, 0, 0, bytes(form.room), 0, 0, bytes(form.desc_room)),
    }
    if form.entry:
        forged |= {
            "no entry": replace(good, count=0).true,
            "an entry more than there is": replace(good, count=2).true,
            "more entries than there can be": replace(good, count=form.most + 1).true,
            "4 GiB - 1 entries": replace(good, count=_MOST).true,
            "a description of 0 bytes": replace(good, described=0).true,
            "a description beyond the entry": replace(good, described=form.desc_room + 1).true,
            "a description of 4 GiB - 1 bytes": replace(good, described=_MOST).true,
            "a description with a NUL in it": replace(good, desc=b"\0" + good.desc[1:]).true,
        }
    return forged

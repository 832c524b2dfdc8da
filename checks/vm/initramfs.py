# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs as the kernel reads it: Documentation/driver-api/early-userspace/buffer-format.rst.

No program makes it: cpio makes no device without being root, and the kernel's own gen_init_cpio is only there where a
kernel was built.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DIRECTORY, _PROGRAM, _LINK, _DEVICE = 0o040755, 0o100755, 0o120777, 0o020600
_END = "TRAILER!!!"


class Device(NamedTuple):
    """A character device."""

    major: int
    minor: int


CONSOLE, NONE = Device(5, 1), Device(0, 0)
Content = Path | str | bytes | Device
"""A file to copy, a link's target as str, a program's text as bytes."""


def packed(content: Mapping[str, Content], folders: Iterable[str] = ()) -> bytes:
    """Return an archive.

    Args:
        content: what is where; all of it is root's, and files can be executed.
        folders: those that are there beside the ones that content lies in.
    """
    pieces = []
    below = {str(each) for name in content for each in PurePosixPath(name).parents if each.name}
    entries: Iterator[tuple[str, Content | None]] = (
        (name, content.get(name)) for name in sorted({*content, *below, *folders})
    )
    for number, (name, what) in enumerate(entries, 1):
        mode, data, device = _entry(what)
        pieces.append(_record(number, name, data, mode=mode, device=device))
    return b"".join([*pieces, _record(0, _END, b"")])


def _entry(what: Content | None) -> tuple[int, bytes, Device]:
    """Return the mode, the bytes and the device of an entry; None is a folder."""
    if isinstance(what, Device):
        return _DEVICE, b"", what
    if isinstance(what, Path):
        return _PROGRAM, what.read_bytes(), NONE
    if isinstance(what, bytes):
        return _PROGRAM, what, NONE
    return (_DIRECTORY, b"", NONE) if what is None else (_LINK, what.encode(), NONE)


def _record(number: int, name: str, data: bytes, *, mode: int = 0, device: Device = NONE) -> bytes:
    encoded = name.encode() + b"\0"
    # inode, mode, uid, gid, links, time, size, device's major and minor, the node's own, length of the name, checksum
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % each for each in fields) + encoded
    return _padded(head) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

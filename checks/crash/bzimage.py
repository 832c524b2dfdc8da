# SPDX-License-Identifier: GPL-2.0-only
"""What a bzImage says of itself, and a kernel that is loaded and never started: as much of it as a load reads.

What a load hashes is all the memory that the image asks for: 20 MiB of the crash test's own kernel, which under TCG is
most of a load, and under KASAN two seconds of it. Documentation/arch/x86/boot.rst has the header.
"""

from __future__ import annotations

import struct

from patchset.errors import InfrastructureError

_SETUP_SECTS, _SYSSIZE, _SIGNATURE, _VERSION, _INIT_SIZE = 0x1F1, 0x1F4, 0x202, 0x20E, 0x260
_SECTOR, _PARAGRAPH = 512, 16
KEPT = 64 * 1024
"""Bytes of the kernel itself, which is also all the memory that it then asks for."""


def unstarted(image: bytes) -> bytes:
    """Return it.

    Raises:
        InfrastructureError: that is no bzImage.
    """
    if not image.startswith(b"HdrS", _SIGNATURE) or len(image) < _INIT_SIZE + 4:
        raise InfrastructureError("the kernel is not a bzImage")
    made = bytearray(image[: (image[_SETUP_SECTS] + 1) * _SECTOR + KEPT])
    struct.pack_into("<I", made, _SYSSIZE, KEPT // _PARAGRAPH)
    struct.pack_into("<I", made, _INIT_SIZE, KEPT)
    return bytes(made)


def release(image: bytes) -> str:
    """Return what `uname -r` will say.

    Raises:
        InfrastructureError: that is no bzImage, or it does not say.
    """
    if image.startswith(b"HdrS", _SIGNATURE) and len(image) >= _INIT_SIZE + 4:
        (at,) = struct.unpack_from("<H", image, _VERSION)
        words = image[at + _SECTOR : at + 2 * _SECTOR].partition(b"\0")[0].decode("ascii", "replace").split()
        if at and words:
            return words[0]
    raise InfrastructureError("the bzImage does not give the version of its kernel")

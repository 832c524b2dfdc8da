# SPDX-License-Identifier: GPL-2.0-only
"""A kernel that is loaded and never started: as much of a bzImage as a load reads.

What a load hashes is all the memory that the image asks for: 20 MiB of the crash test's own kernel, which under TCG is
most of a load, and under KASAN two seconds of it. Documentation/arch/x86/boot.rst has the header.
"""

from __future__ import annotations

import struct

from patchset.errors import InfrastructureError

_SETUP_SECTS, _SYSSIZE, _SIGNATURE, _INIT_SIZE = 0x1F1, 0x1F4, 0x202, 0x260
_SECTOR, _PARAGRAPH = 512, 16
KEPT = 64 * 1024
"""Bytes of the kernel itself, which is also all the memory that it then asks for."""


def unstarted(image: bytes) -> bytes:
    """Return it.

    Raises:
        InfrastructureError: that is no bzImage.
    """
    if not image.startswith(b"HdrS", _SIGNATURE) or len(image) < _INIT_SIZE + 4:
        raise InfrastructureError("the kernel is no bzImage")
    made = bytearray(image[: (image[_SETUP_SECTS] + 1) * _SECTOR + KEPT])
    struct.pack_into("<I", made, _SYSSIZE, KEPT // _PARAGRAPH)
    struct.pack_into("<I", made, _INIT_SIZE, KEPT)
    return bytes(made)

# SPDX-License-Identifier: GPL-2.0-only
"""Where /proc/kcore and /dev/mem have a page of the guest's memory, and what came of reading it there."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.crash.layout import PAGE
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.vm.guest import Answer

HEADERS = "head -c 16384 /proc/kcore | base64"
"""The command whose output `offset` reads."""
FIRMWARE = 0xF0000
"""What QEMU has there is not RAM: /dev/mem shows it to root."""
_EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
_PHDR = struct.Struct("<IIQQQQQQ")
_LOAD = 1
_SHOWN = re.compile(r"^shown: (\d+)$", re.MULTILINE)
_REFUSED = re.compile(r"^(?:mmap|access): \d+ ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Peek:
    """What came of reading one page.

    Attributes:
        what: which file, and which page.
        size: bytes that were read; 0 where it was refused.
        shown: how many of them were not 0.
    """

    what: str
    size: int
    shown: int


def offset(text: str, virtual: int) -> int:
    """Return where /proc/kcore has a virtual address.

    Args:
        text: its first bytes in base64.
        virtual: the address.

    Raises:
        InfrastructureError: it does not have it.
    """
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        for kind, place, start, size in _segments(data):
            if kind == _LOAD and start <= virtual < start + size:
                return place + virtual - start
    except (binascii.Error, ValueError, struct.error) as error:
        raise InfrastructureError(f"the headers of /proc/kcore cannot be read: {error}") from None
    raise InfrastructureError("/proc/kcore has no segment for the crash area")


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield type, offset, virtual address and size of each."""
    fields = _EHDR.unpack_from(data)
    table, size, count = fields[5], fields[9], fields[10]
    for number in range(count):
        kind, _, place, start, _, _, length, _ = _PHDR.unpack_from(data, table + number * size)
        yield kind, place, start, length


def command(file: str, at: int) -> str:
    """Return what a guest's shell runs to read the page at an offset; `peek` reads what it says."""
    return (
        f"dd if={file} of=/run/page bs={PAGE} skip={at // PAGE} count=1 2>/dev/null; "
        "wc -c < /run/page; tr -d '\\0' < /run/page | wc -c; rm /run/page"
    )


def peek(what: str, answer: Answer) -> Peek:
    """Read it.

    Raises:
        InfrastructureError: it says something else.
    """
    numbers = answer.text.split()
    if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):  # noqa: PLR2004 - see `command`
        raise InfrastructureError(f"reading {what} told nothing: {answer.text!r}")
    return Peek(what, int(numbers[0]), int(numbers[1]))


def mapped(what: str, answer: Answer) -> Peek:
    """Read what looking at a page by mmap() told.

    Raises:
        InfrastructureError: it says something else.
    """
    if match := _SHOWN.search(answer.text):
        return Peek(what, PAGE, int(match[1]))
    if _REFUSED.search(answer.text):
        return Peek(what, 0, 0)
    raise InfrastructureError(f"mapping {what} told nothing: {answer.text!r}")

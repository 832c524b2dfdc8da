# SPDX-License-Identifier: GPL-2.0-only
"""What a guest said, as facts: the helper's steps, and what must never stand there (R11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checks.vm.guest import Answer

CRASH = "sysrq triggered crash"
"""The panic message of the crash that the test causes."""
_STEP = re.compile(r"(?P<step>\w+): (?:ok|(?P<errno>\d+) .*)")
_RUN = 6
"""So many bytes of the key in a row are no accident."""
_ESCAPE = re.compile(
    rb"\\(?:x(?:ffffff)?(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[0-3]?[0-7]{1,2})|(?P<letter>[abefnrtv\"\\]))"
)
"""How bytes are written that do not print: by /dev/kmsg and dmesg (`\xea`), by the kernel's %pE (`\352`, `\n`), and by
makedumpfile 1.7.2 --dump-dmesg, which extends the sign of a char (`\xffffffea`)."""
_LETTERS = dict(zip(b'abefnrtv"\\', b'\a\b\x1b\f\n\r\t\v"\\', strict=True))
_GENERIC = re.compile(
    r"ommand line[ :].*elfcorehdr=|\belfcorehdr=|segment\[?\s?\d+|\[mem 0x|^e820:|E820", re.IGNORECASE
)
"""What code that is not the series' prints of any kdump kernel: its command line, its segments, its memory map."""
_DIGITS = re.compile(r"[0-9a-f]+")
_WIDTHS = (2, 4, 8, 16)
"""Hex digits of a u8, u16, u32, u64: what print_hex_dump and a %llx write of a group of bytes."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What no log and no console may show.

    Attributes:
        key: the disk's.
        address: where its record is, or 0 where that is not known.
    """

    key: bytes
    address: int = 0


def steps(answer: Answer) -> dict[str, int]:
    """Return how each of the helper's steps ended: 0, or an errno; a step that it did not come to is not there."""
    found = (_STEP.fullmatch(line) for line in answer.lines)
    return {match["step"]: int(match["errno"] or 0) for match in found if match}


def leaks(secret: Secret, data: bytes) -> tuple[str, ...]:
    """Return what an output gives away: key bytes in hex, escaped or as they are, or where only the series can say it.

    Root can read the address of the key in the kdump kernel's command line, which generic code prints: that gives
    nothing away. A line of the series' own with it does.
    """
    found = []
    pieces = [secret.key[at : at + _RUN] for at in range(len(secret.key) - _RUN + 1)]
    lower = data.decode("latin-1").lower()
    if any(piece in one for one in _raw(data) for piece in pieces) or any(
        piece.hex() in one or piece[::-1].hex() in one for one in _hex(lower) for piece in pieces
    ):
        found.append("bytes of the key")
    page = f"{secret.address >> 12:x}"
    told = re.compile(rf"(?<![0-9a-f])(?:0x)?0*{page}(?:[0-9a-f]{{3}})?(?![0-9a-f])")
    if secret.address and any(told.search(line) and not _GENERIC.search(line) for line in lower.split("\n")):
        found.append("the address of the key")
    return tuple(found)


def _raw(data: bytes) -> tuple[bytes, ...]:
    """Return an output as it is, without what a serial line puts before a newline, and with its escapes undone."""
    plain = data.replace(b"\r\n", b"\n")
    return data, plain, _ESCAPE.sub(_unescaped, plain)


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match["hex"]:
        return bytes.fromhex(match["hex"].decode())
    return bytes([int(match["octal"], 8) if match["octal"] else _LETTERS[match["letter"][0]]])


def _hex(lower: str) -> tuple[str, ...]:
    """Return the hex digits of a text: as they stand, each number in its full width, and each with its bytes reversed.

    On a little-endian machine print_hex_dump writes the bytes of a group in reverse.
    """
    numbers = _DIGITS.findall(lower.replace("0x", " "))
    whole = [each.zfill(next((width for width in _WIDTHS if width >= len(each)), 0)) for each in numbers]
    reversed_ = [bytes.fromhex(each)[::-1].hex() if len(each) in _WIDTHS else each for each in whole]
    return "".join(numbers), "".join(whole), "".join(reversed_)


def silence(secret: Secret, texts: Iterable[tuple[str, bytes]]) -> list[Finding]:
    """Return a finding for each (what, text) that gives something away."""
    return [
        Finding(Severity.ERROR, f"{what} shows {leak}", rule="R11")
        for what, text in texts
        for leak in leaks(secret, text)
    ]

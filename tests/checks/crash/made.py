# SPDX-License-Identifier: GPL-2.0-only
"""A guest's memory that is a few pages of bytes, and what its shell answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.vm.guest import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 4096


def answer(code: int, *lines: str) -> Answer:
    """Return what came of a command that wrote these lines."""
    return Answer("c", code, "".join(f"{line}\n" for line in lines).encode())


class Ram:
    """Physical memory of which only what was written is there; the rest is zeros."""

    def __init__(self) -> None:
        self.pages: dict[int, bytearray] = {}

    def read(self, address: int, size: int) -> bytes:
        """Return what is at an address."""
        return bytes(self.pages.get(at // PAGE, bytearray(PAGE))[at % PAGE] for at in range(address, address + size))

    def write(self, address: int, data: bytes) -> None:
        """Put something there."""
        for at, byte in enumerate(data, address):
            self.pages.setdefault(at // PAGE, bytearray(PAGE))[at % PAGE] = byte

    def word(self, address: int, value: int) -> None:
        """Put 64 bits there."""
        self.write(address, value.to_bytes(8, "little"))

    def find(self, patterns: Sequence[bytes]) -> tuple[tuple[int, ...], ...]:
        """Return, for each pattern, where it begins; no test's pattern crosses a page."""
        return tuple(
            tuple(
                number * PAGE + at
                for number, page in sorted(self.pages.items())
                for at in range(PAGE)
                if page.startswith(pattern, at)
            )
            for pattern in patterns
        )

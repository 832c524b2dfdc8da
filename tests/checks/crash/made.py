# SPDX-License-Identifier: GPL-2.0-only
"""A guest's memory that is a few pages of bytes, what its shell answers, and a series with words of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from checks.crash.shell import Shell
from checks.vm.guest import Answer
from patchset.crash import Feature, GuestArch
from patchset.plan import Crash
from patchset.toml import Toml

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 4096
TABLE = """\
helper = "the-helper"
message = "the secret"
forget = "wipe"
states = { none = "empty", saved = "kept", loaded = "placed", available = "there" }
key = { type = "user", description = "tool:disk", longest = 99 }
record = { head = ["version", "magic", "length", "crc"], magic = 0x1234, version = 7, room = 128 }
seconds = { saved = 800, unloaded = 80 }
file = "/sys/kernel/ours"
"""
"""What `[crash]` of a series says of a key; no word is one of the series that comes with respin."""
ITEMS_TABLE = """\
helper = "the-helper"
message = "the secret"
items = { folder = "/sys/kernel/config/ours", describes = "named", reuses = "kept", restores = "back", word = "go", no = "not" }
key = { type = "user", description = "tool:disk", longest = 99 }

[record]
head = ["count", "magic", "version", "crc"]
magic = 0x1234
version = 7
room = 128
entry = ["described", "length"]
desc_room = 64
most = 9
"""
"""The same where there is an item for each key."""
FEATURE = Toml("checks.toml", TABLE).read(Feature)


def crash(feature: Feature) -> Crash:
    """Return all of `[crash]` of a series that has this."""
    return Crash(
        **structs.asdict(feature),
        start="",
        arch=GuestArch.X86_64,
        option="OURS",
        parameter="ours",
        symbols={"OURS": "y"},
    )


CRASH, ITEMS_CRASH = crash(FEATURE), crash(Toml("checks.toml", ITEMS_TABLE).read(Feature))
SHELL, STATES, FORM = Shell(CRASH), FEATURE.states, FEATURE.record


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

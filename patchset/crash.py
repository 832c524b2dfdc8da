# SPDX-License-Identifier: GPL-2.0-only
"""What a series does with the key of a disk, as far as its crash test must know: `[crash]` and the tables below it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, get_args

from msgspec import Meta, structs

from patchset.toml import Table, Wrong

CRC: Literal["crc"] = "crc"
"""The word of a record's head that is the kernel's crc32_le(~0, ...) of the words before it and of the key."""
Head = Literal["magic", "version", "length", "crc"]
Word = Annotated[
    str, Meta(pattern=r"^[\w.:-]+$(?!\n)", title="a word", description="only letters, digits, '_', '.', ':' and '-'")
]
Text = Annotated[
    str,
    Meta(
        pattern=r"^[\w .:-]+$(?!\n)", title="a text", description="only letters, digits, spaces, '_', '.', ':' and '-'"
    ),
]
Number = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Count = Annotated[int, Meta(ge=1, le=0xFFFFFFFF)]


class GuestArch(StrEnum):
    """What the kernel of a guest may be for, as kbuild's ARCH; checks/kernel/arch.py knows how each is started."""

    X86_64 = "x86_64"


class States(Table, frozen=True):
    """What the series' file says.

    Attributes:
        none: there is no key.
        saved: one waits for a load.
        loaded: one is in the crash area.
        available: the crashed kernel has left one.
    """

    none: Word
    saved: Word
    loaded: Word
    available: Word

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for state, word in structs.asdict(self).items():
            if word in seen:
                raise Wrong(f"two states have one word, '{word}'", state)
            seen.add(word)


class Key(Table, frozen=True):
    """What user space gives and gets.

    Attributes:
        type: the kernel's type of key.
        description: what the test calls the key of its disk.
        longest: bytes of a description.
    """

    type: Word
    description: Word
    longest: Count


class Form(Table, frozen=True):
    """How a key lies in memory: a head of 32-bit little-endian words, and behind it the key.

    Attributes:
        head: the words in their order, each once, `crc` at the end.
        magic: the first kernel's mark.
        version: of the form.
        room: bytes of the longest key.
    """

    head: tuple[Head, ...]
    magic: Number
    version: Number
    room: Count

    def __post_init__(self) -> None:
        known = sorted(get_args(Head))
        if self.head[-1:] != (CRC,) or sorted(self.head) != known:
            known.remove(CRC)
            raise Wrong(f"'head' is not {', '.join(known)} and at the end {CRC}", "head")

    @property
    def size(self) -> int:
        """Bytes of the head."""
        return 4 * len(self.head)


class Seconds(Table, frozen=True):
    """How long a key lives that nobody loads.

    The test looks at a key a minute before it must go, at an unloaded one a quarter of a minute.

    Attributes:
        saved: after it was saved.
        unloaded: after its image was unloaded.
    """

    saved: Annotated[int, Meta(ge=240, le=0xFFFFFFFF)]
    unloaded: Annotated[int, Meta(ge=30, le=0xFFFFFFFF)]


class Feature(Table, frozen=True):
    """What the scenarios must know of the series beyond its kernels.

    Attributes:
        helper: the program of the guest, NAME.c.j2 in guest/ of the series' templates.
        message: what a line of the kernel's log has that is on the key, in any case.
        forget: the word that wipes it.
        states: the words of the file.
        key: of user space.
        record: of the kernel.
        seconds: how long a key lives.
    """

    helper: Word
    message: Text
    forget: Word
    states: States
    key: Key
    record: Form
    seconds: Seconds

# SPDX-License-Identifier: GPL-2.0-only
"""What a series does with the key of a disk, as far as its crash test must know: `[crash]` and the tables below it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeVar, get_args

from msgspec import Meta, field, structs

from patchset.toml import Table, Wrong

T = TypeVar("T")
CRC: Literal["crc"] = "crc"
"""The word of a record's head that is the kernel's crc32_le(~0, ...) of the words before it and of the key."""
Head = Literal["magic", "version", "length", "count", "crc"]
Entry = Literal["length", "described"]
Word = Annotated[
    str, Meta(pattern=r"^[\w.:-]+$(?!\n)", title="a word", description="only letters, digits, '_', '.', ':' and '-'")
]
Text = Annotated[
    str,
    Meta(
        pattern=r"^[\w .:-]+$(?!\n)", title="a text", description="only letters, digits, spaces, '_', '.', ':' and '-'"
    ),
]
Path = Annotated[str, Meta(pattern=r"^(/[\w.-]+)+$(?!\n)", title="a valid path")]
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


class Items(Table, frozen=True):
    """What there is in place of a file with states: a folder of configfs, in which user space makes an item for a key.

    Attributes:
        folder: where the items are, each of any name.
        describes: the file of an item that takes the description of a key of type logon.
        reuses: the file that gives the next kernel the keys of the one that is loaded.
        restores: the file that the crashed kernel's successor has in their place; it gives back all keys at once.
        word: what is written to either.
        no: what takes it back where keys are to be used again, and wipes those that are in no kernel.
    """

    folder: Path
    describes: Word
    reuses: Word
    restores: Word
    word: Word
    no: Word


class Key(Table, frozen=True):
    """What user space gives and gets.

    Attributes:
        type: the kernel's type of key, as user space gets it back.
        description: what the test calls the key of its disk.
        longest: bytes of a description.
    """

    type: Word
    description: Word
    longest: Count


class Form(Table, frozen=True):
    """How a key lies in memory: a head of 32-bit little-endian words, and behind it the key.

    Where there can be several keys the head has their `count` in place of a `length`, and behind it is an entry for
    each: its words, the key, and what describes it.

    Attributes:
        head: the words in their order, each once, `crc` at the end.
        magic: the first kernel's mark.
        version: of the form.
        room: bytes of the longest key.
        entry: the words of an entry in their order; none where there is one key.
        desc_room: bytes of the longest description in an entry.
        most: how many entries there can be.
    """

    head: tuple[Head, ...]
    magic: Number
    version: Number
    room: Count
    entry: tuple[Entry, ...] = ()
    desc_room: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] = 0
    most: Count = 1

    def __post_init__(self) -> None:
        words = ["magic", "version", "count" if self.entry else "length"]
        if self.head[-1:] != (CRC,) or sorted(self.head[:-1]) != sorted(words):
            raise Wrong(f"'head' is not {', '.join(sorted(words))} and at the end {CRC}", "head")
        if self.entry and sorted(self.entry) != sorted(get_args(Entry)):
            raise Wrong(f"'entry' is not {' and '.join(sorted(get_args(Entry)))}", "entry")
        if bool(self.entry) != bool(self.desc_room):
            raise Wrong("'entry' and 'desc_room' belong together", "entry" if self.entry else "desc_room")

    @property
    def size(self) -> int:
        """Bytes before the first key."""
        return 4 * (len(self.head) + len(self.entry))

    @property
    def entry_size(self) -> int:
        """Bytes from one entry to the next."""
        return 4 * len(self.entry) + self.room + self.desc_room


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

    What its interface is decides which scenarios there are: one file with states, or items.

    Attributes:
        helper: the program of the guest, NAME.c.j2 in guest/ of the series' templates.
        message: what a line of the kernel's log has that is on the key, in any case.
        key: of user space.
        record: of the kernel.
        one_file: where user space saves the key and gets it back.
        wiping: the word that wipes it when it is written to the file.
        said: the words of the file.
        lives: how long a key lives.
        items: what there is in place of these four.
    """

    helper: Word
    message: Text
    key: Key
    record: Form
    one_file: Path = field(name="file", default="")
    wiping: Word = field(name="forget", default="")
    said: States | None = field(name="states", default=None)
    lives: Seconds | None = field(name="seconds", default=None)
    items: Items | None = None

    def __post_init__(self) -> None:
        told = {"file": self.one_file, "forget": self.wiping, "states": self.said, "seconds": self.lives}
        for name, value in told.items():
            if value and self.items:
                raise Wrong(f"'{name}' and 'items' are two interfaces", name)
            if not value and not self.items:
                raise Wrong(f"the key '{name}' is missing", hint="an interface of configfs has 'items' in its place")

    @property
    def interface(self) -> str:
        """`items`, or `file`."""
        return "items" if self.items else "file"

    @property
    def file(self) -> str:
        """The file.

        Raises:
            LookupError: there are items in its place.
        """
        return _there(self.one_file)

    @property
    def forget(self) -> str:
        """The word that wipes the key.

        Raises:
            LookupError: there are items in place of the file.
        """
        return _there(self.wiping)

    @property
    def states(self) -> States:
        """What the file says.

        Raises:
            LookupError: there are items in its place.
        """
        return _there(self.said)

    @property
    def seconds(self) -> Seconds:
        """How long a key lives.

        Raises:
            LookupError: there are items in place of the file.
        """
        return _there(self.lives)


def _there(value: T | None) -> T:
    if not value:
        raise LookupError("the series has items in place of a file")
    return value

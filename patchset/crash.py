# SPDX-License-Identifier: GPL-2.0-only
"""What a series does with the key of a disk, as far as its crash test must know: `[crash]` and the tables below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchset.table import Table

CRC = "crc"
"""The word of a record's head that is the kernel's crc32_le(~0, ...) of the words before it and of the key."""
_HEAD = frozenset({"magic", "version", "length", CRC})
_SAVED, _UNLOADED = 240, 30
"""Seconds at least: the test looks at a key a minute before it must go, at an unloaded one a quarter of a minute."""
_WORD = re.compile(r"[\w.:-]+")
_TEXT = re.compile(r"[\w .:-]+")


@dataclass(frozen=True, slots=True)
class States:
    """What the series' file says.

    Attributes:
        none: there is no key.
        saved: one waits for a load.
        loaded: one is in the crash area.
        available: the crashed kernel has left one.
    """

    none: str
    saved: str
    loaded: str
    available: str


@dataclass(frozen=True, slots=True)
class Key:
    """What user space gives and gets.

    Attributes:
        type: the kernel's type of key.
        description: what the test calls the key of its disk.
        longest: bytes of a description.
    """

    type: str
    description: str
    longest: int


@dataclass(frozen=True, slots=True)
class Form:
    """How a key lies in memory: a head of 32-bit little-endian words, and behind it the key.

    Attributes:
        head: the words in their order.
        magic: the first kernel's mark.
        version: of the form.
        room: bytes of the longest key.
    """

    head: tuple[str, ...]
    magic: int
    version: int
    room: int

    @property
    def size(self) -> int:
        """Bytes of the head."""
        return 4 * len(self.head)


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a key lives that nobody loads.

    Attributes:
        saved: after it was saved.
        unloaded: after its image was unloaded.
    """

    saved: int
    unloaded: int


@dataclass(frozen=True, slots=True)
class Feature:
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

    helper: str
    message: str
    forget: str
    states: States
    key: Key
    record: Form
    seconds: Seconds


def read(table: Table) -> Feature:
    """Take what `[crash]` says of the key.

    Raises:
        InputError: a word is missing, or cannot be one.
    """
    helper, message, forget = _take(table, "helper"), _take(table, "message", _TEXT), _take(table, "forget")
    states, key, record, seconds = (_below(table, each) for each in ("states", "key", "record", "seconds"))
    feature = Feature(
        helper,
        message,
        forget,
        States(*(_take(states, each) for each in States.__slots__)),
        Key(_take(key, "type"), _take(key, "description"), _number(key, "longest")),
        _form(record),
        Seconds(_number(seconds, "saved", _SAVED), _number(seconds, "unloaded", _UNLOADED)),
    )
    if len({getattr(feature.states, each) for each in States.__slots__}) < len(States.__slots__):
        raise states.error("crash.states: two states have one word", "none")
    for each in (states, key, record, seconds):
        each.done()
    return feature


def _form(table: Table) -> Form:
    form = Form(table.strings("head"), _number(table, "magic", 0), _number(table, "version", 0), _number(table, "room"))
    if form.head[-1:] != (CRC,) or set(form.head) != _HEAD or len(form.head) != len(_HEAD):
        raise table.error(f"crash.record: head is not {', '.join(sorted(_HEAD - {CRC}))} and at the end {CRC}", "head")
    return form


def _below(table: Table, key: str) -> Table:
    if (found := table.below(key)) is None:
        raise table.error(f"crash: the table '{key}' is missing")
    return found


def _take(table: Table, key: str, pattern: re.Pattern[str] = _WORD) -> str:
    text = table.take(key, str)
    if not pattern.fullmatch(text):
        raise table.error(f"crash: {key} = {text!r} has other characters than {pattern.pattern}", key)
    return text


def _number(table: Table, key: str, least: int = 1) -> int:
    number = table.take(key, int)
    if not least <= number < 1 << 32:
        raise table.error(f"crash: {key} = {number} is not from {least} to {(1 << 32) - 1}", key)
    return number

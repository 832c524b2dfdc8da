# SPDX-License-Identifier: GPL-2.0-only
"""A key in memory: whole, in halves, in the expanded form that AES works with; where, and whose copy each one is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.crash import record, xts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from patchset.crash import Feature, Form

    class Searchable(Protocol):
        """Memory, or a file."""

        def read(self, address: int, size: int) -> bytes:
            """Return what is at an address."""

        def find(self, patterns: Sequence[bytes]) -> tuple[tuple[int, ...], ...]:
            """Return, for each pattern, where it begins."""


RECORD = "a record of ours"
PAGE = "the record in the crash area"
UNKNOWN = "not attributed"
_PAYLOAD = 8
"""struct user_key_payload has the length of what follows in 16 bits, and is aligned to 8 bytes."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What was found at one stage.

    Attributes:
        stage: after which step.
        outside: whole keys outside of the crash area.
        inside: whole keys in it.
        places: how many of them are whose, e.g. `{"a record of ours": 1}`.
        schedules: expanded keys of AES; dm-crypt's.
        halves: halves of the key that are neither in a whole one nor at the head of an expanded one.
        records: where the record begins in the crash area; never told to anybody.
        copies: where each whole key is, and whose it is; never told either.
    """

    stage: str
    outside: int
    inside: int
    places: Mapping[str, int]
    schedules: int = 0
    halves: int = 0
    records: tuple[int, ...] = ()
    copies: tuple[tuple[int, str], ...] = ()

    @property
    def whole(self) -> tuple[int, int]:
        """Whole keys (outside, inside)."""
        return self.outside, self.inside

    def told(self) -> dict[str, Any]:
        """Return it as plain JSON values; no address is among them."""
        counts = {"outside": self.outside, "inside": self.inside, "schedules": self.schedules, "halves": self.halves}
        return {"stage": self.stage, **counts, "places": dict(self.places)}


def look(stage: str, memory: Searchable, key: bytes, area: range, feature: Feature) -> Exposure:
    """Search memory for a key.

    Args:
        stage: after which step.
        memory: what is searched.
        key: of two halves.
        area: the crash area.
        feature: what the series does with a key.
    """
    # The key, and what AES makes of each half of it, begin with that half: memory is searched for two patterns.
    parts = [key[: xts.HALF], key[xts.HALF :]]
    halves = memory.find(parts)
    seconds = {*halves[1]}
    whole = [at for at in halves[0] if at + xts.HALF in seconds]
    expanded = [xts.schedule(part) for part in parts]
    schedules = [
        [at for at in places if memory.read(at, len(schedule)) == schedule]
        for places, schedule in zip(halves, expanded, strict=True)
    ]
    explained = {at + offset for at in whole for offset in (0, xts.HALF)} | {at for each in schedules for at in each}
    copies = tuple((at, _whose(memory, at, key, area, feature)) for at in whole)
    return Exposure(
        stage,
        sum(at not in area for at in whole),
        sum(at in area for at in whole),
        dict(sorted(Counter(whose for _, whose in copies).items())),
        sum(map(len, schedules)),
        sum(at not in explained for each in halves for at in each),
        tuple(at - feature.record.size for at, whose in copies if whose == PAGE),
        copies,
    )


def _whose(memory: Searchable, at: int, key: bytes, area: range, feature: Feature) -> str:
    if _is_record(memory, at, key, feature.record):
        return PAGE if at in area else RECORD
    if at % _PAYLOAD == 0 and memory.read(at - _PAYLOAD, 2) == len(key).to_bytes(2, "little"):
        return users(feature)
    return UNKNOWN


def users(feature: Feature) -> str:
    """Return how a copy that user space has given the kernel is called."""
    return f"a {feature.key.type} key"


def _is_record(memory: Searchable, at: int, key: bytes, form: Form) -> bool:
    if at < form.size:
        return False
    found = record.parse(form, memory.read(at - form.size, form.size + form.room + form.desc_room))
    told = (found.magic, found.version, found.length)
    return told == (form.magic, form.version, len(key)) and found == found.true

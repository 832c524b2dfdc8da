# SPDX-License-Identifier: GPL-2.0-only
"""What a report knows of the crash test, as tables and as the geometry of charts; docs/crash.md has the keys.

A report may come from a file, of this version or another one: what does not have the shape that is expected is left
out, and the page says that it is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from respin.report import shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from respin.report.model import Report

CHECK = "crash"
PARTS = {
    "stages": ("dump", "time line"),
    "exposure": ("exposure", "where the key is in memory"),
    "memory": ("memory", "how much memory must be reserved"),
    "placement": ("placement", "where the key's page is"),
}
"""What is shown: the scenario that measures it, and what it is called."""
_Number = int | float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; positions and sizes are parts of the whole, from 0 to 1.

    Attributes:
        label: what it stands for.
        value: as it is told.
        start: where it begins.
        size: how long it is.
        good: False to show it as a failure.
    """

    label: str
    value: str
    start: float
    size: float
    good: bool = True


@dataclass(frozen=True, slots=True)
class MemoryTried:
    """What was tried with one way to open the disk.

    Attributes:
        way: key or passphrase.
        smallest: MiB that suffice, or None where none of what was tried does.
        probes: each crash, by size: its bar is the size.
        why: the size and the reason of each that wrote no dump.
    """

    way: str
    smallest: int | None
    probes: tuple[Bar, ...]
    why: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class CrashResult:
    """Everything that one result of the crash test tells.

    Attributes:
        accelerator: tcg or kvm, or empty.
        scenarios: name, status, summary and seconds of each.
        stages: the time line.
        exposure: rows: stage, whole keys outside, inside, whose, expanded keys, halves.
        memory: of each way.
        placement: figures, by what they are.
        histogram: of the key's places.
        missing: keys of PARTS of which nothing is known.
    """

    accelerator: str = ""
    scenarios: tuple[tuple[str, str, str, float], ...] = ()
    stages: tuple[Bar, ...] = ()
    exposure: tuple[tuple[str, int, int, str, int, int], ...] = ()
    memory: tuple[MemoryTried, ...] = ()
    placement: tuple[tuple[str, str], ...] = ()
    histogram: tuple[Bar, ...] = ()
    missing: tuple[str, ...] = field(default=tuple(PARTS))


def told(report: Report) -> CrashResult:
    """Return what is known; of several results the last one that has something counts."""
    data: dict[str, Any] = {}
    for result in report["results"]:
        if result["check"] == CHECK:
            data |= result.get("data", {})
    stages, exposure, memory, placement = _stages(data), _exposure(data), _memory(data), _placement(data)
    made = {"stages": stages, "exposure": exposure, "memory": memory, "placement": placement}
    accelerator = data.get("accelerator")
    return CrashResult(
        accelerator if isinstance(accelerator, str) else "",
        tuple(
            (each["name"], each["status"], each["summary"], float(each["seconds"]))
            for each in shape.rows(data, "scenarios", name=str, status=str, summary=str, seconds=_Number)
        ),
        stages,
        exposure,
        memory,
        placement,
        _histogram(data),
        tuple(key for key, found in made.items() if not found),
    )


def _stages(data: Mapping[str, Any]) -> tuple[Bar, ...]:
    rows = [each for each in shape.rows(data, "stages", name=str, seconds=_Number) if each["seconds"] >= 0]
    total = sum(each["seconds"] for each in rows) or 1
    bars, at = [], 0.0
    for each in rows:
        size = each["seconds"] / total
        bars.append(Bar(each["name"], f"{each['seconds']:.1f} s", at, size))
        at += size
    return tuple(bars)


def _exposure(data: Mapping[str, Any]) -> tuple[tuple[str, int, int, str, int, int], ...]:
    rows = shape.rows(data, "exposure", stage=str, outside=int, inside=int, places=dict, schedules=int, halves=int)
    return tuple(
        (
            each["stage"],
            each["outside"],
            each["inside"],
            ", ".join(f"{count} {whose}" for whose, count in each["places"].items()),
            each["schedules"],
            each["halves"],
        )
        for each in rows
    )


def _memory(data: Mapping[str, Any]) -> tuple[MemoryTried, ...]:
    rows = [each for each in shape.rows(data, "memory", way=str, mib=int, wrote=bool, why=str) if each["mib"] > 0]
    known = data.get("smallest")
    smallest = known if isinstance(known, dict) else {}
    largest = max((each["mib"] for each in rows), default=1)
    found = []
    for way in dict.fromkeys(each["way"] for each in rows):
        mine = sorted((each for each in rows if each["way"] == way), key=lambda one: int(one["mib"]))
        least = smallest.get(way)
        found.append(
            MemoryTried(
                way,
                least if isinstance(least, int) else None,
                tuple(
                    Bar(f"{each['mib']} MiB", "dump written" if each["wrote"] else "no dump", 0.0,
                        each["mib"] / largest, good=each["wrote"])
                    for each in mine
                ),
                tuple((each["mib"], each["why"]) for each in mine if not each["wrote"]),
            )
        )  # fmt: skip
    return tuple(found)


def _placement(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    known = data.get("placement")
    figures = {
        "free_pages": "pages that were free",
        "loads": "loads in one boot",
        "distinct": "pages that they put the key on",
        "boots": "boots",
        "boots_distinct": "pages that their first loads put the key on",
        "p": "likelihood that a uniform choice is as uneven",
        "smallest_kib": "smallest area, KiB",
        "smallest_with_key_kib": "the same with a key, KiB",
    }
    if not isinstance(known, dict):
        return ()
    return tuple((what, f"{known[key]:g}") for key, what in figures.items() if shape.fits(known.get(key), _Number))


def _histogram(data: Mapping[str, Any]) -> tuple[Bar, ...]:
    known = data.get("placement")
    counts = known.get("histogram") if isinstance(known, dict) else None
    if not isinstance(counts, list) or not all(shape.fits(one, int) and one >= 0 for one in counts):
        return ()
    top = max(counts, default=0) or 1
    return tuple(
        Bar(f"part {number} of {len(counts)}", f"{count} loads", (number - 1) / len(counts), count / top)
        for number, count in enumerate(counts, 1)
    )

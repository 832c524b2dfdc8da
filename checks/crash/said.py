# SPDX-License-Identifier: GPL-2.0-only
"""What a guest said, as facts: the helper's steps, the console's complaints, and what must never stand there (R11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.parsers import kunit
from checks.types import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checks.crash.guest import Answer

CRASH = "sysrq triggered crash"
"""The panic message of the crash that the test causes."""
_STEP = re.compile(r"(?P<step>\w+): (?:ok|(?P<errno>\d+) .*)")
_BROKEN = re.compile(r"Oops: |unable to handle |general protection fault|KASAN: ")
_RUN = 6
"""So many bytes of the key in a row are no accident."""
_BETWEEN = re.compile(r"[^0-9a-f]")


@dataclass(frozen=True, slots=True)
class Secret:
    """What no log and no console may show.

    Attributes:
        key: the volume key.
        address: where its record is, or 0 where that is not known.
    """

    key: bytes
    address: int = 0


def steps(answer: Answer) -> dict[str, int]:
    """Return how each of the helper's steps ended: 0, or an errno; a step that it did not come to is not there."""
    found = (_STEP.fullmatch(line) for line in answer.lines)
    return {match["step"]: int(match["errno"] or 0) for match in found if match}


def complaints(console: str) -> tuple[str, ...]:
    """Return the lines in which the kernel complains of itself, the crash that was asked for left out."""
    return tuple(line for line in kunit.console(console).splats if CRASH not in line)


def broken(console: str) -> list[Finding]:
    """Return a finding for each line in which a kernel says that it broke, as no slow or lost machine makes it."""
    return [each for each in quiet(console) if _BROKEN.search(each.message)]


def leaks(secret: Secret, text: str) -> tuple[str, ...]:
    """Return what a text gives away: key bytes in hex or as they are, or the address of the key."""
    found = []
    pieces = [secret.key[at : at + _RUN] for at in range(len(secret.key) - _RUN + 1)]
    lower = text.lower()
    joined = "\n".join(_BETWEEN.sub("", line) for line in lower.replace("0x", " ").splitlines())
    raw = text.encode("utf-8", "surrogateescape")
    if any(piece.hex() in joined or piece[::-1].hex() in joined or piece in raw for piece in pieces):
        found.append("bytes of the key")
    page = f"{secret.address >> 12:x}"
    if secret.address and re.search(rf"(?<![0-9a-f])(?:0x)?0*{page}(?:[0-9a-f]{{3}})?(?![0-9a-f])", lower):
        found.append("the address of the key")
    return tuple(found)


def silence(secret: Secret, texts: Iterable[tuple[str, str]]) -> list[Finding]:
    """Return a finding for each (what, text) that gives something away."""
    return [
        Finding(Severity.ERROR, f"{what} shows {leak}", rule="R11")
        for what, text in texts
        for leak in leaks(secret, text)
    ]


def quiet(console: str) -> list[Finding]:
    """Return a finding for each complaint of the kernel."""
    return [Finding(Severity.ERROR, f"the kernel complained: {line}", rule="R19") for line in complaints(console)]

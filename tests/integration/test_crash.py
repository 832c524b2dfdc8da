# SPDX-License-Identifier: GPL-2.0-only
"""A real crash of a real guest: the life cycle with a PBKDF2 slot, and one control."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.integration.conftest import BASES
from tests.integration.test_checks import run_respin


def guests(base: str) -> list[str]:
    """Return the command lines of guests that run for a base; another run's on another one may well be there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return [one for one in found if one.startswith("qemu-system") and f"/crash/runs/{base}-" in one]


def test_a_crashed_guest_leaves_its_dump_and_nothing_else() -> None:
    report = run_respin("check", BASES[0], "--only", "crash")
    (result,) = report["results"]
    assert (result["status"], report["exit"]) == ("PASS", 0), result
    assert [one["name"] for one in result["data"]["scenarios"]] == [
        "dump",
        "controls",
        "borrowed",
        "reload",
        "hour",
        "fullmap",
        "loud",
    ]
    stages = {one["name"]: one["seconds"] for one in result["data"]["stages"]}
    took = next(one["seconds"] for one in result["data"]["scenarios"] if one["name"] == "dump")
    assert took <= 1.3 * sum(stages.values()), (took, stages)
    assert guests(report["base"]["name"]) == []

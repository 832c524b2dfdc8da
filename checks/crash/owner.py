# SPDX-License-Identifier: GPL-2.0-only
"""Whose copies of a key are, as drgn tells it from outside: a slab cache's, the page cache's, nobody's."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.crash.exposed import Exposure
    from checks.vm.machine import Machine

_SECONDS = 120.0


def named(found: Exposure, machine: Machine, vmlinux: Path) -> Exposure:
    """Return what was found in the first kernel of a guest that stands still, with each copy's place named.

    Raises:
        InfrastructureError: drgn cannot tell.
    """
    if not found.copies:
        return found
    places = Counter(
        f"{whose} ({place})"
        for (_, whose), place in zip(found.copies, _ask([at for at, _ in found.copies], machine, vmlinux), strict=True)
    )
    return replace(found, places=dict(sorted(places.items())))


def _ask(addresses: Sequence[int], machine: Machine, vmlinux: Path) -> list[str]:
    argv = [*process.PYTHON, "-m", "checks.crash.drgnowner", machine.observer.name, str(vmlinux), *map(str, addresses)]
    done = process.run(argv, seconds=_SECONDS, cwd=machine.folder, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        told = None
    if done.returncode != 0 or not isinstance(told, list) or len(told) != len(addresses):
        raise InfrastructureError(f"drgn does not tell whose {len(addresses)} copies of the key are: {done.why()}")
    return list(map(str, told))

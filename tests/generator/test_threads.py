# SPDX-License-Identifier: GPL-2.0-only
"""Renderings at the same time: what one reads and parses is no other one's business."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from generator.render import render
from tests import fake
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.rendering import Rendering

THREADS, BASES, SECONDS = 4, 40, 1e-6


def _bases(files: Mapping[str, bytes]) -> Iterator[MemoryTree]:
    """Yield bases whose C files all differ."""
    for number in range(BASES):
        mark = b"\n/* variant %d */\n" % number
        yield MemoryTree({path: text + mark * path.endswith(".c") for path, text in files.items()})


@pytest.mark.slow
def test_four_threads_render_what_one_does(fakelinux: dict[str, bytes]) -> None:
    series = fake.load()
    bases = list(_bases(fakelinux))

    def rendered(first: int) -> list[Rendering]:
        """Render on all bases, beginning anywhere."""
        made = {at: render(series, bases[at], with_tests=True) for at in (*range(first, BASES), *range(first))}
        return [made[at] for at in range(BASES)]

    alone = rendered(0)
    assert {one.verdict for one in alone} == {"applies"}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SECONDS)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(rendered, range(0, BASES, BASES // THREADS))) == [alone] * THREADS
    finally:
        sys.setswitchinterval(interval)

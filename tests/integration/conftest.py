# SPDX-License-Identifier: GPL-2.0-only
"""Real bases in the user's own cache, so that sources, builds and verdicts are shared between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.bases import find
from patchset.loader import load
from respin.options import default_cache

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Base
    from patchset.types import Series

BASES = ("debian:6.1", "debian:6.12")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the browser and the real series unloaded where none of this is to run."""
    return True if config.getoption("markexpr").startswith("not integration") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def cache() -> Path:
    return default_cache()


@pytest.fixture(scope="session", params=BASES)
def base(request: pytest.FixtureRequest, cache: Path) -> Base:
    spec: str = request.param
    return find(spec, cache, print)


@pytest.fixture(scope="session")
def oldest(cache: Path) -> Base:
    return find(BASES[0], cache, print)


@pytest.fixture(scope="session")
def series() -> Series:
    return load("luks-kdump")

# SPDX-License-Identifier: GPL-2.0-only
"""A few of the broken series, those that are caught quickly; `make mutants` runs all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.test_checks import JOBS
from tests.mutants.mutant import Mutant, catch, mutants

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Base


@pytest.mark.parametrize("mutant", [each for each in mutants() if each.fast], ids=lambda one: f"{one.rule}-{one.check}")
def test_it_is_caught(mutant: Mutant, oldest: Base, cache: Path) -> None:
    caught = catch(mutant, oldest, cache, JOBS)
    assert caught.how, caught.told

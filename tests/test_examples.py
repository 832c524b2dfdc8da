# SPDX-License-Identifier: GPL-2.0-only
"""A law has all of its examples where it has to pass, and a part of them where somebody waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests import examples

MAKEFILE = Path(__file__).parents[1] / "Makefile"


@pytest.mark.parametrize(("profile", "told"), [(examples.QUICK, [37, 10, 6, 3]), (examples.THOROUGH, [150, 40, 8, 3])])
def test_how_many_there_are(profile: str, told: list[int]) -> None:
    before = examples.THOROUGH if examples.examples(examples.USUAL) == examples.USUAL else examples.QUICK
    try:
        settings.load_profile(profile)
        assert [examples.examples(most) for most in (150, 40, 8, 3)] == told
        assert settings.default is not None
        assert settings.default.derandomize
    finally:
        settings.load_profile(before)


def test_make_test_tries_all_of_them() -> None:
    recipe = MAKEFILE.read_text("utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    assert f"--hypothesis-profile={examples.THOROUGH}" in recipe

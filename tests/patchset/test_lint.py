# SPDX-License-Identifier: GPL-2.0-only
"""`lint.toml`: read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.lint.lines import IDS
from patchset import lint
from patchset.errors import InputError
from patchset.lint import Lint, LintWaiver, Profile
from patchset.loader import load

if TYPE_CHECKING:
    from pathlib import Path

GOOD = 'profiles = ["tip"]\ngenerated = true\n[[waiver]]\nline = "P02"\nreason = "so"\nmatch = "x"\n'
BAD = {
    'profiles = ["net"]': "lint.toml:1: 'profiles[0]' = 'net' is not one of tip, akpm, stable",
    '\n[[waiver]]\nline = "P02"': "lint.toml:2: the key 'reason' is missing",
    '[[waiver]]\nline = "P02"\nreason = "so"\nmatch = "("': "lint.toml:4: 'match' is not a regular expression",
    '[[waiver]]\nline = "P02"\nreason = " "': "lint.toml:3: 'reason' = ' ' is not a reason",
    "generate = true": "lint.toml:1: unknown key 'generate'",
    "[": "lint.toml:1: ",
}


def test_what_it_says() -> None:
    read = lint.parse("lint.toml", GOOD)
    assert (read.profiles, read.generated, read.waivers) == (
        frozenset({Profile.TIP}),
        True,
        (LintWaiver("P02", "so", "x"),),
    )


@pytest.mark.parametrize("text", BAD)
def test_what_it_cannot_say(text: str) -> None:
    with pytest.raises(InputError) as caught:
        lint.parse("lint.toml", text)
    assert BAD[text] in caught.value.message


def test_a_series_without_one(tmp_path: Path) -> None:
    assert lint.load(tmp_path) == Lint()
    (tmp_path / "lint.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"/lint\.toml:1: the byte 0xff is not UTF-8"):
        lint.load(tmp_path)


def test_the_series_of_this_house() -> None:
    read = lint.load(load("luks-kdump").folder)
    assert read.profiles == {Profile.TIP, Profile.AKPM}
    assert {one.line for one in read.waivers} <= set(IDS)

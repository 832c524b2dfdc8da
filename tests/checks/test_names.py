# SPDX-License-Identifier: GPL-2.0-only
"""What a definition names of the checks has to be there; a mistake in any file is told before anything is done."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from checks.lint.lines import IDS
from checks.names import judged, whole
from patchset.errors import InputError
from patchset.loader import load, read
from tests.fake import FAKESERIES

if TYPE_CHECKING:
    from pathlib import Path

    from patchset.types import Series

ALLOWED = '[[allowed]]\nline = "^x"\nwhere = ["{}"]\nkernel = "first"\nafter = "y"\nreason = "so"\n'
WAIVER = '[[waiver]]\nline = "{}"\nreason = "so"\n'
RULE = '[R01]\ntitle = "t"\npatches = ["random"]\nfiles = []\nchecks = ["{}"]\n'


def changed(folder: Path, file: str, text: str) -> Series:
    shutil.copytree(FAKESERIES, folder)
    (folder / file).write_text(text)
    return read(folder, folder / "c")


@pytest.mark.parametrize(
    ("file", "text", "message", "hint"),
    [
        (
            "lint.toml",
            WAIVER.format("T99"),
            "lint.toml:2: there is no line of the checklist 'T99'",
            "did you mean 'T09'?",
        ),
        ("lint.toml", "profile = 1", "lint.toml:1: unknown key 'profile'", "did you mean 'profiles'?"),
        ("rules.toml", RULE.format("chekpatch"), "rules.toml:5: there is no check 'chekpatch'", "'checkpatch'?"),
        ("checks.toml", ALLOWED.format("dmup"), "checks.toml:3: there is no check or scenario 'dmup'", "'dump'?"),
        ("checks.toml", "[kunti]", "checks.toml:1: unknown key 'kunti'", "did you mean 'kunit'?"),
        ("history.toml", "", "history.toml:1: the key 'change-id' is missing", ""),
    ],
)
def test_each_file_is_read(tmp_path: Path, file: str, text: str, message: str, hint: str) -> None:
    series = changed(tmp_path / "s", file, text)
    with pytest.raises(InputError) as raised:
        whole(series)
    assert f"/{message}" in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("file", "text"),
    [
        *(("lint.toml", WAIVER.format(line)) for line in IDS),
        *(("rules.toml", RULE.format(check)) for check in ("checkpatch", "render")),
        *(("checks.toml", ALLOWED.format(name)) for name in ("kunit", "dump")),
    ],
)
def test_what_is_there_can_be_named(tmp_path: Path, file: str, text: str) -> None:
    series = changed(tmp_path / "s", file, text)
    assert whole(series) is series


def test_a_series_without_those_files() -> None:
    series = load("luks-kdump")
    assert whole(series) is series
    assert judged(series) is series.lint

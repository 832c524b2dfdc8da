# SPDX-License-Identifier: GPL-2.0-only
"""The series that is meant where nobody names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from patchset import default
from patchset.errors import InputError
from patchset.loader import known
from respin.commands.render import command

if TYPE_CHECKING:
    from pathlib import Path


def test_it_comes_with_respin() -> None:
    assert default.name() in known()


def test_it_is_what_a_verb_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "default.toml"
    file.write_text('series = "another"\n')
    monkeypatch.setattr(default, "FILE", file)
    assert command.make_context("render", ["base"]).params["series_name"] == "another"


def test_a_word_that_is_not_known_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "default.toml"
    file.write_text('series = "another"\nserie = "x"\n')
    monkeypatch.setattr(default, "FILE", file)
    with pytest.raises(InputError, match=r"default\.toml:2: unknown key 'serie'"):
        default.name()

# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from patchset.errors import InputError
from patchset.loader import load as load_series
from patchset.rules import cases, load

if TYPE_CHECKING:
    from pathlib import Path

RULE = '[R07]\ntitle = "t"\npatches = ["save"]\nfiles = ["a"]\ntests = ["{test}"]\n'


def test_every_rule_of_the_series_is_there() -> None:
    assert [rule.id for rule in load(load_series("luks-kdump"))] == [f"R{number:02}" for number in range(1, 24)]


def test_every_case_of_the_suites_is_named_by_a_rule() -> None:
    series = load_series("luks-kdump")
    assert {test for rule in load(series) for test in rule.tests} == cases(series)


def test_a_case_that_no_suite_has_is_refused(tmp_path: Path) -> None:
    series = replace(load_series("luks-kdump"), folder=tmp_path)
    (tmp_path / "rules.toml").write_text(RULE.format(test="crash_luks_key.r07_newline"))
    assert load(series)[0].tests == ("crash_luks_key.r07_newline",)
    (tmp_path / "rules.toml").write_text(RULE.format(test="crash_luks_key.r07_nothing"))
    with pytest.raises(InputError, match=r"rules\.toml:5: R07 names the case crash_luks_key\.r07_nothing"):
        load(series)


def test_a_patch_is_named_by_its_stem(tmp_path: Path) -> None:
    series = replace(load_series("luks-kdump"), folder=tmp_path)
    rule = RULE.format(test="crash_luks_key.r07_newline")
    (tmp_path / "rules.toml").write_text(rule)
    assert load(series)[0].patches == (2,)
    (tmp_path / "rules.toml").write_text(rule.replace("save", "svae"))
    with pytest.raises(InputError, match=r"rules\.toml:3: R07: there is no patch 'svae'") as caught:
        load(series)
    assert caught.value.hint == "did you mean 'save'?"


def test_a_wrong_key_is_refused(tmp_path: Path) -> None:
    series = replace(load_series("luks-kdump"), folder=tmp_path)
    (tmp_path / "rules.toml").write_text(RULE.format(test="x") + 'chekcs = ["build"]\n')
    with pytest.raises(InputError, match=r"rules\.toml:6: unknown key 'chekcs'"):
        load(series)


def test_what_is_not_utf8_is_named(tmp_path: Path) -> None:
    series = replace(load_series("luks-kdump"), folder=tmp_path)
    (tmp_path / "rules.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"/rules\.toml:1: the byte 0xff is not UTF-8"):
        load(series)
    fragment = next(edit.template for patch in series.patches if patch.tests for edit in patch.edits)
    (tmp_path / fragment).parent.mkdir(parents=True)
    (tmp_path / fragment).write_bytes(b"\xff")
    with pytest.raises(InputError, match=f"{fragment}:1: the byte 0xff is not UTF-8"):
        cases(replace(series, templates=tmp_path))

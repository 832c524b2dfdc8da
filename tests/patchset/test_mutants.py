# SPDX-License-Identifier: GPL-2.0-only
"""Every rule has a series that breaks it, and each of these still breaks what it is meant to."""

from __future__ import annotations

import pytest

from checks.proofs.crash import SCENARIOS
from checks.registry import CHECKS
from patchset.loader import load
from patchset.rules import load as load_rules
from tests.mutants.mutant import RENDER, SERIES, Mutant, broken, mutants

ALL = mutants()
WHOLE = load(SERIES)


def test_every_rule_is_broken_by_one() -> None:
    known = {rule.id for rule in load_rules(WHOLE)}
    assert {each.rule for each in ALL} == known


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ALL, ids=lambda one: f"{one.rule}-{one.check}-{one.file}")
def test_it_can_be_made(mutant: Mutant) -> None:
    with broken(mutant, WHOLE) as series:
        assert series.patches
    test, _, scenario = mutant.check.partition(":")
    assert test in {*CHECKS, RENDER}
    assert scenario in {*SCENARIOS, ""} or test == "build"
    assert mutant.old != mutant.new


OTHER = "crash-dm-crypt"


def test_every_rule_of_the_interface_is_broken_by_one() -> None:
    known = {rule.id for rule in load_rules(load(OTHER)) if rule.id.startswith("D")}
    assert {each.rule for each in mutants(OTHER)} == known


@pytest.mark.parametrize("mutant", mutants(OTHER), ids=lambda one: f"{one.rule}-{one.file}-{len(one.new)}")
def test_one_of_the_other_series_can_be_made(mutant: Mutant) -> None:
    with broken(mutant, load(OTHER)) as series:
        assert series.digest != load(OTHER).digest
    assert mutant.says == f"{mutant.rule.lower()}_"


def test_a_text_that_is_gone_is_told() -> None:
    with (
        pytest.raises(ValueError, match="0 times"),
        broken(Mutant("R01", "series.toml", "no such text", "", "", "", fast=True)),
    ):
        pass

# SPDX-License-Identifier: GPL-2.0-only
"""The second series that comes with respin: what of it no kernel has to be built for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from patchset.loader import load
from patchset.rules import cases
from patchset.snapshot import text

if TYPE_CHECKING:
    from patchset.rules import Rule

SERIES = load("crash-dm-crypt")
DIRECTORY = "/sys/kernel/config/crash_dm_crypt_keys"
C = "\n".join(
    text(SERIES.templates, name)
    for name in ("items/crash_dm_crypt.c.j2", "pass/limits.c.j2", "pass/keys.c.j2", "restore/oldmem.c.j2")
)
GUIDE = text(SERIES.templates, "restore/kdump.rst.j2")
ABI = "".join(text(SERIES.templates, f"{patch}/abi.j2") for patch in ("items", "pass", "restore"))


def test_the_first_patch_is_that_of_the_other_series() -> None:
    ours, theirs = SERIES, load("luks-kdump")
    assert ours.patches[0] == theirs.patches[0]
    for edit in ours.patches[0].edits:
        assert text(ours.templates, edit.template) == text(theirs.templates, edit.template)


def test_every_rule_is_there_and_names_the_cases_of_the_suite() -> None:
    ids = [rule.id for rule in SERIES.rules]
    assert ids[:17] == [f"D{number:02}" for number in range(1, 18)]
    assert {test for rule in SERIES.rules for test in rule.tests} == cases(SERIES)


@pytest.mark.parametrize("rule", [rule for rule in SERIES.rules if rule.id.startswith("D")], ids=lambda rule: rule.id)
def test_each_rule_of_the_interface_has_a_case_of_its_own(rule: Rule) -> None:
    assert any(f".{rule.id.lower()}_" in test for test in rule.tests)


@pytest.mark.parametrize(("macro", "number"), [("KEYS", 128), ("KEY", 256), ("DESC", 128)])
def test_d07_the_documentation_has_the_limits_of_the_code(macro: str, number: int) -> None:
    assert re.findall(rf"#define DM_CRYPT_{macro}_MAX\s+(\d+)", C) == [str(number)]
    words = {"KEYS": "{} keys of up to", "KEY": "up to {} bytes each", "DESC": "descriptions are of up to {} bytes"}
    assert words[macro].format(number) in " ".join(GUIDE.split())
    told = {"KEYS": "there are {} of them", "KEY": "longer than {} bytes", "DESC": "of 1 to {} bytes"}
    assert told[macro].format(number) in " ".join(ABI.split())


def test_d15_no_line_of_the_code_prints_more_than_numbers() -> None:
    """Whatever its level: `%s` could be a description, `%p...` and a dump bytes of a key."""
    calls = re.findall(r"\b(?:pr_\w+|printk\w*|print_hex\w*)\(([^;]*)\);", C)
    assert calls
    assert not [call for call in calls if set(re.findall(r"%(\w)", call)) - {"u", "d"}]
    assert "print_hex" not in C


def test_d16_the_guide_and_the_abi_name_the_files_that_there_are() -> None:
    files = {*re.findall(r'\.ca_name\s*= "(\w+)"', C), *re.findall(r"CONFIGFS_ATTR\w*\(dm_crypt_, (\w+)\)", C)}
    assert files == {"description", "count", "reuse", "restore"}
    assert re.findall(r'\.ci_namebuf\s*= "(\w+)"', C) == [DIRECTORY.rpartition("/")[2]]
    paths = set(re.findall(rf"{DIRECTORY}/([\w/]+)", GUIDE))
    assert {path.rpartition("/")[2] for path in paths} - {"system", "dump"} == files
    told = re.findall(rf"^What:\t+{DIRECTORY}/(\S*)$", ABI, re.MULTILINE)
    assert {path.rpartition("/")[2] for path in told} - {""} == files


def test_the_parameter_is_documented() -> None:
    assert re.findall(r'early_param\("(\w+)"', C) == ["dmcryptkeys"]
    assert text(SERIES.templates, "pass/parameter.j2").startswith("\tdmcryptkeys=\t")


def test_r20_the_option_of_mainline_is_told_from_this_one() -> None:
    probe = SERIES.probes["dm_crypt"]
    ours = text(SERIES.templates, "items/Kconfig.j2")
    assert not re.search(probe.value, ours, re.MULTILINE)
    theirs = re.sub(r"\tbool .*", '\tbool "Another prompt"', ours, count=1)
    assert re.search(probe.value, theirs, re.MULTILINE)
    assert SERIES.probes["dm_crypt_in_x86"].value == probe.value
    assert all({*one.passes} == {"x86_64", "arm64", "powerpc"} for one in SERIES.present[:2])

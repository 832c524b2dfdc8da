# SPDX-License-Identifier: GPL-2.0-only
"""What `[crash]` says of the key, and what it cannot say."""

from __future__ import annotations

import pytest

from patchset import crash
from patchset.errors import InputError
from patchset.loader import load
from patchset.table import Table
from tests.checks.crash.made import TABLE


def read(text: str) -> crash.Feature:
    return crash.read(Table.parse("checks.toml", text))


def test_what_it_says() -> None:
    feature = read(TABLE)
    assert (feature.helper, feature.message, feature.forget) == ("the-helper", "the secret", "wipe")
    assert feature.states == crash.States("empty", "kept", "placed", "there")
    assert feature.key == crash.Key("user", "tool:disk", 99)
    assert feature.record == crash.Form(("version", "magic", "length", "crc"), 0x1234, 7, 128)
    assert (feature.record.size, feature.seconds) == (16, crash.Seconds(800, 80))


def test_the_series_that_comes_with_respin_has_its_templates() -> None:
    series = load("luks-kdump")
    assert series.plan.crash
    assert series.templates.joinpath(f"guest/{series.plan.crash.feature.helper}.c.j2").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('helper = "the-helper"', "", "checks.toml:1: the key 'helper' is missing"),
        ('"the-helper"', '"../h"', "checks.toml:1: crash: helper = '../h' has other characters"),
        ('"the secret"', '"it\'s"', 'checks.toml:2: crash: message = "it\'s" has other characters'),
        ('"wipe"', '"a; b"', "checks.toml:3: crash: forget = 'a; b' has other characters"),
        ('"kept"', '""', "crash: saved = '' has other characters"),
        ('"kept"', '"empty"', "crash.states: two states have one word"),
        (', available = "there"', "", "the key 'available' is missing"),
        ("longest = 99", "longest = 0", "crash: longest = 0 is not from 1 to"),
        ("magic = 0x1234", "magic = 0x112345678", "crash: magic = 4600387192 is not from 0 to"),
        ("room = 128", "rom = 128", "the key 'room' is missing"),
        ('"length", "crc"', '"crc", "length"', "crash.record: head is not length, magic, version and at the end crc"),
        ('"version", "magic", ', '"magic", "magic", ', "crash.record: head is not"),
        ("unloaded = 80", "unloaded = 80, more = 1", "unknown key 'more'"),
        ("saved = 800", "saved = 239", "crash: saved = 239 is not from 240 to"),
        ("unloaded = 80", "unloaded = 29", "crash: unloaded = 29 is not from 30 to"),
        ("seconds = {", "second = {", "crash: the table 'seconds' is missing"),
    ],
)
def test_what_it_cannot_say(old: str, new: str, message: str) -> None:
    assert old in TABLE
    with pytest.raises(InputError) as error:
        read(TABLE.replace(old, new))
    assert message in str(error.value)

# SPDX-License-Identifier: GPL-2.0-only
"""What `[crash]` says of the key, and what it cannot say."""

from __future__ import annotations

import pytest

from checks.kernel import arch
from patchset import crash
from patchset.errors import InputError
from patchset.loader import load
from patchset.plan import CrashForm
from patchset.toml import Toml
from tests.checks.crash.made import TABLE


def read(text: str) -> crash.Feature:
    return Toml("checks.toml", text).read(crash.Feature)


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
    assert series.templates.joinpath(f"guest/{series.plan.crash.helper}.c.j2").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('helper = "the-helper"', "", "checks.toml:1: the key 'helper' is missing"),
        ('"the-helper"', '"../h"', "checks.toml:1: 'helper' = '../h' is not a word"),
        ('"the secret"', '"it\'s"', "checks.toml:2: 'message' = \"it's\" is not a text"),
        ('"wipe"', '"a; b"', "checks.toml:3: 'forget' = 'a; b' is not a word"),
        ('"kept"', '""', "checks.toml:4: 'saved' = '' is not a word"),
        ('"kept"', '"empty"', "checks.toml:4: two states have one word, 'empty'"),
        (', available = "there"', "", "checks.toml:4: the key 'available' is missing"),
        ("longest = 99", "longest = 0", "checks.toml:5: 'longest' = 0 must be at least 1"),
        ("magic = 0x1234", "magic = 0x112345678", "checks.toml:6: 'magic' = 4600387192 must be at most 4294967295"),
        ("room = 128", "rom = 128", "checks.toml:6: unknown key 'rom'"),
        (
            '"length", "crc"',
            '"crc", "length"',
            "checks.toml:6: 'head' is not length, magic, version and at the end crc",
        ),
        ('"version", "magic", ', '"magic", "magic", ', "checks.toml:6: 'head' is not"),
        ("unloaded = 80", "unloaded = 80, more = 1", "checks.toml:7: unknown key 'more'"),
        ("saved = 800", "saved = 239", "checks.toml:7: 'saved' = 239 must be at least 240"),
        ("unloaded = 80", "unloaded = 29", "checks.toml:7: 'unloaded' = 29 must be at least 30"),
        ("seconds = {", "second = {", "checks.toml:7: unknown key 'second'"),
    ],
)
def test_what_it_cannot_say(old: str, new: str, message: str) -> None:
    assert old in TABLE
    with pytest.raises(InputError) as error:
        read(TABLE.replace(old, new))
    assert message in str(error.value)


def test_a_guest_is_of_an_architecture_that_the_table_has() -> None:
    words = ['fragment = "a.config"', 'arch = "arm64"', 'option = "A"', 'file = "/sys/a"', 'parameter = "a"', TABLE]
    with pytest.raises(InputError, match=r"^checks\.toml:2: 'arch' = 'arm64' is not one of x86_64$"):
        Toml("checks.toml", "\n".join(words)).read(CrashForm)
    words[1] = 'arch = "x86_64"'
    assert Toml("checks.toml", "\n".join(words)).read(CrashForm).arch in arch.GUESTS
    assert {*arch.GUESTS} == {*crash.GuestArch}

# SPDX-License-Identifier: GPL-2.0-only
"""What `[crash]` says of the key, and what it cannot say."""

from __future__ import annotations

import pytest

from checks.crash import initramfs
from checks.kernel import arch
from patchset import crash
from patchset.errors import InputError
from patchset.loader import load
from patchset.plan import CrashForm
from patchset.toml import Toml
from tests.checks.crash.made import ITEMS_TABLE, TABLE


def read(text: str) -> crash.Feature:
    return Toml("checks.toml", text).read(crash.Feature)


def test_what_it_says() -> None:
    feature = read(TABLE)
    assert (feature.helper, feature.message, feature.forget) == ("the-helper", "the secret", "wipe")
    assert feature.states == crash.States("empty", "kept", "placed", "there")
    assert feature.key == crash.Key("user", "tool:disk", 99)
    assert feature.record == crash.Form(("version", "magic", "length", "crc"), 0x1234, 7, 128)
    assert (feature.record.size, feature.seconds) == (16, crash.Seconds(800, 80))


def test_what_it_says_of_items() -> None:
    feature = read(ITEMS_TABLE)
    assert feature.items == crash.Items("/sys/kernel/config/ours", "named", "kept", "back", "go", "not")
    assert feature.interface == "items"
    assert (feature.record.size, feature.record.entry_size) == (24, 200)
    for name in ("file", "forget", "states", "seconds"):
        with pytest.raises(LookupError, match="items in place of a file"):
            getattr(feature, name)


def test_a_file_is_the_other_interface() -> None:
    feature = read(TABLE)
    assert (feature.interface, feature.file, feature.items) == ("file", "/sys/kernel/ours", None)


@pytest.mark.parametrize("name", ["luks-kdump", "crash-dm-crypt"])
def test_a_series_that_comes_with_respin_has_its_templates(name: str) -> None:
    series = load(name)
    assert series.plan.crash
    source, init = initramfs.expanded(series.templates, series.plan.crash)
    interface = series.plan.crash.items.folder if series.plan.crash.items else series.plan.crash.file
    assert f'"{interface}"' in source
    assert ("mount -t configfs" in init) == (name == "crash-dm-crypt")
    for words in ('"drop"', "restore", "mkdir("):
        assert (words in source) == (name == "crash-dm-crypt")


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
        ('file = "/sys', 'file = "sys', "checks.toml:8: 'file' = 'sys/kernel/ours' is not a valid path"),
        ('file = "/sys/kernel/ours"', "", "checks.toml:1: the key 'file' is missing"),
        ('forget = "wipe"', "", "checks.toml:1: the key 'forget' is missing"),
        ('"length", "crc"', '"count", "crc"', "checks.toml:6: 'head' is not length, magic, version and at the end crc"),
        ("room = 128", "room = 128, desc_room = 9", "checks.toml:6: 'entry' and 'desc_room' belong together"),
    ],
)
def test_what_it_cannot_say(old: str, new: str, message: str) -> None:
    assert old in TABLE
    with pytest.raises(InputError) as error:
        read(TABLE.replace(old, new))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('reuses = "kept", ', "", "checks.toml:3: the key 'reuses' is missing"),
        (
            '"/sys/kernel/config/ours"',
            '"/sys/../ours dir"',
            "checks.toml:3: 'folder' = '/sys/../ours dir' is not a valid",
        ),
        (
            'message = "the secret"',
            'message = "s"\nfile = "/sys/a"',
            "checks.toml:3: 'file' and 'items' are two interfaces",
        ),
        ('message = "the secret"', 'message = "s"\nforget = "no"', "checks.toml:3: 'forget' and 'items' are two"),
        (
            '["count", "magic"',
            '["length", "magic"',
            "checks.toml:7: 'head' is not count, magic, version and at the end crc",
        ),
        ('["described", "length"]', '["length"]', "checks.toml:11: 'entry' is not described and length"),
        ("desc_room = 64", "", "checks.toml:11: 'entry' and 'desc_room' belong together"),
        ("most = 9", "most = 0", "checks.toml:13: 'most' = 0 must be at least 1"),
    ],
)
def test_what_it_cannot_say_of_items(old: str, new: str, message: str) -> None:
    assert old in ITEMS_TABLE
    with pytest.raises(InputError) as error:
        read(ITEMS_TABLE.replace(old, new))
    assert message in str(error.value)


def test_a_guest_is_of_an_architecture_that_the_table_has() -> None:
    words = ['fragment = "a.config"', 'arch = "arm64"', 'option = "A"', 'parameter = "a"', TABLE]
    with pytest.raises(InputError, match=r"^checks\.toml:2: 'arch' = 'arm64' is not one of x86_64$"):
        Toml("checks.toml", "\n".join(words)).read(CrashForm)
    words[1] = 'arch = "x86_64"'
    assert Toml("checks.toml", "\n".join(words)).read(CrashForm).arch in arch.GUESTS
    assert {*arch.GUESTS} == {*crash.GuestArch}

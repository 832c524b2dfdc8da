# SPDX-License-Identifier: GPL-2.0-only
"""The engine knows no series; the crash test knows what any of them tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchset import default
from patchset.loader import load
from tests import engine
from tests.test_house import ROOT, TRACKED

PATHS = [str(path.relative_to(ROOT)) for path in TRACKED]
SERIES = {str(Path(path).parent) for path in PATHS if path.startswith("patchset/") and path.endswith("/series.toml")}
NAMES = {name for one in SERIES for name in (Path(one).name, Path(one).name.replace("_", "-"))}
ENGINE = [*engine.engine(PATHS, SERIES)]
CRASH = load(default.name()).plan.crash
assert CRASH


def test_the_engines_files_are_found() -> None:
    assert {"checks/vm/complaints.toml", "checks/vm/init/debug.sh", "templates/html/page.html.j2"} <= {*ENGINE}
    assert {"patchset/plan.py", "generator/store.py", "respin/cli.py", "checks/crash/lab.py"} <= {*ENGINE}
    assert {"patchset/schema/checks.json", "action.yml", "Makefile", "scripts/setup", ".ci/run"} <= {*ENGINE}
    assert {"templates/series/checks.toml", "templates/series/cover.txt", "templates/__init__.py"} <= {*ENGINE}
    assert {"patchset/crash_dm_crypt", "patchset/luks_kdump"} == SERIES
    assert not [path for path in ENGINE if path.startswith(("tests/", *SERIES, "templates/c/"))]


@pytest.mark.parametrize("path", [path for path in ENGINE if not path.startswith(engine.CRASH)])
def test_the_engine_says_no_word_of_a_series(path: str) -> None:
    assert engine.words((ROOT / path).read_text(), NAMES) == []


@pytest.mark.parametrize(
    "planted",
    [
        'hint = "e.g. luks-kdump"',
        "# as kdump does",
        '"""The LUKS2 header."""',
        "volume_key = b''",
        "dm-crypt",
        "x = luks",
    ],
)
def test_a_word_of_a_series_is_seen(planted: str) -> None:
    text = (ROOT / "checks/cache.py").read_text()
    assert engine.words(f"{text}\n{planted}\n", NAMES) == [planted]


@pytest.mark.parametrize(
    "path", ["action.yml", "scripts/setup", "templates/series/cover.txt", "templates/html/style.css"]
)
def test_a_word_is_seen_outside_of_python(path: str) -> None:
    assert path in ENGINE
    assert engine.words(f"{(ROOT / path).read_text()}\n# of luks-kdump\n", NAMES) == ["# of luks-kdump"]


def test_a_series_that_is_named_otherwise_is_seen() -> None:
    assert engine.words("a\nload('other-topic')\n", {"other-topic"}) == ["load('other-topic')"]


@pytest.mark.parametrize("path", [path for path in ENGINE if any(Path(path).match(one) for one in engine.TOLD)])
def test_the_crash_test_has_no_fact_of_a_series(path: str) -> None:
    assert CRASH
    assert engine.facts(path, (ROOT / path).read_text(), CRASH) == []


@pytest.mark.parametrize(
    ("planted", "fact"),
    [
        ("# /sys/kernel/crash_luks_volume_key", "crash_luks_volume_key"),
        ('more = "luksvolumekey=0x200000"', "luksvolumekey"),
        ('symbol = "CRASH_LUKS_VOLUME_KEY"', "CRASH_LUKS_VOLUME_KEY"),
        ('HELPER = "luks-guest"', "luks-guest"),
        ("said = \"dmesg | grep -ci 'Volume key'\"", "volume key"),
        ('DESC = "cryptsetup:respin-d0"', "cryptsetup:respin-d0"),
        ('DESC = "cryptsetup:other"', "cryptsetup:"),
        ('places = "a logon key"', "logon"),
        ("MAGIC = 0x59454B56", "1497713494"),
        ("HOUR = 3600", "3600"),
        ("GRACE = 120", "120"),
        ('x = seen.state == "loaded"', "loaded"),
        ("x = \"the file does not say 'saved'\"", "saved"),
        ('x = f"unload && echo none > {file}"', "none"),
        ('x = ("a turn", "available")', "available"),
    ],
)
def test_a_fact_of_a_series_is_seen(planted: str, fact: str) -> None:
    assert CRASH
    path = "checks/crash/scenarios/reload.py"
    assert fact in engine.facts(path, f"{(ROOT / path).read_text()}\n{planted}\n", CRASH)


@pytest.mark.parametrize(("path", "word"), engine.EXCEPT)
def test_an_exception_is_one(path: str, word: str) -> None:
    assert CRASH
    assert word in engine.facts("elsewhere", (ROOT / path).read_text(), CRASH)

# SPDX-License-Identifier: GPL-2.0-only
"""What `make setup` installs: every version is pinned, has its hashes, and is one that pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
LOCK = (ROOT / "requirements.lock").read_text()
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<rest>[^\n]*)$", re.MULTILINE)


def wrong(pyproject: str, lock: str) -> list[str]:
    """Return what pyproject.toml asks for and the lock file does not give, and pins that no hash holds."""
    read = tomllib.loads(pyproject)
    project = read["project"]
    asked = [*read["build-system"]["requires"], *project["dependencies"]]
    asked += [one for extra in project["optional-dependencies"].values() for one in extra]
    pins: dict[str, set[str]] = {}
    for pin in _PIN.finditer(lock):
        pins.setdefault(canonicalize_name(pin["name"]), set()).add(pin["version"])
    found = [
        f"{one}: {', '.join(sorted(versions)) or 'missing'}"
        for one in map(Requirement, asked)
        if one.name != project["name"]
        for versions in [pins.get(canonicalize_name(one.name), set())]
        if not versions or not all(one.specifier.contains(version) for version in versions)
    ]
    entries = re.split(r"\n(?=[\w.-]+==)", lock)[1:]
    return found + [f"no hash: {entry.split()[0]}" for entry in entries if "--hash=sha256:" not in entry]


def test_the_lock_file_gives_what_pyproject_asks_for() -> None:
    assert wrong(PYPROJECT, LOCK) == [], "requirements.lock is stale: run `make lock` and commit it"
    assert len(_PIN.findall(LOCK)) > 60


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"click>=', '"click>=99", "click>=', "click>=99: "),
        ('"rich>=', '"no-such-library>=1", "rich>=', "no-such-library>=1: missing"),
        ('"drgn>=', '"drgn<0.1,>=', "drgn<0.1"),
        ('"hypothesis>=', '"hypothesis>=99", "ruff>=', "hypothesis>=99: "),
        ('requires = ["', 'requires = ["setuptools>=999", "', "setuptools>=999: "),
    ],
)
def test_a_lock_file_that_is_stale_is_told(before: str, after: str, said: str) -> None:
    assert PYPROJECT.count(before) == 1
    (told,) = [one for one in wrong(PYPROJECT.replace(before, after), LOCK) if said.rstrip(": ") in one]
    assert told.startswith(said)


def test_a_pin_without_a_hash_is_told() -> None:
    bare = re.sub(r"^(click==[\d.]+) \\\n(?: +--hash=\S+(?: \\)?\n)+", r"\1\n", LOCK, flags=re.MULTILINE)
    assert [one.partition("==")[0] for one in wrong(PYPROJECT, bare)] == ["no hash: click"]

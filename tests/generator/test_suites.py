# SPDX-License-Identifier: GPL-2.0-only
"""Other suites than the machine's, with stand-ins for apt on PATH."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from generator import suites
from generator.bases import debian
from generator.bases.debian import Package
from patchset.errors import InfrastructureError, InputError
from tests.generator.bases.test_debian import Machine, machine

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["machine"]


def _ignore(text: str) -> None:
    del text


def test_a_series_that_the_machine_does_not_offer_is_found(machine: Machine) -> None:
    machine.suites("bullseye-security 5.10.262-1", "bullseye 5.10.223-1")
    said: list[str] = []
    assert debian.choose("5.10", machine.cache, said.append) == Package("5.10", "5.10.262-1", "bullseye-security")
    assert said == ["fetching the lists of bullseye-security"]
    assert debian.choose("bullseye/5.10", machine.cache, _ignore) == Package("5.10", "5.10.223-1", "bullseye")


def test_lists_are_fetched_once_a_day(machine: Machine) -> None:
    machine.suites("sid 7.2.13-1")
    for _ in range(2):
        assert debian.choose("sid/7.2", machine.cache, _ignore).version == "7.2.13-1"
    assert machine.calls.read_text().count("apt-get update") == 1
    os.utime(machine.cache / "apt/sid/lists", (1, 1))
    debian.choose("sid/7.2", machine.cache, _ignore)
    assert machine.calls.read_text().count("apt-get update") == 2


def test_apt_is_led_into_the_cache(machine: Machine) -> None:
    machine.suites()
    variables = suites.environment("bullseye-security", machine.cache, _ignore)
    folder = machine.cache / "apt/bullseye-security"
    assert variables == {"APT_CONFIG": str(folder / "apt.conf")}
    rows = (folder / "apt.conf").read_text().splitlines()
    assert f'Dir::State::lists "{folder}/lists";' in rows
    assert {f'Dir::Etc::{one} "/dev/null";' for one in ("main", "parts", "sourceparts", "preferencesparts")} <= {*rows}
    assert 'Acquire::Retries "3";' in rows
    assert [row for row in rows if "Languages" in row] == ['Acquire::Languages "none";']
    assert (folder / "sources.list").read_text() == (
        f"deb [signed-by={suites.KEYRING}] http://mirror.example.org/security bullseye-security main\n"
    )


def test_a_whole_version_is_downloaded_from_where_it_is(machine: Machine) -> None:
    machine.tarball()
    machine.suites("bookworm 6.1.190-1")
    repository, commit, _ = debian.imported(Package("6.1", "6.1.190-1"), machine.cache, _ignore)
    assert commit
    assert repository.is_dir()


def test_a_suite_that_is_none(machine: Machine) -> None:
    machine.suites()
    for name in ("a b", "Sid", "../sid", "-sid"):
        with pytest.raises(InputError, match="is not the name of a suite"):
            suites.environment(name, machine.cache, _ignore)
    targets = "Debian|http://mirror.example.org/debian"
    machine.program(
        "apt-get",
        f"[ $1 = indextargets ] && echo '{targets}' && exit\necho \"E: 'x' does not have a Release file.\" >&2; exit 100",
    )
    with pytest.raises(InputError, match="the machine's mirror has no suite nosuch"):
        suites.environment("nosuch", machine.cache, _ignore)


def test_lists_that_cannot_be_fetched(machine: Machine) -> None:
    machine.suites("sid 7.2.13-1")
    suites.environment("sid", machine.cache, _ignore)
    os.utime(machine.cache / "apt/sid/lists", (1, 1))
    broken = (
        "[ $1 = indextargets ] && echo 'Debian|http://mirror.example.org' && exit\necho 'E: no route' >&2; exit 100"
    )
    machine.program("apt-get", broken)
    assert suites.environment("sid", machine.cache, _ignore)  # older ones are there
    with pytest.raises(InfrastructureError, match=r"cannot fetch the lists of trixie: .*no route"):
        suites.environment("trixie", machine.cache, _ignore)


def test_a_machine_without_a_mirror_or_a_key(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine.suites()
    machine.program("apt-get", "exit 0")
    with pytest.raises(InputError, match="the machine's apt knows no mirror of Debian-Security"):
        suites.environment("bullseye-security", machine.cache, _ignore)
    monkeypatch.setattr(suites, "KEYRING", tmp_path / "none.gpg")
    with pytest.raises(InputError, match=r"there is no .*none\.gpg") as caught:
        suites.environment("sid", machine.cache, _ignore)
    assert caught.value.hint == "apt-get install debian-archive-keyring"


def test_a_cache_that_apt_cannot_be_told_of(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="quotation mark"):
        suites.environment("sid", tmp_path / 'a"b', _ignore)
    assert not machine.called("apt-get")

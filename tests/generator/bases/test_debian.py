# SPDX-License-Identifier: GPL-2.0-only
"""Debian's kernel sources, with stand-ins for apt and dpkg on PATH."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from generator import temporary
from generator.bases import debian, find
from generator.bases.debian import Package
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path

MADISON = """\
linux-source-6.1 | 6.1.192-2 | http://security.debian.org bookworm-security/main amd64 Packages
linux-source-6.1 | 6.1.192-2 | http://security.debian.org bookworm-security/main Sources
linux-source-6.1 | 6.1.190-1~x | http://deb.debian.org/debian bookworm/main amd64 Packages
"""
NAME = "linux-source-6.1"
NEWEST = Package("6.1", "6.1.192-2")


class Machine:
    """Programs in a folder that stands first in PATH, each with a log of its calls; and Debian's folders."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.lists, self.sources = folder / "bin", folder / "lists", folder / "src"
        self.cache, self.calls = folder / "cache", folder / "calls"
        for one in (self.bin, self.lists, self.sources):
            one.mkdir()
        self.calls.touch()
        self.program("apt-cache", f'[ "$2" = {NAME} ] && cat <<END\n{MADISON}END\nexit 0')
        self.program("dpkg-query", "exit 1")
        self.program("apt-get", 'echo "E: Unable to locate package" >&2; exit 100')
        self.program("dpkg-deb", f'mkdir -p "$3/usr/src" && cp "$2" "$3/usr/src/{NAME}.tar.xz"')

    def program(self, name: str, script: str) -> None:
        file = self.bin / name
        file.write_text(f'#!/bin/sh\necho {name} "$@" >>"{self.calls}"\n{script}\n')
        file.chmod(0o755)

    def suites(self, *offers: str, missing: str = "E: Unable to locate package") -> None:
        """Let apt know a mirror, and what each suite offers: `SUITE VERSION`; what it says of all else."""
        known = "\n".join(f"{one.split()[0]}) v={one.split()[1]};;" for one in offers)
        ask = f'case "$(cut -d" " -f4 "${{APT_CONFIG%/*}}/sources.list")" in\n{known}\nesac'
        version = f'v=\nif [ -n "$APT_CONFIG" ]; then\n{ask}\nfi'
        self.program("apt-config", "echo 'Acquire::Retries \"3\";'; echo 'Acquire::Languages \"\";'")
        self.program("apt-cache", f'{version}\n[ -z "$v" ] || echo "$2 | $v | here"')
        targets = (
            'printf "Debian|http://mirror.example.org/debian\\nDebian-Security|http://mirror.example.org/security\\n"'
        )
        self.program(
            "apt-get",
            f'{version}\ncase "$1" in\nindextargets) {targets};;\nupdate) touch "${{APT_CONFIG%/*}}/lists/x_Packages";;\n'
            f'download) [ -n "$v" ] || {{ echo "{missing}" >&2; exit 100; }}\n'
            f'cp "{self.sources}/{NAME}.tar.xz" one_all.deb;;\nesac',
        )

    def called(self, name: str) -> int:
        return sum(line.split()[0] == name for line in self.calls.read_text().splitlines())

    def tarball(self) -> Path:
        file = self.sources / f"{NAME}.tar.xz"
        with tarfile.open(file, "w:xz") as archive:
            for path, text in tinykernel.FILES.items():
                member = tarfile.TarInfo(f"{NAME}/{path}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
        return file


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{machine.bin}:{os.environ['PATH']}")
    monkeypatch.setattr(debian, "APT_LISTS", machine.lists)
    monkeypatch.setattr(debian, "INSTALLED", machine.sources)
    return machine


def _ignore(text: str) -> None:
    del text


@pytest.mark.parametrize(
    "version", ["", "six", "/6.1", "6", "6.1.", "6.1.192-", "6.1-rc1", "6.1.192-2 x", "6.1\n", "-6.1"]
)
def test_what_is_no_version(machine: Machine, version: str) -> None:
    with pytest.raises(InputError, match="is not a version of a kernel package"):
        debian.choose(version, machine.cache, _ignore)
    assert not machine.called("apt-cache")


def test_a_series_means_its_newest_version(machine: Machine) -> None:
    assert debian.choose("6.1", machine.cache, _ignore) == NEWEST


def test_a_release_means_its_newest_version(machine: Machine) -> None:
    assert debian.choose("6.1.192", machine.cache, _ignore) == NEWEST
    assert debian.choose("6.1.190", machine.cache, _ignore) == Package("6.1", "6.1.190-1~x")
    machine.suites("bookworm-backports 6.1.19-1")
    with pytest.raises(InputError, match=r"no linux-source-6\.1 of version 6\.1\.19 in bookworm$"):
        debian.choose("bookworm/6.1.19", machine.cache, _ignore)


def test_a_whole_version_means_itself(machine: Machine) -> None:
    assert debian.choose("6.1.7-1~deb12", machine.cache, _ignore) == Package("6.1", "6.1.7-1~deb12")
    assert not machine.called("apt-cache")


def test_a_series_that_apt_does_not_offer(machine: Machine) -> None:
    machine.suites()
    said = r"there is no linux-source-6\.6 in the machine's suites, trixie-backports or sid"
    with pytest.raises(InputError, match=said) as caught:
        debian.choose("6.6", machine.cache, _ignore)
    assert "apt-get update" in caught.value.hint


def test_offers_are_asked_for_again_when_the_lists_change(machine: Machine) -> None:
    expected = ["6.1.192-2", "6.1.190-1~x"]
    assert debian.versions_on_offer("6.1", machine.cache) == expected
    assert debian.versions_on_offer("6.1", machine.cache) == expected
    assert machine.called("apt-cache") == 1
    os.utime(machine.lists, ns=(1, 1))
    assert debian.versions_on_offer("6.1", machine.cache) == expected
    assert machine.called("apt-cache") == 2


def test_a_machine_without_apt(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine.cache))
    assert debian.versions_on_offer("6.1", machine.cache) == []


def test_series_on_offer_are_sorted_as_versions(machine: Machine) -> None:
    machine.program(
        "apt-cache", "printf 'linux-source-6.12\\nlinux-source-6.1\\nlinux-source-6.1-rt\\nlinux-source\\n'"
    )
    assert debian.series_on_offer() == ["6.1", "6.12"]


def test_installed_tarball_is_taken_where_its_version_is_the_same(machine: Machine) -> None:
    machine.tarball()
    machine.program("dpkg-query", "printf 'installed 6.1.192-2'")
    base = find("debian:6.1", machine.cache, _ignore)
    assert (base.name, base.version) == ("debian-6.1.192-2", "6.1.192")
    assert not machine.called("apt-get")
    with base.open() as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"


@pytest.mark.parametrize("state", ["installed 6.1.190-1", "config-files 6.1.192-2"])
def test_another_version_is_downloaded(machine: Machine, state: str) -> None:
    package = machine.tarball()
    machine.program("dpkg-query", f"printf '{state}'")
    machine.program("apt-get", f'[ "$2" = {NAME}=6.1.192-2 ] && cp "{package}" {NAME}_all.deb')
    said: list[str] = []
    repository, commit, _ = debian.imported(NEWEST, machine.cache, said.append)
    assert [one.split()[0] for one in said] == ["downloading", "importing"]
    assert tinykernel.git(repository, "rev-parse", NEWEST.ref) == commit
    assert [one.name for one in repository.parent.iterdir() if one.name.startswith("fetch-")] == []


def test_the_second_time_nothing_is_fetched(machine: Machine) -> None:
    machine.tarball()
    machine.program("dpkg-query", "printf 'installed 6.1.192-2'")
    first = debian.imported(NEWEST, machine.cache, _ignore)
    asked = machine.called("dpkg-query")
    assert debian.imported(NEWEST, machine.cache, _ignore) == first
    assert (machine.called("dpkg-query"), machine.called("apt-get")) == (asked, 0)


def test_what_was_imported_is_known_without_apt(machine: Machine) -> None:
    tilde = Package("6.1", "6.1.190-1~x")
    machine.tarball()
    for one in (tilde, NEWEST):
        machine.program("dpkg-query", f"printf 'installed {one.version}'")
        debian.imported(one, machine.cache, _ignore)
    assert debian.cached(machine.cache) == [NEWEST, tilde]
    machine.program("apt-cache", "exit 0")
    assert debian.choose("6.1", machine.cache, _ignore) == NEWEST


def test_nothing_is_cached_at_first(machine: Machine) -> None:
    assert debian.cached(machine.cache) == []


@pytest.mark.parametrize("said", ["E: Unable to locate package", "E: Version '9' for 'linux-source-6.1' was not found"])
def test_a_version_that_apt_does_not_know(machine: Machine, said: str) -> None:
    machine.suites(missing=said)
    with pytest.raises(InputError, match=r"apt has no linux-source-6\.1=6\.1\.192-2"):
        debian.imported(NEWEST, machine.cache, _ignore)
    assert debian.cached(machine.cache) == []


@pytest.mark.parametrize("script", ["echo 'E: Failed to fetch' >&2; exit 100", "exit 0"])
def test_a_download_that_fails_leaves_nothing(machine: Machine, script: str) -> None:
    machine.program("apt-get", script)
    with pytest.raises(InfrastructureError, match="cannot download linux-source"):
        debian.imported(NEWEST, machine.cache, _ignore)
    assert debian.cached(machine.cache) == []
    assert [one.name for one in (machine.cache / "bases").iterdir()] == ["debian.git"]


def test_a_package_without_the_tarball(machine: Machine) -> None:
    machine.program("apt-get", "touch x.deb")
    machine.program("dpkg-deb", "exit 0")
    with pytest.raises(InfrastructureError, match=r"x\.deb holds no linux-source-6\.1\.tar\.xz"):
        debian.imported(NEWEST, machine.cache, _ignore)


def test_what_a_killed_import_left_goes_with_the_next_one(machine: Machine) -> None:
    machine.tarball()
    machine.program("dpkg-query", "printf 'installed 6.1.192-2'")
    bases = machine.cache / "bases"
    pack = bases / "debian.git" / "objects" / "pack" / "tmp_pack_x"
    room = bases / f"{temporary.PREFIX}x" / "linux-source.deb"
    for one in (pack, room):
        one.parent.mkdir(parents=True)
        one.touch()
    debian.imported(NEWEST, machine.cache, _ignore)
    assert [one.name for one in bases.iterdir()] == ["debian.git"]
    assert not pack.exists()
    pack.touch()
    machine.program("dpkg-query", "printf 'installed 6.1.190-1'")
    debian.imported(Package("6.1", "6.1.190-1"), machine.cache, _ignore)
    assert not pack.exists()


def test_an_import_that_fails_is_made_anew(machine: Machine) -> None:
    file = machine.tarball()
    whole = file.read_bytes()
    machine.program("dpkg-query", "printf 'installed 6.1.192-2'")
    file.write_bytes(whole[:-40])
    with pytest.raises(InfrastructureError):
        debian.imported(NEWEST, machine.cache, _ignore)
    assert debian.cached(machine.cache) == []
    file.write_bytes(whole)
    debian.imported(NEWEST, machine.cache, _ignore)
    assert debian.cached(machine.cache) == [NEWEST]


def test_what_apt_said_is_not_remembered_in_a_cache_that_cannot_be_written_to(machine: Machine) -> None:
    machine.cache.write_text("a file in the way")
    assert debian.versions_on_offer("6.1", machine.cache) == ["6.1.192-2", "6.1.190-1~x"]
    with pytest.raises(InputError, match="the cache folder"):
        find("debian:6.1", machine.cache, _ignore)


def test_no_series_is_on_offer_without_apt(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine.cache))
    assert debian.series_on_offer() == []

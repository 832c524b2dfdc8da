# SPDX-License-Identifier: GPL-2.0-only
"""What guests are made of, and what is left of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from checks.crash import disk, lab
from checks.vm.guest import LostGuestError
from checks.vm.machine import Machine
from tests.checks.crash.made import answer
from tests.checks.made import context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.vm.guest import Answer
    from patchset.plan import Crash


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> lab.Lab:
    (tmp_path / "image").write_text("a disk")
    monkeypatch.setattr(disk, "luks", lambda *_: disk.Luks(tmp_path / "image", b"key"))
    (tmp_path / "run").mkdir()
    return lab.Lab(context(tmp_path), cast("Crash", None), tmp_path / "run")


def test_a_hundred_guests_take_one_disk(made: lab.Lab) -> None:
    for _ in range(3):
        with made.lent_disk() as luks:
            assert luks.image.read_text() == "a disk"
            assert [*made.folder.iterdir()] == [luks.image]
    assert not [*made.folder.iterdir()]


def test_the_disk_of_a_lost_guest_stays(made: lab.Lab) -> None:
    with pytest.raises(LostGuestError), made.lent_disk() as luks:
        raise LostGuestError("lost", b"")
    assert luks.image.is_file()


def test_what_guests_are_made_of_is_asked_for_once_a_run(made: lab.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def luks(*_: object) -> disk.Luks:
        asked.append("luks")
        return disk.Luks(made.folder.parent / "image", b"key")

    monkeypatch.setattr(disk, "luks", luks)
    assert made.fresh_disk().image != made.fresh_disk().image
    assert asked == ["luks"]


class Told:
    """A guest in which every command succeeds."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.told: list[str] = []

    def run(self, command: str, seconds: float) -> Answer:
        del seconds
        self.told.append(command)
        return answer(0)


def test_under_kvm_guests_that_are_alike_boot_each_with_a_disk_of_its_own(
    made: lab.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def guest(_: lab.Lab, machine: Machine) -> Iterator[Told]:
        yield Told(machine)

    monkeypatch.setattr(lab.Lab, "guest", guest)
    first = made.fresh_disk().image
    machine = Machine(Path("k"), Path("i"), "", made.folder / "one", 512, (first,), accelerator="kvm")
    seen = []
    with made.alike(machine, "first command", "second command") as again:
        for _ in range(2):
            with again() as one:
                (own,) = one.machine.disks
                assert own.read_text() == "a disk"
                assert cast("Told", one).told == ["first command", "second command"]
                seen.append((own, one.machine.folder))
    assert len({first, *(disk for disk, _ in seen)}) == 3
    assert len({folder for _, folder in seen}) == 2
    assert [*made.folder.iterdir()] == [first]


def test_parts_of_a_run_share_what_guests_are_made_of(made: lab.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def luks(*_: object) -> disk.Luks:
        asked.append("luks")
        return disk.Luks(made.folder.parent / "image", b"key")

    monkeypatch.setattr(disk, "luks", luks)
    one, other = made.part("one"), made.part("other")
    assert one.fresh_disk().image.parent != other.fresh_disk().image.parent
    assert asked == ["luks"]
    one.pace.measured(40.0)
    assert other.pace.factor == 10.0

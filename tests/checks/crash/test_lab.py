# SPDX-License-Identifier: GPL-2.0-only
"""What guests are made of, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from checks.crash import disk, lab
from checks.vm.guest import LostGuestError
from tests.checks.made import context

if TYPE_CHECKING:
    from pathlib import Path

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

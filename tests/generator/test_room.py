# SPDX-License-Identifier: GPL-2.0-only
"""A place beside where files go: a folder gets all of them, or is as it was."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from generator.room import room_in, telling
from patchset.errors import InfrastructureError, InputError, RespinError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_come_in_when_they_are_delivered_and_not_before(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with room_in(folder) as room:
        made = room.path / "0001-x.patch"
        made.write_text("x")
        assert list(folder.iterdir()) == [room.path]
        assert room.deliver([made]) == [folder / "0001-x.patch"]
    assert [one.name for one in folder.iterdir()] == ["0001-x.patch"]


def test_a_folder_that_was_made_for_nothing_is_gone_and_one_that_was_there_is_not(tmp_path: Path) -> None:
    with room_in(tmp_path / "a" / "b") as room:
        (room.path / "half").write_text("x")
    assert not list(tmp_path.iterdir())
    (tmp_path / "mine").mkdir()
    with room_in(tmp_path / "mine" / "b"):
        pass
    assert not list((tmp_path / "mine").iterdir())


def test_what_others_put_there_meanwhile_stays(tmp_path: Path) -> None:
    with room_in(tmp_path / "a") as room:
        (room.folder / "note").write_text("x")
    assert [one.name for one in (tmp_path / "a").iterdir()] == ["note"]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(InputError, match="cannot write to"), room_in(tmp_path / "a" / "b"):
        raise AssertionError("there is no room")
    assert (tmp_path / "a").read_text() == "x"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write to"), room_in(tmp_path / "new" / ("x" * 300)):
        raise AssertionError("there is no room")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, InfrastructureError), (errno.EDQUOT, InfrastructureError), (errno.EROFS, InputError)],
)
def test_whose_fault_it_is(tmp_path: Path, number: int, kind: type[RespinError]) -> None:
    with pytest.raises(kind, match=f"cannot write to {tmp_path}"), telling(tmp_path):
        raise OSError(number, "no")

# SPDX-License-Identifier: GPL-2.0-only
"""The disk that is kept is one whose Argon2id takes what was asked for."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.crash import disk, xts
from checks.crash import luks as parser
from checks.programs import Programs
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path

LOWERED = """\
{
  "keyslots":{
    "0":{
      "type":"luks2",
      "key_size":64,
      "af":{
        "type":"luks1",
        "stripes":4000,
        "hash":"sha256"
      },
      "area":{
        "type":"raw",
        "offset":"32768",
        "size":"258048",
        "encryption":"aes-xts-plain64",
        "key_size":64
      },
      "kdf":{
        "type":"argon2id",
        "time":4,
        "memory":107520,
        "cpus":2,
        "salt":"jUd3Ri3QQodcjOZtHEKZkqvB3/gbZi8OFrIcq0AbLO8="
      }
    }
  },
  "tokens":{
  },
  "segments":{
    "0":{
      "type":"crypt",
      "offset":"16777216",
      "size":"dynamic",
      "iv_tweak":"0",
      "encryption":"aes-xts-plain64",
      "sector_size":4096
    }
  }
}
"""
"""Of cryptsetup 2.6.1, asked for 1 GiB by --pbkdf-memory=1048576 with 210 MiB of free memory and no swap; exit 0."""
ASKED = LOWERED.replace("107520", "1048576")
MKFS = '#!/bin/sh\n[ "$1" = -V ] && echo "mke2fs 1.47.0"\nexit 0\n'


def test_the_memory_of_a_slot() -> None:
    assert parser.memory(LOWERED, 0) == 107520
    assert parser.memory(ASKED, 0) == disk.ARGON2_KIB
    assert parser.memory(ASKED, 1) == 0
    assert parser.memory("Device d is not a valid LUKS device.", 0) == 0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda deeper: st.lists(deeper)
       | st.dictionaries(st.sampled_from(["keyslots", "0", "kdf", "memory"]), deeper), max_leaves=10))  # fmt: skip
def test_no_json_is_an_exception(value: object) -> None:
    assert parser.memory(json.dumps(value), 0) >= 0


class Fake:
    """A cryptsetup that gives Argon2id what each call of luksFormat finds in the next line of a file."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, gives: list[int]) -> None:
        self.asked = folder / "asked"
        (folder / "gives").write_text("".join(f"{each}\n" for each in gives))
        (folder / "dump").write_text(ASKED)
        script = (
            f'#!/bin/sh\ncd {folder}\necho "$1" >> asked\ncase "$1" in\n'
            "luksFormat) head -n 1 gives > last; sed -i 1d gives;;\n"
            'luksDump) for disk; do :; done; sed "s/1048576/$(cat last)/" dump;;\nesac\n'
        )
        for name, text in (("cryptsetup", script), ("mkfs.ext4", MKFS)):
            (folder / name).write_text(text)
            (folder / name).chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def count(self, command: str) -> int:
        return self.asked.read_text().splitlines().count(command)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk of 1 MiB, and room of 1 MiB to make."""
    monkeypatch.setattr(disk, "PAYLOAD", disk.MIB)
    monkeypatch.setattr(disk, "_ROOM_KIB", 1024)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_slot_with_less_memory_is_made_again_with_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(tmp_path, monkeypatch, [107520, disk.ARGON2_KIB])
    made = disk.luks(tmp_path / "cache", Programs())
    assert made.image.is_file()
    assert (fake.count("luksFormat"), fake.count("luksAddKey")) == (2, 1)
    assert disk.luks(tmp_path / "cache", Programs()) == made
    assert fake.count("luksFormat") == 2


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_slot_that_stays_small_is_an_error_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(tmp_path, monkeypatch, [107520] * 9)
    with pytest.raises(InfrastructureError, match="gives Argon2id 105 MiB in place of 1024"):
        disk.luks(tmp_path / "cache", Programs())
    assert fake.count("luksFormat") == 3
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.usefixtures("small")
def test_no_room_is_made_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(tmp_path, monkeypatch, [107520] * 9)
    (tmp_path / "meminfo").write_text("MemFree: 1 kB\nMemAvailable:        1023 kB\n")
    monkeypatch.setattr(disk, "_MEMINFO", tmp_path / "meminfo")
    with pytest.raises(InfrastructureError) as error:
        disk.luks(tmp_path / "cache", Programs())
    assert error.value.hint == "it takes at most half of the memory that is free: 1 MiB must be"
    assert fake.count("luksFormat") == 1


@pytest.mark.usefixtures("small")
def test_a_disk_that_was_kept_with_less_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Fake(tmp_path, monkeypatch, [disk.ARGON2_KIB, disk.ARGON2_KIB])
    first = disk.luks(tmp_path / "cache", Programs())
    (tmp_path / "last").write_text("107520\n")
    assert disk.luks(tmp_path / "cache", Programs()).key != first.key


def test_what_nobody_has_written_is_not_decrypted(tmp_path: Path) -> None:
    key, at = bytes(range(64)), disk.OFFSET + 8 * disk.MIB
    image, plain = tmp_path / "image", tmp_path / "plain"
    disk.empty(image, disk.OFFSET + 16 * disk.MIB)
    with image.open("r+b") as file:
        file.seek(at)
        file.write(xts.crypt(b"x" * xts.SECTOR, key, encrypt=True, first=8 * disk.MIB // xts.SECTOR))
    disk.Luks(image, key).plain(plain)
    data = plain.read_bytes()
    assert len(data) == 16 * disk.MIB
    assert data[8 * disk.MIB :].startswith(b"x" * xts.SECTOR)
    assert data.count(0) == len(data) - xts.SECTOR


def test_where_a_file_system_has_no_holes_all_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(3 * xts.SECTOR))
    with file.open("rb") as opened:
        monkeypatch.setattr(os, "lseek", lambda _, at, how: at if how == os.SEEK_DATA else 3 * xts.SECTOR)
        assert list(disk.written(opened.fileno(), xts.SECTOR, 3 * xts.SECTOR)) == [(xts.SECTOR, 3 * xts.SECTOR)]

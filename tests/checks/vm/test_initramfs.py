# SPDX-License-Identifier: GPL-2.0-only
"""An archive, read as init/initramfs.c reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from checks.vm.initramfs import CONSOLE, packed

if TYPE_CHECKING:
    from pathlib import Path


class Entry(NamedTuple):
    """What the kernel makes of one record."""

    mode: int
    data: bytes
    device: tuple[int, int]


def unpacked(archive: bytes) -> dict[str, Entry]:
    """Read as do_header(), do_name() and do_copy() do; whoever shares an inode and has two links would be one file."""
    found: dict[str, Entry] = {}
    at = 0
    inodes = set()
    while True:
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * number : at + 14 + 8 * number], 16) for number in range(13)]
        inode, mode, uid, gid, links, _, size, _, _, major, minor, length, _ = fields
        name = archive[at + 110 : at + 110 + length]
        assert name.endswith(b"\0")
        begin = (at + 110 + length + 3) // 4 * 4
        at = (begin + size + 3) // 4 * 4
        if name == b"TRAILER!!!\0":
            assert at == len(archive)
            return found
        assert (uid, gid, links) == (0, 0, 1)
        assert inode not in inodes
        inodes.add(inode)
        text = name.decode().rstrip("\0")
        parent = text.rpartition("/")[0]
        assert not parent or found[parent].mode == 0o040755, "a folder comes before what is in it"
        found[text] = Entry(mode, archive[begin : begin + size], (major, minor))


def test_everything_that_a_guest_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "busybox"
    file.write_bytes(b"\x7fELF\0\1")
    made = packed({"bin/busybox": file, "bin/sh": "busybox", "init": b"#!\n", "dev/console": CONSOLE}, ("proc", "dev"))
    folder = Entry(0o040755, b"", (0, 0))
    assert unpacked(made) == {
        "bin": folder,
        "bin/busybox": Entry(0o100755, b"\x7fELF\0\1", (0, 0)),
        "bin/sh": Entry(0o120777, b"busybox", (0, 0)),
        "dev": folder,
        "dev/console": Entry(0o020600, b"", (5, 1)),
        "init": Entry(0o100755, b"#!\n", (0, 0)),
        "proc": folder,
    }


NAMES = st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9}){0,2}", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=9)))
def test_whatever_is_packed_is_there(content: dict[str, bytes]) -> None:
    leaves = {name: data for name, data in content.items() if not any(one.startswith(f"{name}/") for one in content)}
    found = unpacked(packed(leaves))
    assert {name: entry.data for name, entry in found.items() if entry.mode == 0o100755} == leaves


def test_the_same_content_is_the_same_archive() -> None:
    assert packed({"a": b"1", "b": b"2"}) == packed({"b": b"2", "a": b"1"})

# SPDX-License-Identifier: GPL-2.0-only
"""A guest that is saved and restored, with a program in QEMU's place that says what a monitor says."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.vm import snapshot
from checks.vm.guest import LostGuestError, Pace, boot
from checks.vm.machine import Machine
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QEMU = ("QEMU emulator version 7.2.22",)
FAKE = """
import json, os, socket, sys
fd = os.memfd_create("memory-backend-memfd")
os.ftruncate(fd, 512 << 20)
incoming = "-incoming" in sys.argv
if not incoming:
    os.pwrite(fd, b"left", 4096)
    open("console.log", "a").write("Linux version 6.1\\n")
server = socket.socket(socket.AF_UNIX)
server.bind("qmp")
server.listen()
if not incoming:
    print("@@ready first", flush=True)
client = server.accept()[0]
def say(value):
    client.sendall(json.dumps(value).encode() + b"\\r\\n")
say({"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""}, "capabilities": []}})
while asked := client.recv(4096):
    asked = json.loads(asked)
    open("asked", "a").write(asked["execute"] + "\\n")
    if asked["execute"] == "migrate":
        os.system(asked["arguments"]["uri"].removeprefix("exec:") + " < /dev/null")
    say({"return": {"status": "STATUS"} if asked["execute"] == "query-migrate" else {}, "id": asked.get("id")})
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name in ("kernel", "initramfs", "disk"):
        (tmp_path / name).write_text(name)
    disks = (tmp_path / "disk",)
    return Machine(tmp_path / "kernel", tmp_path / "initramfs", "quiet", tmp_path / "one", 512, disks)


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts the program there, with what it says of a migration."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def write(status: str = "completed") -> None:
        (tmp_path / "qemu-system-x86_64").write_text(f"#!{sys.executable}\n{FAKE.replace('STATUS', status)}")
        (tmp_path / "qemu-system-x86_64").chmod(0o755)

    return write


def test_a_guest_goes_on_where_another_one_was_saved(
    machine: Machine, tmp_path: Path, qemu: Callable[[str], None]
) -> None:
    qemu("completed")
    other = replace(machine, folder=tmp_path / "other", disks=(tmp_path / "another",))
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        with snapshot.saved(guest, QEMU, machine.disks) as state:
            (tmp_path / "disk").write_text("what is written later")
            assert [copy.read_text() for copy in state.disks.values()] == ["disk"]
            with snapshot.restored(state, other, QEMU, Pace(1.0)) as clone:
                assert "-incoming" in clone.machine.argv()
                assert clone.shells == 1
                assert clone.console() == b"Linux version 6.1\n"
                with clone.memory() as memory:
                    assert memory.find([b"left"]) == ((4096,),)
                    memory.write(4096, b"gone")
            assert state.ram.find([b"left"]) == ((4096,),)
    asked = (other.folder / "asked").read_text().split()
    assert asked[:2] == ["qmp_capabilities", "migrate-set-capabilities"]
    assert asked[-1] == "cont"
    assert asked.index("migrate-incoming") < asked.index("query-migrate")


@pytest.mark.parametrize(
    "change",
    [
        lambda machine: replace(machine, command_line="quiet nokaslr"),
        lambda machine: replace(machine, memory_mib=1024),
        lambda machine: replace(machine, cpus=1),
        lambda machine: replace(machine, bounced=True),
        lambda machine: replace(machine, disks=()),
        lambda machine: (machine.kernel.write_text("another kernel"), machine)[1],
        lambda machine: (machine.initramfs.write_text("another initramfs"), machine)[1],
    ],
)
def test_the_state_of_another_machine_is_refused(
    change: Callable[[Machine], Machine], machine: Machine, tmp_path: Path, qemu: Callable[[str], None]
) -> None:
    qemu("completed")
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        with snapshot.saved(guest, QEMU, ()) as state:
            other = replace(change(machine), folder=tmp_path / "other")
            with (
                pytest.raises(InfrastructureError, match="another kernel's"),
                snapshot.restored(state, other, QEMU, Pace(1.0)),
            ):
                pass
            assert not other.folder.exists()


def test_the_state_of_another_qemu_is_refused(machine: Machine, tmp_path: Path, qemu: Callable[[str], None]) -> None:
    qemu("completed")
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        with snapshot.saved(guest, QEMU, ()) as state:
            other = replace(machine, folder=tmp_path / "other")
            newer = ("QEMU emulator version 9.0.0",)
            with (
                pytest.raises(InfrastructureError, match="not restored"),
                snapshot.restored(state, other, newer, Pace(1.0)),
            ):
                pass


def test_where_a_guest_lies_is_no_part_of_what_it_is(machine: Machine, tmp_path: Path) -> None:
    moved = replace(machine, folder=tmp_path / "deep/er", disks=(tmp_path / "elsewhere",))
    assert snapshot.fingerprint(machine, QEMU) == snapshot.fingerprint(moved, QEMU)


def test_a_guest_that_cannot_be_saved_is_lost(machine: Machine, qemu: Callable[[str], None]) -> None:
    qemu("failed")
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        with pytest.raises(LostGuestError, match="it was not saved"), snapshot.saved(guest, QEMU, ()):
            pass

# SPDX-License-Identifier: GPL-2.0-only
"""The edges without a guest: QEMU's command line, deadlines, a memory that is a file, ldd's output, scenario statuses."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.crash import console
from checks.crash.initramfs import libraries
from checks.crash.shell import PANIC
from checks.vm.guest import BOOT_SECONDS, LostGuestError, Pace, boot, tail
from checks.vm.machine import Machine
from checks.vm.memory import GuestMemory
from patchset.errors import InfrastructureError
from tests.checks.crash.made import SHELL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 4096


@pytest.fixture
def ram(tmp_path: Path) -> Iterator[tuple[GuestMemory, int]]:
    """A sparse file of 256 MiB, as a guest's RAM is."""
    fd = os.open(tmp_path / "ram", os.O_RDWR | os.O_CREAT)
    size = 256 * 1024 * 1024
    os.ftruncate(fd, size)
    yield GuestMemory(fd, size), fd
    os.close(fd)


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts a script in the place of QEMU."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def write(script: str) -> None:
        (tmp_path / "qemu-system-x86_64").write_text(script)
        (tmp_path / "qemu-system-x86_64").chmod(0o755)

    return write


def test_memory_is_searched_across_chunks_and_holes(ram: tuple[GuestMemory, int]) -> None:
    memory, _ = ram
    border = 32 * 1024 * 1024
    memory.write(0, bytes(border + PAGE))  # a chunk's border in written memory
    for address in (PAGE, border - 3, 200 * 1024 * 1024):
        memory.write(address, b"pattern")
    assert memory.find([b"pattern", b"absent"]) == ((PAGE, border - 3, 200 * 1024 * 1024), ())
    assert memory.find([b"pattern"], start=border, end=border + PAGE) == ((),)
    assert memory.read(border - 3, 7) == b"pattern"


def test_occurrences_that_overlap_all_count(ram: tuple[GuestMemory, int]) -> None:
    memory, _ = ram
    memory.write(100, b"aaaa")
    assert memory.find([b"aa"]) == ((100, 101, 102),)


def test_a_process_without_such_memory_is_an_error() -> None:
    with pytest.raises(InfrastructureError, match="cannot be opened"), GuestMemory.of(os.getpid(), PAGE):
        pass


def test_deadlines_follow_the_measured_boot() -> None:
    pace = Pace()
    assert pace.deadline(5) == BOOT_SECONDS
    pace.measured(2.0)
    assert (pace.factor, pace.deadline(5)) == (1.0, 5)
    pace.measured(12.0)
    assert (pace.factor, pace.deadline(5)) == (3.0, 15)
    pace.measured(2.0)
    assert pace.factor == 3.0


def test_the_machine_names_no_file_for_its_memory(tmp_path: Path) -> None:
    argv = Machine(Path("k"), Path("i"), "console=ttyS0", tmp_path, 512, (Path("a"), Path("b"))).argv()
    assert "memory-backend-memfd,id=ram,size=512M,share=on" in argv
    assert [word for word in argv if word.startswith("virtio-blk")] == [
        "virtio-blk-pci,drive=d0",
        "virtio-blk-pci,drive=d1",
    ]


def test_names_are_relative_to_the_guests_folder(tmp_path: Path) -> None:
    """QEMU takes a comma for the begin of the next option, and a socket's name has 108 bytes at most."""
    deep = tmp_path / "a,b=c" / ("d" * 100)
    (deep / "guest").mkdir(parents=True)
    (tmp_path / "link").symlink_to(deep)
    machine = Machine(deep / "kernel", tmp_path / "link/packed", "", deep / "guest", 512, (deep / "disk.img",))
    argv = machine.argv()
    assert not [word for word in argv if str(tmp_path) in word]
    assert "if=none,id=d0,format=raw,cache=unsafe,file=../disk.img" in argv
    assert argv[argv.index("-kernel") + 1] == "../kernel"
    assert argv[argv.index("-initrd") + 1] == "../packed"
    assert "unix:qmp,server=on,wait=off" in argv
    assert "file,id=console,path=console.log,append=on" in argv


def test_the_monitor_of_a_deep_folder_answers(tmp_path: Path, qemu: Callable[[str], None]) -> None:
    qemu(f"#!{sys.executable}\n{QMP}")
    folder = tmp_path / ("d" * 100) / "a,b"
    with boot(Machine(Path("k"), Path("i"), "", folder), Pace(1.0)) as guest:
        guest.ready("first")
        assert guest.monitor("query-status") == {"status": "running"}


def test_the_memory_is_given_as_a_reset_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "qemu-system-x86_64"
    fake.write_text(f"#!{sys.executable}\n{ENDS}{QMP}")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with boot(Machine(Path("k"), Path("i"), "", tmp_path / "guest"), Pace(1.0)) as guest:
        guest.ready("first")
        with guest.ended("reboot -f") as memory:
            assert memory.find([b"left"], 0, 8192) == ((4096,),)
            assert guest.monitor("query-status") == {"status": "shutdown"}
        assert guest.monitor("query-status") == {"status": "running"}


ENDS = """
import os
fd = os.memfd_create("memory-backend-memfd")
os.pwrite(fd, b"left", 4096)
"""
QMP = """
import json, socket
server = socket.socket(socket.AF_UNIX)
server.bind("qmp")
server.listen()
print("@@ready first", flush=True)
client = server.accept()[0]
def say(value):
    client.sendall(json.dumps(value).encode() + b"\\r\\n")
say({"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""}, "capabilities": []}})
became = {"set-action": {"shutdown": "shutdown"}, "system_reset": {None: "prelaunch"}, "cont": {None: "running"}}
status = "running"
while asked := client.recv(4096):
    asked = json.loads(asked)
    now = became.get(asked["execute"], {})
    status = now.get(asked.get("arguments", {}).get("reboot"), status)
    say({"return": {"status": status} if asked["execute"] == "query-status" else {}, "id": asked.get("id")})
"""
"""A program that speaks as QEMU's monitor does; each request is one message, without a newline."""


def test_what_a_guest_says_is_kept_as_bytes(tmp_path: Path, qemu: Callable[[str], None]) -> None:
    qemu('#!/bin/sh\necho "@@ready first"\nread -r id x\nprintf "\\352\\200\\n\\n@@end $id 0\\n"\nread -r x\n')
    machine = Machine(Path("k"), Path("i"), "", tmp_path / "guest")
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        answer = guest.run("anything")
        assert (answer.output, answer.lines) == (b"\xea\x80\n\n", ("\ufffd", ""))
        machine.console.write_bytes(b"\xea\x80\r\n")
        assert guest.console() == b"\xea\x80\r\n"


def test_a_shell_whose_kernel_has_no_memory_is_not_waited_for(
    tmp_path: Path, qemu: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.vm.guest.HOPE_SECONDS", 0.2)
    monkeypatch.setattr("checks.vm.guest._LOOK_SECONDS", 0.1)
    qemu('#!/bin/sh\necho "Out of memory: Killed process 1" > console.log\nread -r x\n')
    with boot(Machine(Path("k"), Path("i"), "", tmp_path / "guest"), Pace(1.0)) as guest:
        started = time.monotonic()
        with pytest.raises(LostGuestError, match="the kdump kernel's shell"):
            guest.ready("kdump", 40.0, lambda console: b"Out of memory" in console)
        assert time.monotonic() - started < 20


def test_a_kernel_that_is_short_of_memory_may_still_come_to_its_shell(
    tmp_path: Path, qemu: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.vm.guest._LOOK_SECONDS", 0.1)
    qemu('#!/bin/sh\necho "Out of memory" > console.log\nsleep 1\necho "@@ready kdump"\nread -r x\n')
    with boot(Machine(Path("k"), Path("i"), "", tmp_path / "guest"), Pace(1.0)) as guest:
        guest.ready("kdump", 40.0, lambda console: b"Out of memory" in console)


def test_a_console_for_a_person_is_the_terminal(tmp_path: Path) -> None:
    argv = Machine(Path("k"), Path("i"), console.WORD, tmp_path).argv(terminal=True)
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-serial"] == ["mon:stdio"]
    assert "-qmp" not in argv
    told = console.help_text(SHELL).splitlines()
    assert any(line.strip().startswith("kexec ") and console.WORD in line for line in told)
    assert any(line.strip() == PANIC for line in told)
    assert any(line.strip() == "the-helper kdump /dev/vdb luks tool:disk" for line in told)


def test_a_qemu_that_ends_is_a_lost_guest_and_leaves_nothing(tmp_path: Path, qemu: Callable[[str], None]) -> None:
    qemu('#!/bin/sh\necho "@@ready first 1.0"\nread -r id command\necho out\necho "@@end $id 3"\nread -r x\n')
    machine = Machine(Path("k"), Path("i"), "", tmp_path / "guest")
    with boot(machine, Pace(1.0)) as guest:
        guest.ready("first")
        answer = guest.run("anything")
        assert (answer.code, answer.lines) == (3, ("out",))
        machine.console.write_text("one\n\ntwo\n")
        with pytest.raises(LostGuestError, match="QEMU") as lost:
            guest.run("more")
        assert tail(lost.value.console) == ("one", "two")
    assert not machine.socket.exists()


def test_a_silent_guest_is_lost_in_time(tmp_path: Path, qemu: Callable[[str], None]) -> None:
    qemu("#!/bin/sh\nexec sleep 60\n")
    machine = Machine(Path("k"), Path("i"), "", tmp_path / "guest", slowness=3.0)
    started = time.monotonic()
    with boot(machine, Pace(2.0)) as guest, pytest.raises(LostGuestError, match=r"waited 6\.0-fold"):
        guest.ready("first", 0.05)
    assert time.monotonic() - started >= 0.3


def test_libraries() -> None:
    text = "\tlinux-vdso.so.1 (0x00007f)\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n\t/lib64/ld.so (0x00007f)\n"
    assert libraries(text) == ("/lib/libc.so.6", "/lib64/ld.so")
    assert libraries("\tnot a dynamic executable\n") == ()


def test_tail() -> None:
    assert tail(b"a\r\n\n b \n") == ("a", "b")

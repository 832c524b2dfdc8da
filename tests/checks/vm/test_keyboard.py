# SPDX-License-Identifier: GPL-2.0-only
"""What is typed on a guest's console arrives there, and what is printed is waited for in its order."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from checks.vm import keyboard as module
from checks.vm.guest import LostGuestError, Pace
from checks.vm.keyboard import Keyboard, keyboard
from checks.vm.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.vm.guest import Guest


class Stub:
    """A guest whose console a test writes."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(Path("kernel"), Path("initramfs"), "", folder, typed=True)
        self.pace = Pace(1.0)

    def console(self) -> bytes:
        return self.machine.console.read_bytes()

    def lost(self, message: str) -> LostGuestError:
        return LostGuestError(message, b"")


@pytest.fixture
def guest(tmp_path: Path) -> Stub:
    made = Stub(tmp_path)
    made.machine.console.write_bytes(b"")
    return made


def sit_down(guest: Stub) -> contextlib.AbstractContextManager[Keyboard]:
    return keyboard(cast("Guest", guest))


@contextlib.contextmanager
def listening(guest: Stub) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(guest.machine.keys))
        server.listen()
        yield server


def test_what_is_typed_arrives(guest: Stub) -> None:
    with listening(guest) as server, sit_down(guest) as keys:
        line, _ = server.accept()
        with line:
            keys.type("a phrase")
            assert line.recv(64) == b"a phrase\n"


def test_what_was_waited_for_is_not_found_again(guest: Stub) -> None:
    with listening(guest), sit_down(guest) as keys:
        guest.machine.console.write_bytes(b"unlock: \r\nstarted\r\nunlock: ")
        assert keys.waited("unlock", 1).start() == 0
        assert keys.waited("unlock", 1).start() > 0
        assert keys.shown("unlock") is None


def test_what_is_skipped_was_waited_for(guest: Stub) -> None:
    with listening(guest), sit_down(guest) as keys:
        guest.machine.console.write_bytes(b"Linux\r\n")
        keys.skip()
        assert keys.shown("Linux") is None
        guest.machine.console.write_bytes(b"Linux\r\nLinux")
        assert keys.shown("Linux")


def test_what_does_not_come_is_a_lost_guest(guest: Stub) -> None:
    with listening(guest), sit_down(guest) as keys, pytest.raises(LostGuestError, match="waited for 'unlock'"):
        keys.waited("unlock", 0.1)


def test_a_guest_without_a_console_is_lost(guest: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 0.1)
    with pytest.raises(LostGuestError, match="nobody can type"), sit_down(guest):
        pass


def test_a_console_that_is_typed_on_is_a_file_as_well(guest: Stub) -> None:
    words = " ".join(guest.machine.argv())
    assert "socket,id=console,path=keys,server=on,wait=off,logfile=console.log,logappend=on" in words

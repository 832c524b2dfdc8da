# SPDX-License-Identifier: GPL-2.0-only
"""The console of a guest as a person has it: what is printed there is waited for, and something is typed.

The console stays a file as every guest has one; where a machine is `typed`, a socket beside it takes what is typed.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from typing import TYPE_CHECKING

from checks.vm.guest import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.vm.guest import Guest

_POLL_SECONDS = 0.2
_SIZE = 65536
_CONNECT_SECONDS = 10.0


class Keyboard:
    """What somebody at a guest's console does.

    Attributes:
        guest: whose console it is.
    """

    def __init__(self, guest: Guest, line: socket.socket) -> None:
        self.guest = guest
        self._line = line
        self._read = 0

    def waited(self, pattern: str, seconds: float) -> re.Match[str]:
        """Wait until the console shows something behind what was waited for last; return what matched.

        Raises:
            LostGuestError: it did not come.
        """
        deadline = time.monotonic() + self.guest.pace.deadline(seconds) * self.guest.machine.slowness
        while True:
            if found := self.shown(pattern):
                return found
            if time.monotonic() > deadline:
                raise self.guest.lost(f"waited for '{pattern}' on its console")
            time.sleep(_POLL_SECONDS)

    def shown(self, pattern: str) -> re.Match[str] | None:
        """Return what matches behind what was waited for last, or None."""
        console = text(self.guest.console())
        found = re.compile(pattern).search(console, self._read)
        if found:
            self._read = found.end()
        return found

    def skip(self) -> None:
        """Take what is printed so far for waited for."""
        self._read = len(text(self.guest.console()))

    def type(self, words: str) -> None:
        """Type a line.

        Raises:
            LostGuestError: there is no console any more.
        """
        try:
            self._line.sendall(f"{words}\n".encode())
        except OSError:
            raise self.guest.lost("its console has gone") from None


@contextlib.contextmanager
def keyboard(guest: Guest) -> Iterator[Keyboard]:
    """Sit down at the console of a guest whose machine is `typed`.

    Raises:
        LostGuestError: it has none.
    """
    folder = os.open(guest.machine.folder, os.O_PATH | os.O_CLOEXEC)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, folder)
        line = stack.enter_context(socket.socket(socket.AF_UNIX))
        deadline = time.monotonic() + _CONNECT_SECONDS
        while True:
            try:
                line.connect(f"/proc/self/fd/{folder}/{guest.machine.keys.name}")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise guest.lost("nobody can type on its console") from None
                time.sleep(_POLL_SECONDS)
        reader = threading.Thread(target=_drain, args=(line,), daemon=True)
        reader.start()
        stack.callback(reader.join)
        stack.callback(_hang_up, line)
        yield Keyboard(guest, line)


def _drain(line: socket.socket) -> None:
    """Take what is printed, which is in the file already: QEMU would wait for whoever does not."""
    with contextlib.suppress(OSError):
        while line.recv(_SIZE):
            pass


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)

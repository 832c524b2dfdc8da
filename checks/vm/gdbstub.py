# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's GDB stub, as far as it takes to stop a guest where its kernel comes to a function.

GDB's remote protocol: a packet is `$data#checksum`, and is answered by `+` (GDB's manual, appendix E).
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = 4096
_STOPPED = (b"T", b"S")


class GdbError(Exception):
    """The stub said something else, or nothing in time."""


def packet(data: bytes) -> bytes:
    """Return what goes over the line."""
    return b"$%s#%02x" % (data, sum(data) % 256)


def packets(line: bytes) -> tuple[list[bytes], bytes]:
    """Return the data of the packets that are whole, and what is left."""
    found = []
    while (begin := line.find(b"$")) >= 0 and 0 <= (end := line.find(b"#", begin)) <= len(line) - 3:
        found.append(line[begin + 1 : end])
        line = line[end + 3 :]
    return found, line


class Stub:
    """A connection; the guest stands still as soon as there is one."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._left = b""
        self._packets: list[bytes] = []

    def until(self, address: int) -> None:
        """Let the guest run until a processor comes to an address, and leave it there.

        Raises:
            GdbError: none did in time.
        """
        self._ask(b"Z0,%x,1" % address)
        self._send(b"c")
        if not self._receive().startswith(_STOPPED):
            raise GdbError("the guest did not stop")
        self._ask(b"z0,%x,1" % address)

    def detach(self) -> None:
        """Let the guest run on."""
        self._ask(b"D")

    def _ask(self, data: bytes) -> None:
        self._send(data)
        # QEMU may tell first that it has stopped because somebody connected
        while (said := self._receive()).startswith(_STOPPED):
            pass
        if said != b"OK":
            raise GdbError(f"{data.decode()}: {said.decode('latin-1') or 'not supported'}")

    def _send(self, data: bytes) -> None:
        try:
            self._line.sendall(packet(data))
        except OSError as error:
            raise GdbError(f"it hung up: {error}") from None

    def _receive(self) -> bytes:
        while not self._packets:
            try:
                said = self._line.recv(_SIZE)
            except OSError as error:
                raise GdbError(f"it says nothing: {error}") from None
            if not said:
                raise GdbError("it hung up")
            self._packets, self._left = packets(self._left + said)
        self._send_ack()
        return self._packets.pop(0)

    def _send_ack(self) -> None:
        with contextlib.suppress(OSError):
            self._line.sendall(b"+")


@contextlib.contextmanager
def connected(path: str, seconds: float) -> Iterator[Stub]:
    """Connect to the stub that listens on a socket.

    Raises:
        GdbError: it does not.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        try:
            line.connect(path)
        except OSError as error:
            raise GdbError(str(error)) from None
        yield Stub(line)

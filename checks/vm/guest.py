# SPDX-License-Identifier: GPL-2.0-only
"""One QEMU process: commands to its shell, its monitor, its memory. When the `with` block ends, nothing of it is left.

`boot` gives a guest that is spoken to; `to_end` waits for one that nobody speaks to.

The guest's shell is on its second serial line, which is QEMU's standard input and output; the first one is the kernels'
console, in a file. The RAM is a memfd that is read through /proc: neither a file nor a socket outlives the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from checks.vm import gdbstub
from checks.vm.memory import GuestMemory
from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from checks.vm.machine import Machine

MIB = 1024 * 1024
LIFETIME = 3600.0
"""No guest lives longer, whatever becomes of whoever started it."""
BOOT_SECONDS = 120.0
"""The deadline of a boot whose speed is not known yet; a tiny kernel takes 2 to 5 s under TCG (docs/kernels.md)."""
NOMINAL = 4.0
"""What a boot takes on a machine for which deadlines are what they say, in seconds."""
HOPE_SECONDS = 10.0
"""For how much longer a shell is waited for whose kernel has no memory left."""
_LOOK_SECONDS = 1.0
_QMP_SECONDS = 30.0
_GDB = "gdb"
_POLL_SECONDS = 0.1
_TAIL = 12
_SHOWN = 200


class LostGuestError(InfrastructureError):
    """A guest went silent, or away: nothing was shown, so nothing is proven.

    Attributes:
        console: what its kernels had printed.
    """

    def __init__(self, message: str, console: bytes) -> None:
        super().__init__(message)
        self.console = console


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one command in a guest's shell.

    Attributes:
        command: what was run.
        code: its exit status.
        output: what it wrote, as bytes: a key is not UTF-8.
        seconds: wall time.
    """

    command: str
    code: int
    output: bytes
    seconds: float = 0.0

    @property
    def lines(self) -> tuple[str, ...]:
        """What it wrote, for a person: undecodable bytes are replaced."""
        return tuple(self.output.decode("utf-8", "replace").removesuffix("\n").split("\n")) if self.output else ()

    @property
    def text(self) -> str:
        """All that it wrote."""
        return "\n".join(self.lines)


@dataclass(slots=True)
class Pace:
    """How slow guests are here; every deadline is a multiple of it.

    Attributes:
        factor: 1 or more; None until a boot was measured.
    """

    factor: float | None = None

    def measured(self, seconds: float) -> None:
        """Take a boot's time as the measure; the slowest one counts."""
        self.factor = max(1.0, seconds / NOMINAL, self.factor or 1.0)

    def deadline(self, seconds: float) -> float:
        """Return the deadline of what should take at most so many seconds."""
        return max(seconds * (self.factor or 1.0), seconds if self.factor else BOOT_SECONDS)


class Guest:
    """A running guest; `boot` makes one.

    Attributes:
        machine: how it was started.
        pace: how slow guests are here.
        shells: how many of its kernels have come to their shell.
        silent: True once it was given up: what is on its console may end anywhere.
    """

    def __init__(self, machine: Machine, qemu: subprocess.Popen[bytes], pace: Pace) -> None:
        from qemu.qmp import QMPClient  # noqa: PLC0415 - of an extra: `pip install respin` works without it

        self.machine = machine
        self.pace = pace
        self._qemu = qemu
        self.shells = 0
        self.silent = False
        self._said: queue.Queue[bytes | None] = queue.Queue()
        self._number = 0
        assert qemu.stdin and qemu.stdout  # noqa: S101, PT018 - `group` makes pipes of both
        self._stdin: IO[bytes] = qemu.stdin
        self._reader = threading.Thread(target=self._read, args=(qemu.stdout,), daemon=True)
        self._reader.start()
        self._runner: asyncio.Runner | None = None
        self._monitor = QMPClient("respin")

    def ready(self, kind: str, seconds: float = 40.0, dying: Callable[[bytes], object] | None = None) -> float:
        """Wait until a shell is there, and return how long that took; its init has said of what kind its kernel is.

        Args:
            kind: of which kernel.
            seconds: for how long.
            dying: tells from the console that there is little hope: then it is waited for `HOPE_SECONDS` more at most.

        Raises:
            LostGuestError: it did not come, or another one did.
        """
        started = time.monotonic()
        what = f"the {kind} kernel's shell"
        came = self._until("@@ready ", started + self._deadline(seconds), what, dying=dying)
        words = came.decode("utf-8", "replace").split()
        self.shells += 1
        if words[1:2] != [kind]:
            raise self.lost(f"the shell that came is not the {kind} kernel's but {' '.join(words[1:2])}")
        return time.monotonic() - started

    def run(self, command: str, seconds: float = 20.0) -> Answer:
        """Run a command in the guest's shell.

        Raises:
            LostGuestError: it did not end in time.
        """
        started = time.monotonic()
        number = self._send(command)
        lines: list[bytes] = []
        mark = f"@@end {number} "
        end = self._until(mark, started + self._deadline(seconds), f"`{command[:_SHOWN]}`", lines)
        output = b"".join(b"%s\n" % line for line in lines)
        return Answer(command, int(end.removeprefix(mark.encode())), output, time.monotonic() - started)

    def _deadline(self, seconds: float) -> float:
        return self.pace.deadline(seconds) * self.machine.slowness

    def leave(self, command: str) -> None:
        """Run a command that ends this kernel: what comes next is another one's `ready`."""
        self._send(command)

    def monitor(self, command: str, **arguments: object) -> object:
        """Give the monitor a QMP command and return its answer.

        Raises:
            LostGuestError: the monitor does not answer.
        """
        from qemu.qmp import QMPError  # noqa: PLC0415 - as above

        try:
            if self._runner is None:
                self._runner = asyncio.Runner()
                self._connect(self._runner)
            return self._runner.run(
                asyncio.wait_for(self._monitor.execute(command, dict(arguments) or None), _QMP_SECONDS)
            )
        except (QMPError, OSError, TimeoutError) as error:
            raise self.lost(f"the monitor failed at {command}: {error or type(error).__name__}") from None

    def _connect(self, runner: asyncio.Runner) -> None:
        folder = os.open(self.machine.folder, os.O_PATH | os.O_CLOEXEC)
        try:
            name = f"/proc/self/fd/{folder}/{self.machine.socket.name}"
            runner.run(asyncio.wait_for(self._monitor.connect(name), _QMP_SECONDS))
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def stopped(self, settle: float = 0.0) -> Iterator[GuestMemory]:
        """Stop the guest, once it has had some seconds to settle, and give its memory."""
        time.sleep(settle)
        self.monitor("stop")
        try:
            with self.memory() as memory:
                yield memory
        finally:
            self.monitor("cont")

    def memory(self) -> contextlib.AbstractContextManager[GuestMemory]:
        """Return the memory of a guest that stands still already."""
        return GuestMemory.of(self._qemu.pid, self.machine.memory_mib * MIB)

    @contextlib.contextmanager
    def ended(self, command: str, seconds: float = 30.0) -> Iterator[GuestMemory]:
        """Run a command that resets the machine or turns it off, and give its memory as that left it.

        Then the machine starts anew, with that memory: what comes next is the first kernel's `ready`.

        Raises:
            LostGuestError: it did not come to that.
        """
        self.monitor("set-action", reboot="shutdown", shutdown="pause")
        self._send(command)
        self._becomes("shutdown", seconds, f"the end of the machine after `{command[:_SHOWN]}`")
        with self.memory() as memory:
            yield memory
        self.monitor("set-action", reboot="reset", shutdown="poweroff")
        self.monitor("system_reset")
        self._becomes("prelaunch", seconds, "the reset of the machine")
        self.monitor("cont")

    @contextlib.contextmanager
    def caught(self, command: str, address: int, seconds: float = 30.0) -> Iterator[GuestMemory]:
        """Run a command, and give the guest's memory as it is when its kernel first comes to an address.

        Raises:
            LostGuestError: it did not come to it, or the command did not end.
        """
        self.monitor("human-monitor-command", **{"command-line": f"gdbserver unix:{_GDB},server=on,wait=off"})
        folder = os.open(self.machine.folder, os.O_PATH | os.O_CLOEXEC)
        try:
            with gdbstub.connected(f"/proc/self/fd/{folder}/{_GDB}", self._deadline(seconds)) as stub:
                mark = f"@@end {self._send(command)} "
                stub.until(address)
                with self.memory() as memory:
                    yield memory
                stub.detach()
        except gdbstub.GdbError as error:
            raise self.lost(f"waited for {address:#x} in `{command[:_SHOWN]}`: {error}") from None
        finally:
            os.close(folder)
            (self.machine.folder / _GDB).unlink(missing_ok=True)
        self._until(mark, time.monotonic() + self._deadline(seconds), f"`{command[:_SHOWN]}`")

    def _becomes(self, status: str, seconds: float, what: str) -> None:
        """Wait until the monitor calls the machine's state so."""
        deadline = time.monotonic() + self._deadline(seconds)
        while f"'status': '{status}'" not in str(self.monitor("query-status")):
            if time.monotonic() > deadline:
                raise self.lost(f"waited for {what}")
            time.sleep(_POLL_SECONDS)

    def lost(self, message: str) -> LostGuestError:
        """Return the error that says what was waited for, with what is on the console."""
        process.stopper().check()
        self.silent = True
        return LostGuestError(f"the guest is lost: {message}", self.console())

    def console(self) -> bytes:
        """Return what the kernels have printed so far."""
        with contextlib.suppress(OSError):
            return self.machine.console.read_bytes()
        return b""

    def close(self) -> None:
        """Let go of the monitor; the process is the caller's."""
        if self._runner is not None:
            with contextlib.suppress(Exception):
                self._runner.run(asyncio.wait_for(self._monitor.disconnect(), _QMP_SECONDS))
            self._runner.close()

    def _send(self, command: str) -> int:
        self._number += 1
        try:
            self._stdin.write(f"{self._number} {command}\n".encode())
            self._stdin.flush()
        except OSError:
            raise self.lost("QEMU has ended") from None
        return self._number

    def _until(
        self,
        mark: str,
        deadline: float,
        what: str,
        lines: list[bytes] | None = None,
        dying: Callable[[bytes], object] | None = None,
    ) -> bytes:
        """Return the next line that begins with a mark."""
        while True:
            wait = max(0.0, deadline - time.monotonic())
            try:
                line = self._said.get(timeout=min(wait, _LOOK_SECONDS) if dying else wait)
            except queue.Empty:
                if dying and time.monotonic() < deadline:
                    if dying(self.console()):
                        deadline, dying = min(deadline, time.monotonic() + self._deadline(HOPE_SECONDS)), None
                    continue
                times = (self.pace.factor or 1.0) * self.machine.slowness
                raise self.lost(f"waited {times:.1f}-fold time for {what}") from None
            if line is None:
                raise self.lost(f"QEMU ended before {what}")
            if line.startswith(mark.encode()):
                return line
            if line.startswith(b"@@ready "):
                raise self.lost(f"its shell began anew before {what}")
            if lines is not None:
                lines.append(line)

    def _read(self, stdout: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):  # the pipe is closed when the guest is ended
            for line in stdout:
                self._said.put(line.rstrip(b"\r\n"))
        self._said.put(None)


@contextlib.contextmanager
def boot(machine: Machine, pace: Pace, console: bytes = b"") -> Iterator[Guest]:
    """Start a guest and end it, with all that belongs to it, on the way out.

    Args:
        machine: the guest.
        pace: how slow guests are here.
        console: what its kernel has printed already, where it goes on from another guest's state.
    """
    _prepare(machine)
    machine.console.write_bytes(console)
    with (machine.folder / "qemu.log").open("wb") as log:
        with process.group(machine.argv(), seconds=LIFETIME, cwd=machine.folder, stderr=log) as qemu:
            guest = Guest(machine, qemu, pace)
            try:
                yield guest
            finally:
                guest.close()
        for socket in (machine.socket, machine.observer, machine.keys):
            socket.unlink(missing_ok=True)


def to_end(machine: Machine, seconds: float) -> bool:
    """Run a guest that is alone to its end; its console has what QEMU itself says, too.

    Returns:
        False where it did not come to its end in time, and was stopped.
    """
    _prepare(machine)
    with machine.console.open("wb") as output:
        try:
            process.run(machine.argv(), seconds=seconds, cwd=machine.folder, output=output, check=False)
        except process.DeadlineError:
            return False
    return True


def _prepare(machine: Machine) -> None:
    machine.folder.mkdir(parents=True, exist_ok=True)
    machine.console.unlink(missing_ok=True)


def text(console: bytes) -> str:
    """Return what a console shows a person: undecodable bytes are replaced."""
    return console.decode("utf-8", "replace").replace("\r", "")


def tail(console: bytes) -> tuple[str, ...]:
    """Return the last lines of a console that say something."""
    return tuple(line.strip() for line in text(console).splitlines() if line.strip())[-_TAIL:]

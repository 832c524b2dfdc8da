# SPDX-License-Identifier: GPL-2.0-only
"""One QEMU process: commands to its shell, its monitor, its memory. When the `with` block ends, nothing of it is left.

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

from qemu.qmp import QMPClient, QMPError

from checks.crash.memory import Memory
from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024
LIFETIME = 3600.0
"""No guest lives longer, whatever becomes of whoever started it."""
BOOT_SECONDS = 120.0
"""The deadline of a boot whose speed is not known yet; a tiny kernel takes 2 to 5 s under TCG (GUEST.md)."""
NOMINAL = 4.0
"""What a boot takes on a machine for which deadlines are what they say, in seconds."""
_QMP_SECONDS = 30.0
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


@dataclass(frozen=True, slots=True)
class Machine:
    """A guest as it is started.

    Attributes:
        kernel: the bzImage.
        initramfs: its initramfs.
        command_line: of the kernel.
        folder: where the console and the monitor's socket go.
        memory_mib: its RAM.
        disks: raw images, vda first.
        accelerator: tcg or kvm.
        cpus: how many.
        slowness: how many times longer its first kernel may take for anything than a plain one.
    """

    kernel: Path
    initramfs: Path
    command_line: str
    folder: Path
    memory_mib: int = 2048
    disks: tuple[Path, ...] = ()
    accelerator: str = "tcg"
    cpus: int = 2
    slowness: float = 1.0

    @property
    def console(self) -> Path:
        """What the kernels print."""
        return self.folder / "console.log"

    @property
    def socket(self) -> Path:
        """The monitor's."""
        return self.folder / "qmp"

    def argv(self, *, terminal: bool = False) -> list[str]:
        """Return QEMU's command line; the terminal is the console, or else a file is, beside a shell and a monitor.

        It is run in the guest's folder. There all names are ours: QEMU would take a comma in one for the next option's
        begin, and a socket's name has 108 bytes at most.
        """
        serial = ("mon:stdio",) if terminal else (f"file:{self.console.name}", "stdio")
        drives = [
            word
            for number, disk in enumerate(self.disks)
            for word in (
                *("-drive", f"if=none,id=d{number},format=raw,cache=unsafe,file={self._name(disk)}"),
                *("-device", f"virtio-blk-pci,drive=d{number}"),
            )
        ]
        return [
            "qemu-system-x86_64",
            *("-nodefaults", "-no-user-config", "-display", "none"),
            *("-accel", self.accelerator),
            *("-machine", "pc,memory-backend=ram"),
            *("-object", f"memory-backend-memfd,id=ram,size={self.memory_mib}M,share=on"),
            # one CPU a socket: an MP table, which is all that acpi=off leaves, names no other one of it
            *("-m", f"{self.memory_mib}M", "-smp", f"{self.cpus},sockets={self.cpus}"),
            *("-cpu", "host" if self.accelerator == "kvm" else "max,la57=off"),
            *("-device", "virtio-rng-pci"),
            *(word for where in serial for word in ("-serial", where)),
            *(() if terminal else ("-qmp", f"unix:{self.socket.name},server=on,wait=off")),
            *("-kernel", self._name(self.kernel), "-initrd", self._name(self.initramfs)),
            *("-append", self.command_line),
            *drives,
        ]

    def _name(self, file: Path) -> str:
        return os.path.relpath(file.resolve(), self.folder.resolve())


class Guest:
    """A running guest; `boot` makes one.

    Attributes:
        machine: how it was started.
        pace: how slow guests are here.
        shells: how many of its kernels have come to their shell.
        silent: True once it was given up: what is on its console may end anywhere.
    """

    def __init__(self, machine: Machine, qemu: subprocess.Popen[bytes], pace: Pace) -> None:
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

    def ready(self, kind: str, seconds: float = 40.0) -> float:
        """Wait until the shell of the first or of the kdump kernel is there; return how long that took.

        Raises:
            LostGuestError: it did not come, or another one did.
        """
        started = time.monotonic()
        came = self._until("@@ready ", started + self._deadline(seconds), f"the {kind} kernel's shell")
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
        try:
            if self._runner is None:
                self._runner = asyncio.Runner()
                self._connect(self._runner)
            return self._runner.run(
                asyncio.wait_for(self._monitor.execute(command, dict(arguments) or None), _QMP_SECONDS)
            )
        except (QMPError, OSError, TimeoutError) as error:
            raise self.lost(f"the monitor did not do {command}: {error or type(error).__name__}") from None

    def _connect(self, runner: asyncio.Runner) -> None:
        folder = os.open(self.machine.folder, os.O_PATH | os.O_CLOEXEC)
        try:
            name = f"/proc/self/fd/{folder}/{self.machine.socket.name}"
            runner.run(asyncio.wait_for(self._monitor.connect(name), _QMP_SECONDS))
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def stopped(self, settle: float = 0.0) -> Iterator[Memory]:
        """Stop the guest, once it has had some seconds to settle, and give its memory."""
        time.sleep(settle)
        self.monitor("stop")
        try:
            with Memory.of(self._qemu.pid, self.machine.memory_mib * MIB) as memory:
                yield memory
        finally:
            self.monitor("cont")

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

    def _until(self, mark: str, deadline: float, what: str, lines: list[bytes] | None = None) -> bytes:
        """Return the next line that begins with a mark."""
        while True:
            try:
                line = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
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
def boot(machine: Machine, pace: Pace) -> Iterator[Guest]:
    """Start a guest and end it, with all that belongs to it, on the way out."""
    machine.folder.mkdir(parents=True, exist_ok=True)
    machine.console.unlink(missing_ok=True)
    with (machine.folder / "qemu.log").open("wb") as log:
        with process.group(machine.argv(), seconds=LIFETIME, cwd=machine.folder, stderr=log) as qemu:
            guest = Guest(machine, qemu, pace)
            try:
                yield guest
            finally:
                guest.close()
        machine.socket.unlink(missing_ok=True)


def text(console: bytes) -> str:
    """Return what a console shows a person: undecodable bytes are replaced."""
    return console.decode("utf-8", "replace").replace("\r", "")


def tail(console: bytes) -> tuple[str, ...]:
    """Return the last lines of a console that say something."""
    return tuple(line.strip() for line in text(console).splitlines() if line.strip())[-_TAIL:]

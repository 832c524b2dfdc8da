# SPDX-License-Identifier: GPL-2.0-only
"""The one place where processes are started: no shell, no inherited stdin, a deadline, no survivors.

Each process leads a group of its own. The group is ended when the deadline passes, when the caller is interrupted and
when the leader has gone but left children behind, so that nothing outlives the call.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from patchset.errors import InfrastructureError, InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from generator.watcher import Watcher

PYTHON = (sys.executable, "-P")
"""This program's own interpreter, told to leave the current folder, which may be a stranger's, out of its search."""
GRACE_SECONDS = 3.0
"""How long a process group has between SIGTERM and SIGKILL."""


class Completed(NamedTuple):
    """A process that has ended.

    Attributes:
        argv: the command.
        returncode: as in `subprocess`: negative for a signal.
        stdout: its standard output; empty where it went to a file.
        stderr: its standard error; empty where it went to a file.
        seconds: wall time.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    seconds: float

    @property
    def text(self) -> str:
        """Standard output as text; undecodable bytes are replaced."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def died(self) -> bool:
        """True where git met with something that it cannot go on from, and called it fatal; or was killed."""
        return self.returncode < 0 or b"\nfatal: " in b"\n" + self.stderr

    def why(self) -> str:
        """Say how it ended and its last words, best what git calls fatal: `git ended with 128: fatal: bad object`."""
        how = f"was killed by {_signal(-self.returncode)}" if self.returncode < 0 else f"ended with {self.returncode}"
        lines = (self.stderr or self.stdout).decode("utf-8", "replace").strip().splitlines()
        fatal = [line for line in lines if line.startswith("fatal: ")]
        return f"{self.argv[0]} {how}" + (f": {(fatal or lines)[-1]}" if lines else "")


class DeadlineError(InfrastructureError):
    """A process did not end in time; its whole group was ended."""


class Interrupts:
    """Keeps a signal's exception back while the main thread starts a process, which nobody would end otherwise.

    Attributes:
        latest: what arrived last, or None.
    """

    def __init__(self) -> None:
        self.latest: BaseException | None = None
        self._held = 0
        self._waiting: list[BaseException] = []

    def arrive(self, error: BaseException) -> None:
        """Raise the error in the main thread, now or as soon as nothing is held back; a signal handler calls it."""
        self.latest = error
        if not self._held:
            raise error
        self._waiting.append(error)

    def hold(self) -> None:
        """Keep back what arrives; in other threads nothing ever does."""
        if threading.current_thread() is threading.main_thread():
            self._held += 1

    def release(self) -> None:
        """Let go, and raise what arrived meanwhile."""
        if threading.current_thread() is threading.main_thread():
            self._held -= 1
            if self._waiting and not self._held:
                raise self._waiting.pop()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep back what arrives while something is done that is done wholly or not at all, and takes no time."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    @contextlib.contextmanager
    def let_in(self) -> Iterator[None]:
        """Let go for as long as a block takes, and raise what arrived meanwhile in its place."""
        self.release()
        try:
            yield
        finally:
            self.hold()

    def forget(self) -> None:
        """Forget what arrived and what is held: the run is over."""
        self.latest, self._held, self._waiting = None, 0, []


interrupts = Interrupts()
"""Those of this process: `respin` hands its signals over to it."""


class Stop:
    """Ends, from another thread, the process groups that were started under it, and lets no new one start.

    A thread that waits in `run` cannot be interrupted, its process can: Ctrl-C reaches the main thread alone.

    Attributes:
        parent: the Stop of the surrounding work, which stops this one too; or None.
        watcher: ends the groups where nobody is left who could call `set`; or None.
    """

    def __init__(self, parent: Stop | None = None, watcher: Watcher | None = None) -> None:
        self.parent = parent
        self.watcher = watcher
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._set = False

    def set(self) -> None:
        """End every group; the threads that wait for one get InterruptedRunError."""
        with self._lock:
            self._set = True
            running = tuple(self._running)
        for process in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            _end(process)

    def start(self, popen: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        """Start a process, unless `set` was called."""
        with self._lock:
            self.check()
            process = self.parent.start(popen) if self.parent else popen()
            self._running.add(process)
        return process

    def environment(self) -> dict[str, str]:
        """Return the variables by which what is started is found, whatever becomes of this process."""
        if self.parent:
            return self.parent.environment()
        return self.watcher.environment() if self.watcher else {}

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Let go of a process that has ended."""
        with self._lock:
            self._running.discard(process)
        if self.parent:
            self.parent.forget(process)

    def check(self) -> None:
        """Raise InterruptedRunError once `set` was called, here or further out."""
        if self._set:
            raise InterruptedRunError("stopped: the run was interrupted")
        if self.parent:
            self.parent.check()


_stop: contextvars.ContextVar[Stop | None] = contextvars.ContextVar("stop", default=None)


@contextlib.contextmanager
def under(stop: Stop) -> Iterator[None]:
    """Start the processes of this context (threads that copy it too) under a Stop."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def stopper() -> Stop:
    """Return the Stop of this context, or one that nobody will ever set."""
    return _stop.get() or Stop()


def command_line(argv: Sequence[str], *, cwd: Path | None = None) -> str:
    """Return a line that reproduces a command when it is pasted into a shell."""
    line = shlex.join(argv)
    return f"(cd {shlex.quote(str(cwd))} && {line})" if cwd else line


def run(  # noqa: PLR0913 - the edges of a process are what they are
    argv: Sequence[str],
    *,
    seconds: float,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    output: IO[bytes] | None = None,
    check: bool = True,
) -> Completed:
    """Run a command to its end.

    Args:
        argv: program and arguments; no shell sees them.
        seconds: the deadline, wall time.
        cwd: the folder to run in.
        env: variables that are added to, or replace, the inherited ones; None takes one away.
        stdin: what the process reads; nothing by default.
        output: an open file that takes standard output and standard error, in place of the result.
        check: raise when the process ends with anything but 0.

    Raises:
        InterruptedRunError: the run was stopped meanwhile (see `Stop`).
        InfrastructureError: the program is missing, or failed and `check` is set.
        DeadlineError: it did not end in time.
    """
    started = time.monotonic()
    pipe = output or subprocess.PIPE
    with group(argv, seconds=seconds + GRACE_SECONDS, cwd=cwd, env=env, stdout=pipe, stderr=pipe) as process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise DeadlineError(
                f"{argv[0]} timed out after {seconds:.0f} s",
                hint=f"run it by hand: {command_line(argv, cwd=cwd)}",
            ) from None
    stopper().check()
    done = Completed(tuple(argv), process.returncode, out or b"", err or b"", time.monotonic() - started)
    if check and done.returncode != 0:
        raise failed(done, cwd=cwd)
    return done


def failed(done: Completed, *, cwd: Path | None = None) -> InfrastructureError:
    """Return the error of a process that should have gone well, with its last words and the line that repeats it."""
    return InfrastructureError(done.why(), hint=f"to reproduce: {command_line(done.argv, cwd=cwd)}")


def foreground(argv: Sequence[str], *, cwd: Path | None = None) -> int:
    """Run a command that has the terminal to itself, for as long as whoever sits there wants; return its exit status.

    Args:
        argv: program and arguments.
        cwd: the folder to run in.

    Raises:
        InfrastructureError: the program is missing.
    """
    try:
        return subprocess.run(list(argv), cwd=cwd, check=False).returncode  # noqa: S603 - argv, never a shell
    except OSError as error:
        raise InfrastructureError(f"cannot start {argv[0]}: {error.strerror}") from None


def died(process: subprocess.Popen[bytes]) -> InfrastructureError:
    """Return the error of a process that should have gone on, or gone well, with its last words."""
    words = process.stderr.read() if process.stderr is not None else b""
    argv = [str(one) for one in process.args] if isinstance(process.args, list) else []
    return failed(Completed(tuple(argv), process.wait(), b"", words, 0.0))


@contextlib.contextmanager
def group(  # noqa: PLR0913 - as `run`
    argv: Sequence[str],
    *,
    seconds: float,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdout: IO[bytes] | int = subprocess.PIPE,
    stderr: IO[bytes] | int = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command as the leader of a process group, and end that whole group on the way out.

    When `seconds` have passed it is killed, so that whoever reads its output comes to the end of it.
    """
    stop = stopper()
    interrupts.hold()
    try:
        process = stop.start(
            lambda: subprocess.Popen(  # noqa: S603 - argv, never a shell
                list(argv),
                cwd=cwd,
                env=_merged({**stop.environment(), **(env or {})}),
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        )
    except OSError as error:
        interrupts.release()
        raise InfrastructureError(
            f"cannot start {argv[0]}: {error.strerror}", hint="`respin doctor` tells what is missing"
        ) from None
    except BaseException:
        interrupts.release()
        raise
    timer = threading.Timer(seconds, _kill, (process,))
    timer.daemon = True
    try:
        timer.start()
        interrupts.release()
        yield process
    finally:
        timer.cancel()
        _end(process)
        stop.forget(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _signal(number: int) -> str:
    """Return a signal's name; a real-time one has a number only."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a group whose time is over."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _merged(env: Mapping[str, str | None] | None) -> dict[str, str] | None:
    """Return the inherited variables with some replaced and some taken away."""
    if not env:
        return None
    return {name: value for name, value in {**os.environ, **env}.items() if value is not None}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a process group: first politely, then not."""
    deadline = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        while time.monotonic() < deadline:
            if not _alive(process.pid):
                return
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _alive(pgid: int) -> bool:
    """Tell whether a process group still has members."""
    try:
        os.killpg(pgid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True

# SPDX-License-Identifier: GPL-2.0-only
"""The program in a process of its own, without the time in which Python loads it: a server has, and forks at each call.

What happens while Python starts (a signal, a stream that is closed) is for tests that start it afresh.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from generator.render import render
from tests import fake
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
PACKAGES = ("patchset", "generator", "checks", "respin")
CALL = 1 << 16
"""More bytes than any call has: variables, arguments, a few lines of Python."""
SECONDS = 240


class Server:
    """A Python that has loaded the program and waits to be told what to run."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def run(
        self, argv: Sequence[str], env: Mapping[str, str], *, largest: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Do what `subprocess.run` does with `python -c CODE ARGUMENTS...`.

        Args:
            argv: the interpreter, `-c`, the code, arguments.
            env: all variables.
            largest: no file grows beyond this size, as on a full disk.
        """
        call = {"argv": list(argv[2:]), "env": dict(env), "cwd": str(Path.cwd()), "largest": largest}
        pipes = [os.pipe() for _ in range(2)]
        socket.send_fds(self._link, [json.dumps(call).encode()], [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        with ThreadPoolExecutor() as pool:
            out, err = pool.map(_all, [read for read, _ in pipes])
        return subprocess.CompletedProcess(list(argv), int(self._link.recv(CALL)), out, err)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Start a server, which ends with this context or with this process."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, "-m", "tests.forked", str(its.fileno())]
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, env=known, pass_fds=[its.fileno()], stdout=subprocess.DEVNULL), ours:
        its.close()
        yield Server(ours)


def _all(pipe: int) -> str:
    with open(pipe, encoding="utf-8") as stream:
        return stream.read()


def _serve(link: socket.socket) -> None:
    """Fork for each call; the process that is to do it comes back from here, and ends as any other Python does."""
    while True:
        data, streams, _, _ = socket.recv_fds(link, CALL, 2)
        if not data:
            return
        pid = os.fork()
        if not pid:
            break
        for one in streams:
            os.close(one)
        link.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    link.close()
    for number, one in enumerate(streams, 1):
        os.dup2(one, number)
        os.close(one)
    _become(**json.loads(data))


def _become(argv: list[str], env: dict[str, str], cwd: str, largest: int | None) -> None:
    signal.alarm(SECONDS)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.dont_write_bytecode = True  # under a limit Python leaves modules cut off, and finds them later
    code, *arguments = argv
    sys.argv = ["-c", *arguments]
    try:
        exec(code, {"__name__": "__main__"})  # noqa: S102 - as `python -c`
    except SystemExit as error:
        sys.stdout.flush()
        os._exit(int(error.code or 0))  # to free all that was loaded takes Python longer than the call took


def _load() -> None:
    """Load every module of the program, and what the first rendering of a process loads and compiles."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    files = [path for path in fake.FAKELINUX.rglob("*") if path.is_file()]
    tree = MemoryTree({str(path.relative_to(fake.FAKELINUX)): path.read_bytes() for path in files})
    render(fake.load(), tree, with_tests=True)
    gc.freeze()


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))

# SPDX-License-Identifier: GPL-2.0-only
"""What the programs of this machine are, for the keys of what follows from them."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checks.contract import Tool

PACKAGES = Path("/var/lib/dpkg/status")
"""Where Debian has what is installed: a program says what its libraries are, and these are packages of their own."""
HEARD = ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LD_LIBRARY_PATH", "LD_PRELOAD")
"""The variables with which a program may say something else of its version."""
SETTLED_SECONDS = 2.0
"""How old a file's last change is before it is trusted: one that follows in the same tick of a clock shows nowhere."""
_SECONDS = 20.0


class Answers(Protocol):
    """Keeps answers; see `checks.known.Known`."""

    def read(self, kind: str, *words: str) -> object:
        """Return what was kept of some words, or None."""

    def write(self, kind: str, value: object, *words: str) -> None:
        """Keep what follows from some words."""


class Programs:
    """What was found out of the programs that a run uses, each once: starting and hashing them takes seconds in all.

    Checks ask at the same time, in threads; who comes second waits for the first one's answer.

    Args:
        kept: where an answer outlives the run, see `unchanged`; None where none does.
    """

    def __init__(self, kept: Answers | None = None) -> None:
        self._kept = kept
        self._known: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}
        self._asking: defaultdict[tuple[str, tuple[str, ...]], threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def versions(self, tools: Iterable[Tool]) -> tuple[str, ...]:
        """Return a line about each tool that differs where the tool does: what it says of its version, and what it is.

        A tool that was built anew may say the same, so that its own bytes count. Not its size and time: both may stay
        as they are then, as a package's files have the date of its changelog, and a mere copy has another time.
        """
        return tuple(
            f"{tool.name}: {' '.join(self._of(path, tool.version))}" if (path := tool.find()) else f"{tool.name}: -"
            for tool in tools
        )

    def said(self, tools: Iterable[Tool]) -> dict[str, str]:
        """Return what each tool that is there says of its version, by its name."""
        return {tool.name: self._version(tool, path) for tool in tools if (path := tool.find())}

    def _version(self, tool: Tool, path: str) -> str:
        if not tool.extra:
            return self._of(path, tool.version)[0]
        from importlib import metadata  # noqa: PLC0415 - as in `Tool.find`

        return metadata.version(tool.name)

    def text(self, path: str, arguments: tuple[str, ...]) -> str:
        """Return all that a tool says when it is asked for its version."""
        return self._known_of(path, arguments)[0]

    def _of(self, path: str, arguments: tuple[str, ...]) -> tuple[str, str]:
        """Return what a tool says of its version, and the digest of its bytes."""
        text, digest = self._known_of(path, arguments)
        return _first(text), digest

    def _known_of(self, path: str, arguments: tuple[str, ...]) -> tuple[str, str]:
        with self._lock:
            asking = self._asking[path, arguments]
        with asking:
            if (path, arguments) not in self._known:
                words = unchanged(path) if self._kept else ()
                itself = () if "-c" in arguments else words  # a program of ours asks for more than the version
                text = self._recalled(functools.partial(_said, path, arguments), itself, "says", *arguments)
                self._known[path, arguments] = text, self._recalled(functools.partial(_digest, path), words, "bytes")
            return self._known[path, arguments]

    def _recalled(self, ask: Callable[[], str], words: tuple[str, ...], *what: str) -> str:
        """Return an answer that was kept of the very same file, or ask; without words nothing is kept."""
        if not words or self._kept is None:
            return ask()
        if isinstance(kept := self._kept.read("program", *what, *words), str):
            return kept
        if made := ask():  # else it did not answer in time, or has nothing to say
            self._kept.write("program", made, *what, *words)
        return made


def unchanged(path: str) -> tuple[str, ...]:
    """Return words about a program that are others as soon as it may say or be something else; none where it is asked.

    That is any script, and a link to a program of another name (/usr/lib/ccache/gcc): they start others. Of the rest
    counts which file it is and when the file was changed last. Unlike the time of its content, nobody sets that.
    """
    real = os.path.realpath(path)
    try:
        state = os.stat(real)  # noqa: PTH116 - all of it by one path, without an object
        with open(real, "rb") as file:  # noqa: PTH123
            compiled = file.read(4) == b"\x7fELF"
    except OSError:
        return ()
    own = os.path.basename(path) in os.path.basename(real)  # noqa: PTH119 - gcc is x86_64-linux-gnu-gcc-12
    if not (compiled and own) or time.time() - state.st_ctime < SETTLED_SECONDS:
        return ()
    return (path, real, _state(state), _state(PACKAGES.stat()) if PACKAGES.is_file() else "", *map(_heard, HEARD))


def _state(state: os.stat_result) -> str:
    """Return what changes with a file."""
    return f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"


def _heard(variable: str) -> str:
    return os.environ.get(variable, "")


def said(path: str, arguments: tuple[str, ...]) -> str:
    """Return the first line that a program says of its version; empty where it says none, or is no program."""
    return _first(_said(path, arguments))


def _first(text: str) -> str:
    return text.partition("\n")[0].rstrip()


def _said(path: str, arguments: tuple[str, ...]) -> str:
    if not arguments:
        return ""
    with contextlib.suppress(InfrastructureError):
        done = process.run([path, *arguments], seconds=_SECONDS, cwd=Path("/"), check=False)
        text = done.stdout or (done.stderr if done.returncode == 0 else b"")  # mkfs.ext4 tells it on standard error
        return text.decode("utf-8", "replace").strip()
    return ""


def _digest(path: str) -> str:
    """Return the digest of a file's bytes; of its size and time where they may be executed and not read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        state = Path(path).stat()
        return f"{state.st_size} {state.st_mtime_ns}"

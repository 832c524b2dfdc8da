# SPDX-License-Identifier: GPL-2.0-only
"""What the programs of this machine are, for the keys of what follows from them."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checks.contract import Tool

_SECONDS = 20.0


class Programs:
    """What was found out of the programs that a run uses, each once: starting and hashing them takes seconds in all.

    Checks ask at the same time, in threads; who comes second waits for the first one's answer.
    """

    def __init__(self) -> None:
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

    def _of(self, path: str, arguments: tuple[str, ...]) -> tuple[str, str]:
        """Return what a tool says of its version, and the digest of its bytes."""
        with self._lock:
            asking = self._asking[path, arguments]
        with asking:
            if (path, arguments) not in self._known:
                self._known[path, arguments] = said(path, arguments), _digest(path)
            return self._known[path, arguments]


def said(path: str, arguments: tuple[str, ...]) -> str:
    """Return the first line that a program says of its version; empty where it says none, or is no program."""
    if not arguments:
        return ""
    with contextlib.suppress(InfrastructureError):
        done = process.run([path, *arguments], seconds=_SECONDS, check=False)
        text = done.stdout or (done.stderr if done.returncode == 0 else b"")  # mkfs.ext4 tells it on standard error
        return text.decode("utf-8", "replace").strip().partition("\n")[0].rstrip()
    return ""


def _digest(path: str) -> str:
    """Return the digest of a file's bytes; of its size and time where they may be executed and not read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        state = Path(path).stat()
        return f"{state.st_size} {state.st_mtime_ns}"

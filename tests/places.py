# SPDX-License-Identifier: GPL-2.0-only
"""Finding what is done in one place of the code alone: starting git, starting anything, locking, stopping, guests."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from respin.version import VERSION
from tests.syntax import dotted, nodes, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

GIT, PROCESS, FLOCK, FILELOCK = "starts git", "starts a process", "locks by flock", "locks by filelock"
STOP, FLAG, SIGNAL, NUMBER = (
    "makes a Stop",
    "has a flag that threads wait for",
    "handles signals",
    "says respin's version",
)
ARCH, QEMU, CPIO = "says what an architecture's guest is", "starts QEMU", "makes an initramfs"
PLACES = {
    GIT: {"generator/git.py"},
    PROCESS: {"generator/process.py", "generator/watcher.py"},
    FLOCK: {"generator/lock.py", "generator/temporary.py"},
    FILELOCK: {"checks/kernel/worktree.py"},
    STOP: {
        *("checks/parallel.py", "checks/runner.py", "generator/process.py", "respin/matrix/farm.py"),
        *("respin/matrix/pool.py", "respin/program.py"),
    },
    FLAG: set(),
    SIGNAL: {"respin/__main__.py", "respin/program.py"},
    NUMBER: {"respin/version.py"},
    ARCH: {"checks/kernel/arch.py"},
    QEMU: {"checks/vm/machine.py", "checks/vm/sector.py"},
    CPIO: {"checks/vm/initramfs.py"},
}
"""Where each may be done."""
_MEANS = {
    PROCESS: {
        *(f"subprocess.{name}" for name in ("Popen", "run", "call", "check_call", "check_output", "getoutput")),
        *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "multiprocessing.Process"),
        *(f"os.{name}" for name in ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")),
        *(f"os.{kind}{how}" for kind in ("exec", "spawn") for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    },
    FLOCK: {"fcntl.flock", "fcntl.lockf", "os.lockf"},
    FILELOCK: {"filelock.FileLock", "filelock.SoftFileLock", "filelock.UnixFileLock"},
    STOP: {"process.Stop", "Stop"},
    FLAG: {"threading.Event", "threading.Condition", "asyncio.Event"},
    SIGNAL: {"signal.signal", "signal.set_wakeup_fd", "signal.sigwait"},
}
_GUEST = re.compile(r"qemu-system-|\b(b?z?Image|vmlinuz)\b|\b(tty(S|AMA)|hvc|ttymxc)\d")
"""An emulator, the file that it boots, and a console: another one on each architecture."""
_CPIO = re.compile(r"^0707\d\d|^cpio$|gen_init_cpio")
"""How an archive begins, and what else makes one."""
_TOOL = "Tool"
"""A check's tool has a name and a package, and is started by nobody for that."""


def done(text: str) -> set[str]:
    """Return what of it a module does."""
    module = tree(text)
    names = dict(_imported(module))
    calls = [node for node in nodes(module) if isinstance(node, ast.Call)]
    return {kind for call in calls for kind in _kinds(call, names)} | _words(module) | _guests(module)


def _imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that imports give to something, each with what it is called in full."""
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from ((one.asname, one.name) for one in node.names if one.asname)
        elif isinstance(node, ast.ImportFrom):
            yield from ((one.asname or one.name, f"{node.module}.{one.name}") for one in node.names)


def _kinds(call: ast.Call, names: dict[str, str]) -> Iterator[str]:
    first, dot, rest = dotted(call.func).partition(".")
    called = names.get(first, first) + dot + rest
    short = ".".join(called.split(".")[-2:])  # generator.process.Stop, by whichever way it was imported
    yield from (kind for kind, means in _MEANS.items() if short in means)
    if called.endswith("metadata.version") and call.args and _is(call.args[0], "respin"):
        yield NUMBER


def _words(module: ast.Module) -> set[str]:
    """Tell the name of git, where it is no tool's, and the number of the version."""
    idle = {
        id(word)
        for node in nodes(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _TOOL
        for word in node.args
    }
    words = [node for node in nodes(module) if isinstance(node, ast.Constant) and id(node) not in idle]
    found = {GIT} if any(_is(word, "git") or _is(word, "/usr/bin/git") for word in words) else set()
    return found | ({NUMBER} if any(_is(word, VERSION) for word in words) else set())


def _guests(module: ast.Module) -> set[str]:
    """Tell what is said and done of guests; in sentences for a person, docstrings among them, everything may be named."""
    texts = [node.value for node in nodes(module) if isinstance(node, ast.Constant)]
    words = [one.decode("latin-1") if isinstance(one, bytes) else one for one in texts if isinstance(one, bytes | str)]
    words = [one for one in words if not re.search(r"\s", one)]
    lists = [one for node in nodes(module) if isinstance(node, ast.List | ast.Tuple) for one in node.elts]
    found = {ARCH} if any(_GUEST.search(one) for one in words) else set()
    found |= {CPIO} if any(_CPIO.search(one) for one in words) else set()
    return found | ({QEMU} if any(dotted(one).endswith("qemu.name") for one in lists) else set())


def _is(node: ast.AST, word: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == word

# SPDX-License-Identifier: GPL-2.0-only
"""Git, as respin uses it: plumbing in a clean environment, and files of a commit through `cat-file --batch`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from typing import TYPE_CHECKING

from generator.process import Completed, failed, group, run
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

SECONDS = 300.0
"""The deadline of a git command that does not read a whole kernel."""

NO_OBJECT = "0" * 40

READER = ("cat-file", "--batch", "--follow-symlinks")
"""What answers a GitTree."""

PIPE_BYTES = 1 << 20
"""What a pipe may hold where Linux was not told otherwise."""

KEPT = {
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
}
"""Of git's variables, those that reach it from our caller: where its own parts and its configuration are."""

FIXED = {
    "LC_ALL": "C.UTF-8",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""What git is always told: no prompts, no translations, objects as they are.

With glibc, git keeps the memory of one large file for the next: one `git format-patch` of all five patches takes 60 ms
then, where it took 67 (the lower quartile of 40 times each, in turns).
"""

SETTINGS_OFF = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Leaves the user's and the machine's configuration out."""


def with_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Return variables that give git settings, which count more than those of any file."""
    pairs = [(f"GIT_CONFIG_KEY_{number}", name) for number, name in enumerate(settings)]
    pairs += [(f"GIT_CONFIG_VALUE_{number}", value) for number, value in enumerate(settings.values())]
    return {"GIT_CONFIG_COUNT": str(len(settings)), **dict(pairs)}


def environment() -> dict[str, str | None]:
    """Return the variables git runs with: what else a caller's shell or hook has set for git is taken away.

    That is every variable that begins with GIT_, for there are about a hundred and each version brings more of them:
    GIT_DIR of a hook, GIT_DIFF_OPTS, GIT_EXTERNAL_DIFF, GIT_TEMPLATE_DIR, GIT_LITERAL_PATHSPECS. LANGUAGE, where
    translations are installed, counts in spite of LC_ALL=C.UTF-8.
    """
    taken = dict.fromkeys((name for name in os.environ if name.startswith("GIT_") and name not in KEPT), None)
    return {**taken, "LANGUAGE": None, **FIXED}


def git(
    repository: Path,
    *arguments: str,
    stdin: bytes = b"",
    seconds: float = SECONDS,
    check: bool = True,
    env: Mapping[str, str | None] | None = None,
) -> Completed:
    """Run git on a repository.

    Args:
        repository: a git directory, bare or not, or a work tree.
        arguments: behind `git -C repository`.
        stdin: what git reads.
        seconds: the deadline.
        check: raise when git fails.
        env: further variables: an index, a committer.

    Raises:
        InfrastructureError: git is missing, or failed and `check` is set.
    """
    argv = ["git", "-c", "safe.directory=*", "-C", str(repository), *arguments]
    return run(argv, seconds=seconds, env={**environment(), **SETTINGS_OFF, **(env or {})}, stdin=stdin, check=check)


def line(repository: Path, *arguments: str) -> str:
    """Run git and return its one line of output; empty where git failed."""
    done = git(repository, *arguments, check=False)
    return done.text.strip() if done.returncode == 0 else ""


class GitTree:
    """The files of one commit, read through one `cat-file --batch` that lives as long as the tree is open."""

    def __init__(self, process: subprocess.Popen[bytes], commit: str) -> None:
        self._process = process
        self._commit = commit
        self._asked: list[str] = []
        self._answered: dict[str, bytes | None] = {}

    def expect(self, paths: Sequence[str]) -> None:
        """Ask for files that will be read soon: git looks them up meanwhile. The names must fit a pipe (64 KiB)."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._asked]
        self._ask(*(f"{self._commit}:{path}" for path in fresh))
        self._asked += fresh

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, through links inside the commit, or None where it has no such file."""
        while path in self._asked:
            self._take()
        if path in self._answered:
            return self._answered.pop(path)
        return self._object(f"{self._commit}:{path}", b"blob")

    def date(self) -> int:
        """Return the commit's date in seconds since the epoch."""
        return date_of(self._object(self._commit, b"commit") or b"")

    def _object(self, name: str, kind: bytes) -> bytes | None:
        """Return an object's bytes, or None where there is none of that kind."""
        while self._asked:
            self._take()
        self._ask(name)
        return self._answer(kind)

    def _take(self) -> None:
        """Keep the next file that was expected."""
        self._answered[self._asked.pop(0)] = self._answer(b"blob")

    def _ask(self, *names: str) -> None:
        if self._process.stdin is None:
            raise InfrastructureError("git cat-file has no pipe")
        try:
            self._process.stdin.write("".join(f"{name}\n" for name in names).encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise _unanswered() from None

    def _answer(self, kind: bytes) -> bytes | None:
        """Return the next object that was asked for."""
        if self._process.stdout is None:
            raise InfrastructureError("git cat-file has no pipe")
        header = self._process.stdout.readline().split()
        if not header:
            raise _unanswered()
        if header[-1] == b"missing":  # else it is id, type and size, or what is wrong with a link and a size
            return None
        body = self._process.stdout.read(int(header[-1]))
        if self._process.stdout.read(1) != b"\n":
            raise _unanswered()
        return body if header[1:2] == [kind] else None


def _unanswered() -> InfrastructureError:
    return InfrastructureError("git cat-file ended before it answered")


@contextlib.contextmanager
def open_tree(repository: Path, commit: str) -> Iterator[GitTree]:
    """Open the files of a commit for reading."""
    with begun(repository, *READER) as process:
        widen(process)
        yield GitTree(process, commit)


def widen(process: subprocess.Popen[bytes]) -> None:
    """Let a process's pipes hold more, so that it need not wait for us; a user's pipes may not hold any amount."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


@contextlib.contextmanager
def talk(repository: Path, *arguments: str) -> Iterator[Callable[[Iterable[bytes], int], list[str]]]:
    """Run a git command that is told something and answers in lines, several times over.

    Args:
        repository: as for `git`.
        arguments: as for `git`.

    Yields:
        A function that takes what git is told, in parts, and how many lines it answers, and returns these. What is told
        before the last answer must fit into a pipe, 64 KiB at least, as long as git answers meanwhile.

    Raises:
        InfrastructureError: git ended before it answered, or failed in the end.
    """
    with begun(repository, *arguments) as process:
        widen(process)

        def say(parts: Iterable[bytes], answers: int) -> list[str]:
            if process.stdin is None or process.stdout is None:
                raise InfrastructureError(f"git {arguments[0]} has no pipes")
            try:
                process.stdin.writelines(parts)
                process.stdin.flush()
            except BrokenPipeError:
                raise _ended(process) from None
            lines = [process.stdout.readline() for _ in range(answers)]
            if lines and not lines[-1].endswith(b"\n"):
                raise _ended(process)
            return [one.decode("utf-8", "surrogateescape").rstrip("\n") for one in lines]

        yield say
        if process.stdin is not None:
            process.stdin.close()
        finish(process)


def begun(repository: Path, *arguments: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Start git on a repository and go on; it is ended on the way out of the context."""
    argv = ["git", "-c", "safe.directory=*", "-C", str(repository), *arguments]
    return group(argv, seconds=SECONDS, env=environment() | SETTINGS_OFF)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a git command that has nothing more to read or to say.

    Raises:
        InfrastructureError: it failed.
    """
    if process.wait() != 0:
        raise _ended(process)


def init(repository: Path) -> None:
    """Make an empty bare repository, all of it or nothing, in the place of what may lie there."""
    with temporary(repository.parent) as room:
        git(room, "init", "--quiet", "--bare", "new")
        shutil.rmtree(repository, ignore_errors=True)
        (room / "new").rename(repository)


def sweep(repository: Path) -> None:
    """Remove what a git that was stopped leaves. Nobody else may work in the repository.

    That is half packs, files that keep whole ones from being packed again, crash reports and locks.
    """
    packs = ("objects/pack/tmp_*", "objects/pack/*.keep", "objects/pack/*.lock", "objects/??/tmp_obj_*")
    for pattern in (*packs, "fast_import_crash_*", "refs/*.lock", "packed-refs.lock"):
        for left in repository.glob(pattern):
            left.unlink(missing_ok=True)


def _ended(process: subprocess.Popen[bytes]) -> InfrastructureError:
    """Say how a git command ended that should have gone on, or gone well, with its last words."""
    words = process.stderr.read() if process.stderr is not None else b""
    argv = [str(one) for one in process.args] if isinstance(process.args, list) else []
    return failed(Completed(tuple(argv), process.wait(), b"", words, 0.0))


def date_of(commit: bytes) -> int:
    """Return the date of a commit object in seconds since the epoch; `git show` would read its whole tree for that."""
    found = re.search(rb"^committer .* (\d+) [+-]\d+$", commit.partition(b"\n\n")[0], re.MULTILINE)
    return int(found.group(1)) if found else 0

# SPDX-License-Identifier: GPL-2.0-only
"""Git, as respin uses it: plumbing in a clean environment, and files of a commit through `cat-file --batch`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from typing import TYPE_CHECKING

from generator.process import Completed, command_line, group, run
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

SECONDS = 300.0
"""The deadline of a git command that does not read a whole kernel."""

NO_OBJECT = "0" * 40

PIPE_BYTES = 1 << 20
"""What a pipe may hold where Linux was not told otherwise."""

_INHERITED = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_CONFIG_COUNT"),
    *("GIT_COMMON_DIR", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG_PARAMETERS", "GIT_GRAFT_FILE", "GIT_PREFIX"),
    *("GIT_SHALLOW_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_IMPLICIT_WORK_TREE"),
    "GIT_INTERNAL_SUPER_PREFIX",
)
ENVIRONMENT: dict[str, str | None] = {
    **dict.fromkeys(_INHERITED),
    "LC_ALL": "C.UTF-8",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""What a caller's shell or hook may have set for git is taken away; prompts and translations are off.

With glibc, git keeps the memory of one large file for the next: one `git format-patch` of all five patches takes 60 ms
then, where it took 67 (the lower quartile of 40 times each, in turns).
"""

SETTINGS_OFF = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Leaves the user's and the machine's configuration out."""


def git(  # noqa: PLR0913 - one parameter an edge of the process
    repository: Path,
    *arguments: str,
    stdin: bytes = b"",
    seconds: float = SECONDS,
    check: bool = True,
    settings: bool = False,
    env: Mapping[str, str | None] | None = None,
) -> Completed:
    """Run git on a repository.

    Args:
        repository: a git directory, bare or not, or a work tree.
        arguments: behind `git -C repository`.
        stdin: what git reads.
        seconds: the deadline.
        check: raise when git fails.
        settings: let the user's own configuration count (identity), which else is left out.
        env: further variables: an index, a committer.

    Raises:
        InfrastructureError: git is missing, or failed and `check` is set.
    """
    safe = () if settings else ("-c", "safe.directory=*")
    return run(
        ["git", *safe, "-C", str(repository), *arguments],
        seconds=seconds,
        env={**ENVIRONMENT, **({} if settings else SETTINGS_OFF), **(env or {})},
        stdin=stdin,
        check=check,
    )


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
    with begun(repository, "cat-file", "--batch", "--follow-symlinks") as process:
        _widen(process)
        yield GitTree(process, commit)


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let a process's pipes hold more, so that it need not wait for us; a user's pipes may not hold any amount."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def identity(where: Path) -> str:
    """Return the user's own `Name <mail>` as git knows it from its configuration, or an empty string."""
    done = git(where, "config", "-z", "--get-regexp", r"^user\.(name|email)$", check=False, settings=True)
    known = dict(entry.partition("\n")[::2] for entry in done.text.split("\0"))
    name, mail = known.get("user.name", ""), known.get("user.email", "")
    return f"{name} <{mail}>" if name and mail else ""


def resolve_commit(repository: Path, revision: str) -> str:
    """Return the full id of a commit.

    Raises:
        InputError: the repository has no such revision.
    """
    found = line(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not found:
        raise InputError(
            f"{repository} has no revision '{revision}'", hint=f"`git -C {repository} branch -a` lists branches"
        )
    return found


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
        _widen(process)

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
    return group(argv, seconds=SECONDS, env=ENVIRONMENT | SETTINGS_OFF)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a git command that has nothing more to read or to say.

    Raises:
        InfrastructureError: it failed.
    """
    if process.wait() != 0:
        raise _ended(process)


def sweep(repository: Path) -> None:
    """Remove what a git that was stopped leaves. Nobody else may work in the repository.

    That is half packs, files that keep whole ones from being packed again, crash reports and locks.
    """
    packs = ("objects/pack/tmp_*", "objects/pack/*.keep", "objects/pack/*.lock")
    for pattern in (*packs, "fast_import_crash_*", "refs/*.lock", "packed-refs.lock"):
        for left in repository.glob(pattern):
            left.unlink(missing_ok=True)


def _ended(process: subprocess.Popen[bytes]) -> InfrastructureError:
    """Say how a git command ended that should have gone on, or gone well, with its last words."""
    words = process.stderr.read() if process.stderr is not None else b""
    argv = [str(one) for one in process.args] if isinstance(process.args, list) else []
    done = Completed(tuple(argv), process.wait(), b"", words, 0.0)
    return InfrastructureError(done.why(), hint=f"to reproduce: {command_line(argv)}")


def date_of(commit: bytes) -> int:
    """Return the date of a commit object in seconds since the epoch; `git show` would read its whole tree for that."""
    found = re.search(rb"^committer .* (\d+) [+-]\d+$", commit.partition(b"\n\n")[0], re.MULTILINE)
    return int(found.group(1)) if found else 0

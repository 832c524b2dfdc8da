# SPDX-License-Identifier: GPL-2.0-only
"""How git is started, in a clean environment, and git in a repository of ours: in the cache or in a temporary folder.

Ours is named as the git directory itself. So git looks for none further up, where ours is broken, and does not ask who
owns it: a cache may be another user's. A repository of somebody else is for `generator.theirs`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from generator.objects import READER, GitTree
from generator.process import Completed, died, group, run
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

SECONDS = 300.0
"""The deadline of a git command that does not read a whole kernel."""

NO_OBJECT = "0" * 40
"""Git's null id, which stands for none."""
SHA1, SHA256 = "sha1", "sha256"
"""What git calls the kinds of ids."""

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
}
"""What git is always told: no prompts, no translations, objects as they are."""

SETTINGS_OFF = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.attributesFile",
    "GIT_CONFIG_VALUE_0": os.devnull,
}
"""Leaves the user's and the machine's configuration out, and their attributes: `*.c diff=cpp` changes the @@ lines."""


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


class Call(NamedTuple):
    """How git is started.

    Attributes:
        argv: the command.
        env: what is changed of the variables that our caller has; None takes one away.
    """

    argv: list[str]
    env: dict[str, str | None]


def call(where: Sequence[str], arguments: Sequence[str], env: Mapping[str, str | None]) -> Call:
    """Return how git is started, whosever repository it is: there is no other place that says so.

    Args:
        where: the options that name the repository; none where variables do.
        arguments: behind them.
        env: variables that this kind of repository wants, beside those of `environment`.
    """
    return Call(["git", *where, *arguments], {**environment(), **env})


def ours(repository: Path, *arguments: str, env: Mapping[str, str | None] | None = None) -> Call:
    """Return how git is started on a repository of ours."""
    return call(("-C", str(repository), "--git-dir=."), arguments, {**SETTINGS_OFF, **(env or {})})


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
        repository: a bare git directory of ours.
        arguments: of git.
        stdin: what git reads.
        seconds: the deadline.
        check: raise when git fails.
        env: further variables: an index, a committer.

    Raises:
        InfrastructureError: git is missing, or failed and `check` is set.
    """
    made = ours(repository, *arguments, env=env)
    return run(made.argv, seconds=seconds, env=made.env, stdin=stdin, check=check)


def line(repository: Path, *arguments: str) -> str:
    """Run git and return its one line of output; empty where git failed."""
    done = git(repository, *arguments, check=False)
    return done.text.strip() if done.returncode == 0 else ""


@contextlib.contextmanager
def open_tree(repository: Path, commit: str) -> Iterator[GitTree]:
    """Open the files of a commit for reading."""
    with begun(repository, *READER) as process:
        yield GitTree(process, commit)


@contextlib.contextmanager
def talk(repository: Path, *arguments: str) -> Iterator[Callable[[bytes, int], list[str]]]:
    """Run a git command that is told something and answers in lines, several times over.

    Args:
        repository: as for `git`.
        arguments: as for `git`.

    Yields:
        A function that takes what git is told, and how many lines it answers, and returns these. The answers to what is
        told at once must fit into a pipe, 64 KiB at least.

    Raises:
        InfrastructureError: git ended before it answered, or failed in the end.
    """
    with begun(repository, *arguments) as process:

        def say(told: bytes, answers: int) -> list[str]:
            if process.stdin is None or process.stdout is None:
                raise InfrastructureError(f"cannot open the pipes of git {arguments[0]}")
            try:
                process.stdin.write(told)
                process.stdin.flush()
            except BrokenPipeError:
                raise died(process) from None
            lines = [process.stdout.readline() for _ in range(answers)]
            if lines and not lines[-1].endswith(b"\n"):
                raise died(process)
            return [one.decode("utf-8", "surrogateescape").rstrip("\n") for one in lines]

        yield say
        if process.stdin is not None:
            process.stdin.close()
        finish(process)


def begun(repository: Path, *arguments: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Start git on a repository and go on; it is ended on the way out of the context."""
    made = ours(repository, *arguments)
    return group(made.argv, seconds=SECONDS, env=made.env)


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a git command that has nothing more to read or to say.

    Raises:
        InfrastructureError: it failed.
    """
    if process.wait() != 0:
        raise died(process)


def as_respin(date: str) -> dict[str, str]:
    """Return the variables of a commit that nobody made but respin, with a date in git's own words."""
    who = {"NAME": "respin", "EMAIL": "respin@localhost", "DATE": date}
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}


def kind_of(sha: str) -> str:
    """Return the kind of a full id."""
    return SHA1 if len(sha) <= len(NO_OBJECT) else SHA256


def null(sha: str) -> str:
    """Return the null id of an id's kind."""
    return "0" * len(sha)


def init(repository: Path, kind: str = SHA1) -> None:
    """Make an empty bare repository, all of it or nothing, in the place of what may lie there."""
    with temporary(repository.parent) as room:
        (room / "new").mkdir()
        git(room / "new", "init", "--quiet", "--bare", "--template=", f"--object-format={kind}")
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

# SPDX-License-Identifier: GPL-2.0-only
"""Git in a repository that is the user's, or a stranger's: what its configuration names may be a program.

Whose repositories are read is for git and the user to decide (`safe.directory`), so his own configuration counts here.
No hook, no file system monitor and no signature program is started, and what a partial clone lacks is not fetched.
Other programs (filters, diff and merge drivers, pagers) stand in the way of commands that make diffs, write files or
talk to remotes: those run in a repository of our own that borrows the objects (`generator.store.borrow`), and has
none of these settings. Here names are looked up, objects read, and a ref moved.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from generator.git import SECONDS, Call, call, with_settings
from generator.objects import READER, GitTree
from generator.process import Completed, DeadlineError, failed, group, run
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_PROGRAM = {"core.fsmonitor": "false", "log.showSignature": "false"}
NO_HOOK = {"core.hooksPath": os.devnull}
NO_FETCH = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}
"""git 2.45 and Debian's 2.39.5 know the first; the second stops the fetch of an older one before it reaches anybody."""

LOOK_SECONDS = 30.0
"""The deadline of a command that reads the configuration and a name or two, on whatever disk."""
_LOOKS = frozenset({"rev-parse", "config", "symbolic-ref", "check-ref-format"})

_PARTS, _ENOUGH = ("HEAD", "objects", "refs"), 2
"""What every git directory has, and how much of it makes one, even if a broken one."""
_DAMAGE = ("error: ", "fatal: loose object", "fatal: packed object", "warning: ignoring broken ref")
"""What git says first where a name stands for something that it cannot read."""


def git(
    repository: Path,
    *arguments: str,
    stdin: bytes = b"",
    check: bool = True,
    hooks: bool = False,
    env: Mapping[str, str | None] | None = None,
) -> Completed:
    """Run git on a repository that is not ours.

    Args:
        repository: a git directory, bare or not, or a work tree.
        arguments: behind `git -C repository`.
        stdin: what git reads.
        check: raise when git fails.
        hooks: let the repository's hooks run, as they do when the user himself moves a ref.
        env: further variables.

    Raises:
        InputError: it belongs to somebody whom git does not trust, whatever `check` is.
        InfrastructureError: git is missing, or failed and `check` is set.
    """
    made = _call(repository, *arguments, hooks=hooks, env=env)
    looks = arguments[0] in _LOOKS
    seconds = LOOK_SECONDS if looks else SECONDS
    try:
        done = run(made.argv, seconds=seconds, env=made.env, stdin=stdin, check=False)
    except DeadlineError as error:
        why = "a file that its configuration includes may be a pipe; " if looks else ""
        raise DeadlineError(f"{error.message}, in {repository}", hint=f"{why}{error.hint}") from None
    _refuse(done)
    if check and done.returncode != 0:
        raise failed(done)
    return done


def line(repository: Path, *arguments: str) -> str:
    """Run git and return its one line of output; empty where git failed.

    Raises:
        InputError: the repository belongs to somebody whom git does not trust.
    """
    done = git(repository, *arguments, check=False)
    return done.text.strip() if done.returncode == 0 else ""


@contextlib.contextmanager
def open_tree(repository: Path, commit: str) -> Iterator[GitTree]:
    """Open the files of a commit for reading."""
    made = _call(repository, *READER)
    with group(made.argv, seconds=SECONDS, env=made.env) as process:
        yield GitTree(process, commit)


def identity(where: Path) -> str:
    """Return the user's own `Name <mail>` as git knows it from its configuration, or an empty string."""
    done = git(where, "config", "-z", "--get-regexp", r"^user\.(name|email)$", check=False)
    known = dict(entry.partition("\n")[::2] for entry in done.text.split("\0"))
    name, mail = known.get("user.name", ""), known.get("user.email", "")
    return f"{name} <{mail}>" if name and mail else ""


def holds_repository(folder: Path) -> bool:
    """Tell whether a folder has a .git or is laid out as a git directory, without asking git what it is worth."""
    return os.path.lexists(folder / ".git") or sum((folder / part).exists() for part in _PARTS) >= _ENOUGH


def is_repository(folder: Path) -> bool:
    """Tell a repository, by its work tree's top or its git directory, from a plain directory, which may lie in one.

    Raises:
        InputError: it is a repository whose owner git does not trust.
        InfrastructureError: it has a .git, or is laid out like one, and git cannot use it.
    """
    if not holds_repository(folder):
        return False
    dot = folder / ".git"
    asked = git(folder, "rev-parse", "--absolute-git-dir", check=False)
    found = Path(os.fsdecode(asked.stdout.removesuffix(b"\n")))
    if asked.returncode == 0 and (dot.is_file() or found in {dot.resolve(), folder.resolve()}):
        return True
    if asked.returncode == 0:  # git took no notice of what is here, and found a repository further up
        asked = git(folder, "--git-dir", str(dot if os.path.lexists(dot) else folder), "rev-parse", check=False)
    hint = "mend the repository; or remove what is left of it, and the files are a plain directory"
    raise InfrastructureError(f"{folder} holds a repository that git cannot use: {asked.why()}", hint=hint)


def above(folder: Path) -> Path | None:
    """Return the repository that a folder is in: its top folder, or the git directory of a bare one; or None.

    Raises:
        InputError: it belongs to somebody whom the user has not told git to trust.
        InfrastructureError: git cannot use it.
    """
    try:
        here = folder.resolve()
    except FileNotFoundError:  # the current folder is gone
        return None
    is_repository(here)  # refuses one that git would pass by, to find another further up
    for ask in ("--show-toplevel", "--absolute-git-dir"):
        done = git(folder, "rev-parse", ask, check=False)
        if done.returncode == 0:
            return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    for one in here.parents:
        is_repository(one)
    return None


def resolve_commit(repository: Path, revision: str) -> str:
    """Return the full id of a commit.

    Raises:
        InputError: the repository has no such revision.
        InfrastructureError: it has, and lacks the commit, or is damaged.
    """
    asked = ("rev-parse", "--verify", "--end-of-options")
    done = git(repository, *asked, f"{revision}^{{commit}}", check=False)
    if done.returncode == 0:
        return done.text.strip()
    hint = f"`git -C {repository} fsck` tells what is damaged"
    said = [row for row in done.stderr.decode("utf-8", "replace").splitlines() if row.startswith(_DAMAGE)]
    if said and "expected commit type" not in said[0]:
        raise InfrastructureError(f"{repository} cannot tell what '{revision}' is: {said[0]}", hint=hint)
    named = line(repository, *asked, revision)
    if named not in {"", revision.lower()} and not present(repository, named):
        raise InfrastructureError(f"{repository} lacks object {named}, which is '{revision}'", hint=hint)
    hint = f"`git -C {repository} branch -a` lists branches"
    raise InputError(f"{repository} has no revision '{revision}'", hint=hint)


def present(repository: Path, sha: str) -> bool:
    """Tell whether a repository has an object."""
    return git(repository, "cat-file", "-e", sha, check=False).returncode == 0


def _call(repository: Path, *arguments: str, hooks: bool = False, env: Mapping[str, str | None] | None = None) -> Call:
    settings = NO_PROGRAM if hooks else NO_PROGRAM | NO_HOOK
    return call(("-C", str(repository)), arguments, {**with_settings(settings), **NO_FETCH, **(env or {})})


def _refuse(done: Completed) -> None:
    """Tell of a repository of another owner as git does: with the command that makes it trusted."""
    if done.returncode == 0 or b"detected dubious ownership" not in done.stderr:
        return
    said = done.stderr.decode("utf-8", "replace").splitlines()
    what = next(row.removeprefix("fatal: ") for row in said if "detected dubious ownership" in row)
    how = next((row.strip() for row in said if row.strip().startswith("git config ")), "")
    raise InputError(f"git: {what}", hint=f"if you trust it: {how}" if how else "")

# SPDX-License-Identifier: GPL-2.0-only
"""What the words for a base mean: a folder or a repository, and a revision of it.

In this order: a path that exists; PATH@REV; @REV or REV of the current repository, the one that the current folder is
in. Behind a REV may stand a folder of it, REV:FOLDER. What would have to be fetched first is refused by name.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import NamedTuple

from generator.subfolder import split
from generator.theirs import above, git, line
from patchset.errors import InfrastructureError, InputError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[^\s/@:]+@[^\s/@:]+:")
"""`https://host/path`, and `user@host:path` as git and scp write it."""
_GITS_OWN = frozenset({"@", "@{", "@~", "@^"})
"""How words begin in which git itself knows what the @ means: HEAD, @~3, @{-1}, @{u}."""
_DISTRIBUTION = re.compile(r"([A-Za-z][\w.+-]*):")


class NoBaseError(InputError):
    """Words that mean nothing that is here; whoever knows all kinds of bases says what could be written instead."""


class Named(NamedTuple):
    """What a base's words mean.

    Attributes:
        folder: a repository or a plain directory.
        revision: of the repository, and a folder of it, `REV:FOLDER`; empty where none was given.
    """

    folder: Path
    revision: str


def named(words: str) -> Named:
    """Find out what is meant.

    Raises:
        NoBaseError: nothing that is here, or what respin cannot fetch.
        InputError: there is no such revision.
    """
    if not words:  # most often a variable of a shell that is not set
        raise NoBaseError("the base is empty")
    if _exists(words):
        return Named(Path(words), "")
    path, at, revision = words.rpartition("@")
    if at and not _exists(path) and "@" in path:  # REV may hold an @ itself: v6.1@{1}
        path, _, revision = words.partition("@")
    if path and at and _exists(path):
        return Named(Path(path), f"@{revision}" if revision.startswith("{") else revision)
    _refuse_url(words)
    if words.startswith(("/", ".", "~")):
        raise NoBaseError(f"there is no folder {path or words}")
    here = repository_here()
    revision = words if words[:2] in _GITS_OWN else words.removeprefix("@")
    for one in dict.fromkeys((revision, words)):
        if here and _is_commit(here, split(one).revision):
            return Named(here, one)
    _refuse_distribution(words)
    if here is None:
        if words.startswith("@"):
            raise InputError(f"{words} is a revision, and the current folder is not in a git repository")
        raise NoBaseError(f"there is no folder {path or words}")
    import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

    revision, _ = split(revision)
    near = difflib.get_close_matches(revision, revisions(here), n=1)
    none = "" if words.startswith("@") else f"there is no folder {words}, and "
    told = f"{none}{here} has no revision '{revision}'"
    raise InputError(told, hint=f"did you mean {near[0]}?") if near else NoBaseError(told)


def instead(words: str) -> str:
    """Return what to write where a folder was found and a revision of the same name may be meant; else nothing."""
    here = None
    with contextlib.suppress(InfrastructureError):  # the one that is here cannot be used, and nothing was asked of it
        here = repository_here() if _exists(words) else None
    return f".@{words}" if here and _is_commit(here, words) else ""


def repository_here() -> Path | None:
    """Return the top of the current repository, or the git directory of a bare one."""
    return above(Path())


def revisions(repository: Path) -> list[str]:
    """Return the branches and tags of a repository, the newest first."""
    what = ("refs/heads", "refs/remotes", "refs/tags")
    done = git(repository, "for-each-ref", "--sort=-creatordate", "--format=%(refname)", *what, check=False)
    return [one.split("/", 2)[2] for one in done.text.splitlines()]


def _is_commit(repository: Path, revision: str) -> bool:
    return bool(line(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))


def _refuse_url(words: str) -> None:
    if _URL.match(words):
        hint = "clone it with git, and give its PATH[@REV]"
        raise InputError(f"'{words}' is a URL, and respin does not fetch repositories", hint=hint)


def _refuse_distribution(words: str) -> None:
    """Refuse a distribution that respin cannot fetch kernels of."""
    if found := _DISTRIBUTION.match(words):
        hint = "any other kernel is cloned or unpacked first"
        raise NoBaseError(f"respin knows no distribution '{found[1]}', and there is no folder {words}", hint=hint)


def _exists(path: str) -> bool:
    """Tell whether a path exists; one that cannot even be asked for does not."""
    try:
        return Path(path).exists()
    except OSError:
        return False

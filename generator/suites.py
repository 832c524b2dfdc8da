# SPDX-License-Identifier: GPL-2.0-only
"""Suites of Debian that are not the machine's: apt with lists and settings of its own in the cache.

`debian:SUITE/VERSION` names one; a series that the machine's apt does not offer is looked for where it may be. Nothing
of the machine's apt is changed: apt reads one file of ours (APT_CONFIG), which leads every folder that it writes to
into the cache. How things are fetched (`Acquire`) is copied from the machine's settings; the rest of them is not read,
since some machines hang programs on every update (`APT::Update::Post-Invoke`). The mirror is the machine's own.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.lock import locked
from generator.process import run
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Of the package debian-archive-keyring: the keys of every suite that is still served."""
RELEASES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie"}
"""The release that each kernel series of Debian came with."""
NEWER = ("trixie-backports", "sid")
"""Where all other series are, if anywhere."""
UPDATE_SECONDS = 600.0
FRESH_SECONDS = 86400.0
"""How old lists may be before they are fetched again."""

_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_TARGETS = "$(LABEL)|$(REPO_URI)"


def having(series: str) -> tuple[str, ...]:
    """Return the suites in which a kernel series may be, the likeliest first."""
    release = RELEASES.get(series)
    return (f"{release}-security", release) if release else NEWER


def environment(suite: str, cache: Path, say: Callable[[str], None]) -> Mapping[str, str]:
    """Return the variables with which apt-cache and apt-get know a suite; its lists are at most a day old.

    Args:
        suite: its name, e.g. bullseye-security.
        cache: respin's cache folder.
        say: takes the line that tells what is being waited for.

    Raises:
        InputError: there is no such suite, or the machine has no key or no mirror of Debian.
        InfrastructureError: the lists cannot be fetched, and there are no older ones.
    """
    if not _NAME.fullmatch(suite):
        raise InputError(f"'{suite}' is not the name of a suite", hint="e.g. debian:bullseye-security/5.10")
    folder = (cache / "apt" / suite).absolute()
    if '"' in str(folder) or not str(folder).isprintable():
        raise InputError(f"apt cannot be told of a folder with a quotation mark: {cache}", hint="use another --cache")
    variables = {"APT_CONFIG": str(folder / "apt.conf")}
    with locked(cache, f"apt {suite}", say):
        lists = folder / "lists"
        if not (_age(lists) < FRESH_SECONDS and _packages(lists)):
            _write(folder, suite)
            say(f"fetching the lists of {suite}")
            _update(suite, lists, variables)
    return variables


def _age(lists: Path) -> float:
    """Return the seconds since some lists were fetched; a long time where there are none."""
    return time.time() - (lists.stat().st_mtime if lists.is_dir() else 0)


def _packages(lists: Path) -> bool:
    return lists.is_dir() and any(lists.glob("*_Packages*"))


def _update(suite: str, lists: Path, variables: Mapping[str, str]) -> None:
    done = run(["apt-get", "update", "--quiet"], seconds=UPDATE_SECONDS, env=variables, check=False)
    if done.returncode == 0 and _packages(lists):
        os.utime(lists)
    elif "does not have a Release file" in done.stderr.decode("utf-8", "replace"):
        raise InputError(f"the machine's mirror has no suite {suite}", hint="e.g. bullseye-security, trixie, sid")
    elif not _packages(lists):
        raise InfrastructureError(f"cannot fetch the lists of {suite}: {done.why()}")


def _write(folder: Path, suite: str) -> None:
    """Write what apt is to read."""
    if not KEYRING.is_file():
        raise InputError(f"there is no {KEYRING}", hint="apt-get install debian-archive-keyring")
    for one in ("lists/partial", "archives/partial"):
        (folder / one).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror(suite)} {suite} main\n", "utf-8")
    ours = {
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",
    }
    how = run(["apt-config", "dump", "--no-empty", "Acquire"], seconds=UPDATE_SECONDS).text.splitlines()
    kept = [row for row in how if not row.startswith(("Acquire::Languages", "Acquire::IndexTargets"))]
    lines = [*(f'{key} "{value}";' for key, value in ours.items()), *kept, 'Acquire::Languages "none";']
    (folder / "apt.conf").write_text("\n".join([*lines, ""]), "utf-8")


def _mirror(suite: str) -> str:
    """Return where the machine fetches Debian from; security updates have a place of their own."""
    wanted = "Debian-Security" if suite.endswith("-security") else "Debian"
    argv = ["apt-get", "indextargets", "--format", _TARGETS, "Created-By: Packages"]
    rows = run(argv, seconds=UPDATE_SECONDS, check=False).text.splitlines()
    known = [row.partition("|")[2] for row in rows if row.partition("|")[0] == wanted]
    if not known:
        hint = "run `apt-get update`; a machine of another distribution needs a kernel that you unpack yourself"
        raise InputError(f"the machine's apt knows no mirror of {wanted}", hint=hint)
    return known[0]

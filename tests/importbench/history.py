# SPDX-License-Identifier: GPL-2.0-only
"""A quilt series as commits, one a patch, made with an index and no work tree.

The files are written as dpkg-source applies them, without fuzz. The same series gives the same ids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.git import git, line
from generator.process import run
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path

DATE = "2026-01-01T00:00:00+0000"
NOBODY = ("Nobody", "nobody@localhost")
_SPACED = re.compile(r"\s+#.*|^#.*")


class Applied(NamedTuple):
    """A patch of a series, applied.

    Attributes:
        name: as the series has it, e.g. bugfix/all/tools-perf.patch.
        base: the commit before it.
        commit: the commit that it is.
    """

    name: str
    base: str
    commit: str


def names(series: Path) -> list[str]:
    """Return the patches that a series file lists."""
    rows = (_SPACED.sub("", row).split() for row in series.read_text("utf-8").splitlines())
    return [row[0] for row in rows if row]


def apply(repository: Path, base: str, patches: Path, ref: str) -> list[Applied]:
    """Apply a folder's series, leave `ref` at its end and return its commits.

    Args:
        repository: a bare repository.
        base: the commit below it.
        patches: the folder with the series file.
        ref: is made or moved.

    Raises:
        InfrastructureError: a patch does not apply.
    """
    made: list[Applied] = []
    with temporary(repository.parent) as room:
        index = {"GIT_INDEX_FILE": str(room / "index")}
        git(repository, "read-tree", base, env=index)
        for name in names(patches / "series"):
            file = patches / name
            before = made[-1].commit if made else base
            done = git(repository, "apply", "--cached", "--whitespace=nowarn", str(file), env=index, check=False)
            if done.returncode != 0:
                raise InfrastructureError(f"{name} does not apply: {done.why()}")
            tree = git(repository, "write-tree", env=index).text.strip()
            made.append(Applied(name, before, commit(repository, tree, before, name, file.read_bytes())))
    git(repository, "update-ref", ref, made[-1].commit if made else base)
    return made


def commit(repository: Path, tree: str, parent: str, name: str, patch: bytes) -> str:
    """Return the commit of a tree, with the author and the message that a patch gives."""
    with temporary(repository.parent) as room:
        argv = ["git", "mailinfo", "-k", "--encoding=UTF-8", str(room / "message"), str(room / "diff")]
        said = run(argv, seconds=60.0, stdin=patch, cwd=room, check=False).text
        body = (room / "message").read_text("utf-8", "replace").strip() if (room / "message").is_file() else ""
    head = dict(row.split(": ", 1) for row in said.splitlines() if ": " in row)
    person = {
        "GIT_AUTHOR_NAME": head.get("Author") or NOBODY[0],
        "GIT_AUTHOR_EMAIL": head.get("Email") or NOBODY[1],
        "GIT_AUTHOR_DATE": head.get("Date") or DATE,
        "GIT_COMMITTER_NAME": NOBODY[0],
        "GIT_COMMITTER_EMAIL": NOBODY[1],
        "GIT_COMMITTER_DATE": DATE,
    }
    message = "\n\n".join(filter(None, [head.get("Subject") or name, body])) + "\n"
    argv = ["commit-tree", tree, "-p", parent]
    done = git(repository, *argv, stdin=message.encode(), env=person, check=False)
    if done.returncode != 0:  # a date that git cannot read
        done = git(repository, *argv, stdin=message.encode(), env=person | {"GIT_AUTHOR_DATE": DATE})
    return done.text.strip()


def tree_of(repository: Path, revision: str) -> str:
    """Return the id of a revision's tree."""
    return line(repository, "rev-parse", f"{revision}^{{tree}}")

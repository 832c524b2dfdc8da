# SPDX-License-Identifier: GPL-2.0-only
"""Rendered patches as commits, through one fast-import stream: no work tree, no index, no ref.

Same input, same author, same date: same ids.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from generator.git import null, sweep, talk
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.rendering import RenderedPatch
    from generator.store import Store
    from patchset.edits import Patch

NOBODY = "respin <respin@localhost>"
"""The author where the user has no git identity and gave none."""
_ONE_PACK = ("-c", "fastimport.unpackLimit=1")
"""A few objects become a pack too: the store makes one of many packs, and loose objects would stay for good."""

_LINK = "120000"
_NEW_FILE = "100644"
"""The mode of a file that the base lacks."""


class Commit(NamedTuple):
    """One rendered patch in the store.

    Attributes:
        number: the patch's place in the series, from 1.
        name: the stem of its definition.
        subject: its first line.
        sha: the commit's full id.
        tree: the full id of its tree: what content-addressed caches are keyed by.
        paths: the files it touches, sorted.
        tests: True for a patch that only `--with-tests` adds.
    """

    number: int
    name: str
    subject: str
    sha: str
    tree: str
    paths: tuple[str, ...]
    tests: bool


class Stamp(NamedTuple):
    """Who and when.

    Attributes:
        author: `Name <mail>`, the author and committer of every commit.
        date: seconds since the epoch, UTC; each commit after the first is one second later.
        signoff: True to end each message with the author's Signed-off-by.
    """

    author: str
    date: int
    signoff: bool = False


def commit_all(store: Store, patches: Sequence[RenderedPatch], stamp: Stamp) -> tuple[Commit, ...]:
    """Make one commit a patch, each on the one before, the first on the base.

    Raises:
        InputError: what a patch changes is a link, or a folder.
        InfrastructureError: git fast-import failed; no ref was made.
    """
    changed = list(dict.fromkeys(path for patch in patches for path in (*patch.files, *patch.renamed.values())))
    made: list[Commit] = []
    try:
        with talk(store.repository, *_ONE_PACK, "fast-import", "--quiet", "--done") as say:
            asked = "".join(f"ls {store.base} {path}\n" for path in changed)
            there = say(b"feature done\n" + asked.encode(), len(changed))
            modes = {path: _mode(one) for path, one in zip(changed, there, strict=True)}
            fresh = {path for patch in patches for path, mode in patch.modes.items() if mode == _LINK}
            if irregular := [path for path in changed if not modes[path].startswith("100") and path not in fresh]:
                raise InputError(f"{irregular[0]} is not a regular file in the base")
            for number, patch in enumerate(patches, 1):
                sha, tree = say(_commit(number, patch, stamp, store.base, modes), 2)
                what = patch.patch
                paths = tuple(sorted({*patch.files, *patch.removed}))
                made.append(Commit(number, what.name, what.subject, sha, tree.split()[2], paths, what.tests))
            # fast-import forgets the ref that it commits to, before it would write it down
            say(f"reset refs/respin\nfrom {null(store.base)}\n\ndone\n".encode(), 0)
    finally:
        sweep(store.repository)
    return tuple(made)


def _mode(listed: str) -> str:
    """Return a file's mode from what fast-import says of it."""
    return _NEW_FILE if listed.startswith("missing ") else listed.split(maxsplit=1)[0]


def _commit(number: int, patch: RenderedPatch, stamp: Stamp, base: str, modes: dict[str, str]) -> bytes:
    """Return one commit of the stream, and the questions for its id and its tree's; `modes` becomes what it leaves."""
    modes.update({new: modes[old] for new, old in patch.renamed.items()})
    modes.update(patch.modes)
    message = patch.message + (f"\nSigned-off-by: {stamp.author}\n" if stamp.signoff else "")
    body = message.encode()
    who = f"{stamp.author} {stamp.date + number - 1} +0000"
    author = _author(patch.patch, who)
    parent = f":{number - 1}" if number > 1 else base
    parts = [f"commit refs/respin\nmark :{number}\nauthor {author}\ncommitter {who}\ndata {len(body)}\n".encode(), body]
    parts.append(f"\nfrom {parent}\n".encode())
    for path in sorted(patch.removed):
        parts.append(f"D {path}\n".encode())
        modes[path] = _NEW_FILE
    for path, text in sorted(patch.files.items()):
        parts += [f"M {modes[path]} inline {path}\ndata {len(text)}\n".encode(), text, b"\n"]
    parts.append(f'\nget-mark :{number}\nls :{number} ""\n'.encode())
    return b"".join(parts)


def _author(patch: Patch, otherwise: str) -> str:
    """Return who wrote a patch and when, as git has it in a commit."""
    name, _, rest = otherwise.rpartition(">")
    who = patch.author or f"{name}>"
    if not patch.date:
        return f"{who}{rest}"
    moment = dt.datetime.fromisoformat(patch.date)
    return f"{who} {int(moment.timestamp())} {moment:%z}"

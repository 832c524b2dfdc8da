# SPDX-License-Identifier: GPL-2.0-only
"""Patches applied on their base, one after another, in an index that has only the files they touch.

An index of a whole kernel takes git longer to read than all patches take to apply.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from generator import theirs
from generator.git import git
from generator.temporary import temporary
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from generator.importing.incoming import Incoming
    from generator.process import Completed
    from generator.store import Store

_INDEX = re.compile(rb"^index ([0-9a-f]{7,64})\.\.", re.MULTILINE)
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_LINK, _NONE = "120000", "000000"
_FRESH = re.compile(rb"^(?:new file mode|rename to|copy to|--- /dev/null)", re.MULTILINE)


class Hunk(NamedTuple):
    """Lines that others take the place of: `size` from `start` on, from 0, and what they become."""

    start: int
    size: int
    new_start: int
    new_size: int


class Change(NamedTuple):
    """What a patch does to a file.

    Attributes:
        path: its path afterwards; of one that is removed, before.
        was: its path before, where that is another.
        modes: its mode before and afterwards; 000000 where it is not there.
        blobs: its blob before and afterwards.
        hunks: where its lines change; none where it is binary.
    """

    path: str
    was: str
    modes: tuple[str, str]
    blobs: tuple[str, str]
    hunks: tuple[Hunk, ...]

    @property
    def new(self) -> bool:
        """True for a file that the patch makes."""
        return self.modes[0] == _NONE

    @property
    def gone(self) -> bool:
        """True for a file that the patch removes."""
        return self.modes[1] == _NONE


class Applied(NamedTuple):
    """A patch, and what it changes.

    Attributes:
        patch: the patch.
        changes: by file.
    """

    patch: Incoming
    changes: tuple[Change, ...]


def apply(patches: Sequence[Incoming], store: Store, base: str, here: Path | None = None) -> list[Applied]:
    """Apply patches on a base.

    Args:
        patches: in order.
        store: has the base, and takes what git writes.
        base: how the user calls it.
        here: the repository whose tags are offered where one does not apply.

    Raises:
        InputError: one does not apply.
    """
    with temporary() as room:
        index = {"GIT_INDEX_FILE": str(room / "index")}
        repository = store.repository
        paths = list(dict.fromkeys(path for patch in patches for path in patch.paths))
        listed = git(repository, "ls-tree", "-r", "-z", store.base, "--", *paths).stdout
        folders = sorted(_above(one for one in patches if _FRESH.search(one.diff)))
        above = git(repository, "ls-tree", "-z", store.base, "--", *folders).stdout if folders else b""
        listed += b"".join(row + b"\0" for row in above.split(b"\0") if b" blob " in row)
        git(repository, "update-index", "-z", "--index-info", stdin=listed, env=index)
        trees = [_tree(repository, index)]
        for number, patch in enumerate(patches, 1):
            _parted(patch, number, repository, index)
            _take(patch, number, store, index, (base, here))
            trees.append(_tree(repository, index))
    return changed(patches, trees, repository)


def changed(patches: Sequence[Incoming], trees: Sequence[str], repository: Path) -> list[Applied]:
    """Return what each patch changes, from the trees before and after each."""
    pairs = "".join(f"{one} {other}\n" for one, other in itertools.pairwise(trees))
    options = ("--stdin", "-r", "-M", "--raw", "-p", "-U0", "--full-index", "--no-ext-diff", "--no-textconv")
    shown = git(repository, "-c", "core.quotePath=false", "diff-tree", *options, stdin=pairs.encode()).stdout
    return list(_read(shown, patches, trees))


def _tree(repository: Path, index: dict[str, str]) -> str:
    return git(repository, "write-tree", env=index).text.strip()


def _parted(patch: Incoming, number: int, repository: Path, index: dict[str, str]) -> None:
    """Refuse a patch that makes a file below what is a file: git's index drops that one without a word.

    Raises:
        InputError: it does.
    """
    above = _above([patch]) if _FRESH.search(patch.diff) else set()
    there = git(repository, "ls-files", "-z", env=index).text.split("\0") if above else []
    if lost := sorted(above & {*there} - {*patch.paths}):
        raise InputError(f"patch {number}, {patch.name}, makes a folder of {lost[0]}, which is a file")


def _above(patches: Iterable[Incoming]) -> set[str]:
    """Return the folders that the files of some patches are in."""
    paths = {path for patch in patches for path in patch.paths}
    return {path[:at] for path in paths for at, one in enumerate(path) if one == "/"}


def _take(patch: Incoming, number: int, store: Store, index: dict[str, str], where: tuple[str, Path | None]) -> None:
    def applies(*options: str, reverse: bool) -> Completed:
        ways = (*options, *(["--reverse"] if reverse else []), "--cached", "--whitespace=nowarn", f"-p{patch.strip}")
        return git(store.repository, "apply", *ways, stdin=patch.diff, check=False, env=index)

    done = applies(reverse=patch.reverse)
    if done.returncode == 0:
        return
    why = done.stderr.decode("utf-8", "replace").strip().split("\n")
    told = "; ".join(line.removeprefix("error: ") for line in why if line.startswith("error: ")) or done.why()
    base, here = where
    if (fits := _fitting(patch, store)) >= 0:
        why_not = f"patch {number}, {patch.name}, is of -p{fits}, and was read as -p{patch.strip}"
        raise InputError(why_not, hint=f"a quilt series says so behind its name: `{patch.name} -p{fits}`")
    if applies("--check", reverse=not patch.reverse).returncode == 0:
        why_not = f"patch {number}, {patch.name}, is in {base} already"
        raise InputError(why_not, hint="leave it out, or take a base that lacks it with `--on`")
    raise InputError(
        f"patch {number}, {patch.name}, does not apply on {base}: {told}", hint=_nearest(patch, store, here)
    )


def _fitting(patch: Incoming, store: Store) -> int:
    """Return by how many folders a patch is to be stripped to name files that the base has; -1 where it is right."""
    for strip in (patch.strip, 0, 1, 2):
        paths = replace(patch, strip=strip).paths
        there = git(store.repository, "ls-tree", "-z", "--name-only", store.base, "--", *paths).stdout if paths else b""
        if there:
            return strip if strip != patch.strip else -1
    return -1


def _nearest(patch: Incoming, store: Store, here: Path | None) -> str:
    """Offer the tags whose files are those that a patch was made on, by the ids in its `index` lines."""
    wanted = [one.decode() for one in _INDEX.findall(patch.diff) if set(one) != {ord("0")}]
    paths = list(dict.fromkeys(patch.paths))
    if not wanted:
        return "the patch does not say which files it was made on; `--on` takes another base"
    asked_for = ("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags")
    found = theirs.git(here, *asked_for, check=False).text.splitlines() if here else []
    tags = dict(row.split(" ", 1) for row in found)
    asked = "".join(f"{sha}:{path}\n" for sha in tags.values() for path in paths)
    told = git(store.repository, "cat-file", "--batch-check=%(objectname)", stdin=asked.encode()).text.splitlines()
    counts: dict[str, int] = {}
    for row, (tag, _) in zip(told, ((tag, path) for tag in tags for path in paths), strict=True):
        counts[tag] = counts.get(tag, 0) + any(row.startswith(one) for one in wanted)
    best = max(counts, key=lambda tag: counts[tag], default="")
    if best and counts[best]:
        return f"{best} has {counts[best]} of the {len(wanted)} files that it was made on: --on {best}"
    return (
        f"it was made on a file whose blob is {wanted[0][:12]}: `git log --all --find-object={wanted[0][:12]}` finds it"
    )


def _read(shown: bytes, patches: Sequence[Incoming], trees: Sequence[str]) -> Iterator[Applied]:
    """Yield what `git diff-tree --stdin` says of each pair; it says nothing of two trees that are the same."""
    parts = iter(re.split(rb"(?m)^([0-9a-f]{40,64} [0-9a-f]{40,64})\n", shown)[1:])
    known = dict(zip(parts, parts, strict=True))
    for number, patch in enumerate(patches):
        pair = f"{trees[number]} {trees[number + 1]}".encode()
        raw, _, diff = known.get(pair, b"").partition(b"\n\n")
        texts = re.split(rb"(?m)^diff --git ", diff)[1:]
        rows = [row for row in raw.split(b"\n") if row.startswith(b":")]
        yield Applied(patch, tuple(_change(row, text) for row, text in zip(rows, texts, strict=True)))


def _change(row: bytes, text: bytes) -> Change:
    facts, *paths = row.decode("utf-8", "replace").split("\t")
    old_mode, new_mode, old_blob, new_blob, _ = facts[1:].split()
    hunks = []
    for found in _HUNK.finditer(text):
        start, count, new, more = (int(1 if one is None else one) for one in found.groups())
        hunks.append(Hunk(start - (count > 0), count, new - (more > 0), more))
    was = paths[0] if len(paths) > 1 else ""
    return Change(paths[-1], was, (old_mode, new_mode), (old_blob, new_blob), tuple(hunks))


def texts(applied: Sequence[Applied], store: Store) -> dict[str, bytes]:
    """Return the files before and after each change, by blob."""
    wanted = sorted({blob for one in applied for each in one.changes for blob in each.blobs if blob.strip("0")})
    out = git(store.repository, "cat-file", "--batch", stdin="".join(f"{one}\n" for one in wanted).encode()).stdout
    found: dict[str, bytes] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        sha, _, size = out[at:end].decode().split()
        found[sha] = out[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    return found

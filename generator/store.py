# SPDX-License-Identifier: GPL-2.0-only
"""The repository that rendered commits are made in: one a base in the cache, that borrows the base's own objects.

So the user's repository is only read. `deliver` copies the few new objects into it when a ref was asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from generator import theirs
from generator.git import NO_OBJECT, SHA1, as_respin, git, init, kind_of, null, sweep
from generator.lock import locked
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from generator.base import Base, Say

IMPORT_SECONDS = 1200.0
TIDY_SECONDS = 60.0
PACKS = 50
"""How many packs a store may have before they become one; each commit may be one, and git looks into all of them."""
PLAIN_DATE = "@0 +0000"
"""The date of the commit that a plain directory becomes: fixed, so that its id depends on the files alone."""

AS_IT_IS = b"* -text !ident !filter !working-tree-encoding\n"
"""Attributes that count more than those of a directory's own .gitattributes: a file is committed byte by byte."""

_FOLDERS = ("refs/heads/", "refs/tags/")


class Store(NamedTuple):
    """A repository that has the base and takes the commits.

    Attributes:
        repository: a bare git directory.
        base: the base commit's full id.
        name: what the store is locked by.
    """

    repository: Path
    base: str
    name: str


@contextlib.contextmanager
def opened(base: Base, cache: Path, say: Say, only: Mapping[str, bytes] | None = None) -> Iterator[Store]:
    """Open the store of a base, alone: a second run on the same base waits.

    Args:
        base: the base.
        cache: respin's cache folder.
        say: takes lines that tell what is being waited for.
        only: the files that are needed of a plain directory, where not all of them are.

    Raises:
        InfrastructureError: the store cannot be made.
    """
    origin = (base.repository or base.folder or Path()).resolve()
    kind = kind_of(base.commit)
    place = os.fsencode(origin) + (b"" if kind == SHA1 else b"\0" + kind.encode())
    name = hashlib.sha256(place).hexdigest()[:24]
    with locked(cache, f"store {origin}", say):
        repository = cache / "stores" / f"{name}.git"
        repository.parent.mkdir(parents=True, exist_ok=True)
        if not (repository / "HEAD").is_file():
            init(repository, kind)
        _tidy(repository, say)
        commit = base.commit
        if base.repository is not None:
            borrow(repository, base.repository)
        elif base.folder is not None and only is not None:
            commit = _import_some(repository, base.folder, only)
        elif base.folder is not None:
            say(f"reading {base.folder} into git")
            commit = _import_folder(repository, base.folder)
        yield Store(repository, commit, name)


@contextlib.contextmanager
def borrowed(origin: Path) -> Iterator[Path]:
    """Make a repository in the temporary folder that has another one's objects, and nothing else of it.

    So nothing is written into that one, and neither its settings nor its hooks nor its attributes count.

    Raises:
        InputError: the other one belongs to somebody whom the user has not told git to trust.
        InfrastructureError: it cannot be made.
    """
    kind = theirs.line(origin, "rev-parse", "--show-object-format") or SHA1
    with temporary() as room:
        repository = room / "borrowed.git"
        git(room, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(repository))
        borrow(repository, origin)
        yield repository


def deliver(store: Store, tip: str, target: Path, ref: str, *, force: bool) -> tuple[str, bool]:
    """Copy the commits into a repository and point a ref at the last one: the ref moves once, at the end.

    Args:
        store: where the commits are.
        tip: the last commit's full id.
        target: the user's repository.
        ref: a branch name, or a full ref.
        force: move the ref where it exists already.

    Returns:
        The full name of the ref, and whether it was moved: it is not where it points there already.

    Raises:
        InputError: the name is none, the ref exists and `force` is not set, or it is checked out somewhere.
    """
    full, old = claim(target, ref, force=force, same=tip.__eq__)
    if old == tip:
        return full, False
    old = old or null(tip)
    wanted = f"{tip}\n^{store.base}\n".encode()
    pack = git(store.repository, "pack-objects", "--revs", "--stdout", "--quiet", stdin=wanted).stdout
    theirs.git(target, "unpack-objects", "-q", stdin=pack)
    move = ("update-ref", "--create-reflog", "-m", "respin: render", full, tip, old)
    moved = theirs.git(target, *move, check=False, hooks=True)
    if b"aborted by hook" in moved.stderr:
        raise InputError(f"{full} was refused by the repository's reference-transaction hook: {moved.why()}")
    if moved.returncode != 0:
        raise InputError(f"{full} was changed by another process meanwhile, and was not moved: {moved.why()}")
    return full, True


def claim(target: Path, ref: str, *, force: bool, same: Callable[[str], bool]) -> tuple[str, str]:
    """Return a ref's full name and its present value, empty where it is new; refuse one that must not be moved.

    Args:
        target: the user's repository.
        ref: a branch name, or a full ref.
        force: move the ref where it exists already.
        same: tells of a commit whether it is what the ref shall point to: then it need not be moved.
    """
    full = _full(target, ref)
    real = theirs.line(target, "symbolic-ref", "--quiet", full)
    if real:
        raise InputError(f"{full} points to {real}, and respin does not move other refs", hint="choose another --ref")
    old = theirs.line(target, "rev-parse", "--verify", "--quiet", full)
    if old and same(old):
        return full, old
    checked_out = theirs.git(target, "worktree", "list", "--porcelain", "-z").stdout.split(b"\0")
    if f"branch {full}".encode() in checked_out:
        raise InputError(f"{full} is checked out, and respin does not change work trees", hint="choose another --ref")
    if old and not force:
        raise InputError(f"{full} exists already", hint="choose another --ref, or move it with --force")
    if not old and (other := _in_the_way(target, full)):
        raise InputError(
            f"{full} cannot be beside {other}, as one is a folder of the other", hint="choose another --ref"
        )
    return full, old


def _in_the_way(target: Path, full: str) -> str:
    """Return a ref that leaves no place for another one, as `a` does for `a/b` and the other way round; or nothing."""
    above = [str(one) for one in PurePosixPath(full).parents if str(one).count("/") > 1]
    listed = theirs.git(target, "for-each-ref", "--format=%(refname)", *above, full)
    names = os.fsdecode(listed.stdout).split("\n")
    return next((one for one in names if one in above or one.startswith(f"{full}/")), "")


def _full(target: Path, ref: str) -> str:
    """Return the full name of a ref: a branch as `git check-ref-format --branch` takes it, or below heads or tags.

    Raises:
        InputError: it cannot be the name of one.
    """
    hint = "e.g. --ref topic/6.1"
    folder = next((one for one in _FOLDERS if ref.startswith(one)), "")
    if ref.startswith("refs/") and not folder:
        raise InputError(f"'{ref}' is neither below {' nor below '.join(_FOLDERS)}", hint=hint)
    name = theirs.line(target, "check-ref-format", "--branch", ref.removeprefix(folder))
    if not name:
        raise InputError(f"'{ref}' is not a valid ref name", hint=hint)
    return f"{folder or _FOLDERS[0]}{name}"


def _tidy(repository: Path, say: Say) -> None:
    """Remove what a git left that was killed; make one pack of many. Where that fails the store is slower, no more."""
    packs = [one.name for one in (repository / "objects" / "pack").iterdir()]
    if any(one.startswith("tmp_") or one.endswith((".keep", ".lock")) for one in packs):
        sweep(repository)
    if sum(one.endswith(".idx") for one in packs) <= PACKS:
        return
    say("packing what was rendered before")
    with contextlib.suppress(InfrastructureError):
        for step in (("write",), ("repack", "--batch-size=0"), ("expire",)):
            git(repository, "multi-pack-index", *step, seconds=TIDY_SECONDS)
    sweep(repository)


def borrow(repository: Path, origin: Path) -> None:
    """Let a repository of ours read the objects of another one, a shallow one's boundary included.

    Args:
        repository: a bare git directory of ours.
        origin: the other one, whosoever it is.

    Raises:
        InputError: it belongs to somebody whom the user has not told git to trust.
        InfrastructureError: it has no objects.
    """
    common = _common(origin)
    objects = common / "objects"
    if not objects.is_dir():
        raise InfrastructureError(f"{origin} has no object folder at {objects}")
    _write(repository / "objects" / "info" / "alternates", alternate(objects))
    shallow = common / "shallow"
    _write(repository / "shallow", shallow.read_bytes() if shallow.is_file() else b"")


def alternate(objects: Path) -> bytes:
    """Return the line of objects/info/alternates for an object folder, quoted as in C where a line would not do."""
    path = os.fsencode(objects)
    if b"\n" in path:
        path = b'"%s"' % path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return path + b"\n"


def _common(origin: Path) -> Path:
    """Return the git directory that holds a repository's objects; git is asked where it is not plain to see."""
    for one in (origin / ".git", origin):
        if (one / "objects").is_dir() and (one / "HEAD").is_file() and not (one / "commondir").exists():
            return one.absolute()
    asked = theirs.git(origin, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(os.fsdecode(asked.stdout.removesuffix(b"\n")))


def _write(file: Path, text: bytes) -> None:
    """Write a file where it differs; an empty text removes it."""
    if not text:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_bytes() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)


def _import_folder(repository: Path, folder: Path) -> str:
    """Commit a plain directory as it is; an index in the store makes the second time quick.

    git is told the files one by one. `git add` would take a repository in the directory for a submodule, and run
    `git status` in it, with what its configuration names, once it is in the index.
    """
    env = {
        "GIT_WORK_TREE": str(folder.resolve()),
        "GIT_INDEX_FILE": str(repository.resolve() / "folder.index"),
        **as_respin(PLAIN_DATE),
    }

    def told(*arguments: str, stdin: bytes = b"") -> bytes:
        quick = ("-c", "core.compression=1", "-c", "core.bare=false")
        return git(repository, *quick, *arguments, stdin=stdin, seconds=IMPORT_SECONDS, env=env).stdout

    (repository / "folder.index.lock").unlink(missing_ok=True)  # left by a run that was killed; the store is locked
    _write(repository / "info" / "attributes", AS_IT_IS)
    now = dict.fromkeys(_files(os.fsencode(folder.resolve())))
    gone = [path for path in told("ls-files", "-z").split(b"\0") if path and path not in now]
    told("update-index", "--force-remove", "-z", "--stdin", stdin=b"\0".join(gone))
    told("update-index", "--add", "--replace", "-z", "--stdin", stdin=b"\0".join(now))
    tree = told("write-tree").decode().strip()
    return told("commit-tree", tree, stdin=b"the base, as it stands in its folder\n").decode().strip()


def _files(folder: bytes) -> Iterator[bytes]:
    """Yield the regular files and the links below a folder, but nothing of a .git."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{os.fsdecode(error.filename)} cannot be read: {error.strerror}")

    for where, below, names in os.walk(folder, onerror=refuse):
        below[:] = [name for name in below if name != b".git"]
        for name in (*below, *names):
            path = os.path.join(where, name)  # noqa: PTH118 - bytes
            mode = os.lstat(path).st_mode
            if name != b".git" and (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
                yield path[len(folder) + 1 :]


def _import_some(repository: Path, folder: Path, files: Mapping[str, bytes]) -> str:
    """Commit some files of a plain directory: enough to make patches of, in no time."""
    stream = b"feature done\ncommit refs/respin\nmark :1\ncommitter respin <respin@localhost> 0 +0000\ndata 0\n"
    for path, text in sorted(files.items()):
        mode = (folder / path).lstat().st_mode
        # a link is refused before anybody looks into it
        kind = "120000" if stat.S_ISLNK(mode) else "100755" if mode & stat.S_IXUSR else "100644"
        stream += f"M {kind} inline {path}\ndata {len(text)}\n".encode() + text + b"\n"
    stream += f"get-mark :1\nreset refs/respin\nfrom {NO_OBJECT}\n\ndone\n".encode()
    return git(repository, "fast-import", "--quiet", "--done", stdin=stream).text.strip()

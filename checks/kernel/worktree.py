# SPDX-License-Identifier: GPL-2.0-only
"""Kernel work trees in the cache: one a base, checked out again and again, so that only changed files get a new mtime.

The user's repository only lends its objects (objects/info/alternates): no ref, no work tree entry, no index of it is
touched. docs/kernels.md: a full work tree takes 18 s and 1.4 GB, a sparse one 1 s.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator import process
from generator.git import SETTINGS_OFF, SHA1, call, line
from generator.store import alternate
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import filelock

    from checks.contract import Context
    from generator.git import Call

GIT_SECONDS = 900.0
"""The deadline of one git command; the slowest one is a full checkout on a busy disk."""
KEPT = 12
"""Of how many bases the work trees are kept, with what was built there: 2 to 4 GB each."""
_POLL_SECONDS = 0.5
_LOCK = ".lock"
_SETTINGS = "[core]\n\tautocrlf = false\n[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n"
_UNFIT_NAMES = {",": "comma", ":": "colon", " ": "space", "\t": "tab", "\n": "newline"}
"""kbuild refuses colons and blanks itself; at a comma the compiler cuts the `-Wp,-MT,$@` that tools/build hands it."""
_UNFIT = re.compile(f"[{''.join(_UNFIT_NAMES)}]")


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree in the cache.

    Attributes:
        folder: holds `source/` (the tree, with a .git of its own) and what is built from it.
        repository: the git directory that lends its objects.
        patterns: what is checked out, in the words of a sparse-checkout file; all of it where empty.
    """

    folder: Path
    repository: Path
    patterns: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        """Where the files are."""
        return self.folder / "source"

    @property
    def environment(self) -> dict[str, str | None]:
        """Variables that keep git here: neither the user's configuration nor a surrounding repository reach in.

        They are for scripts of the tree, too, which start git themselves.
        """
        return self._call().env

    def git(self, *arguments: str) -> process.Completed:
        """Run git on this tree."""
        made = self._call(*arguments)
        return process.run(made.argv, seconds=GIT_SECONDS, cwd=self.source, env=made.env)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the tree for this process and this thread alone, and make sure that it is whole on the way in."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(self.folder)
        stop = process.stopper()
        while not lock.is_locked:
            stop.check()
            with contextlib.suppress(TimeoutError):
                lock.acquire(timeout=_POLL_SECONDS)
        try:
            Path(lock.lock_file).touch()
            if not self.folder.is_dir():
                self.folder.mkdir()
                forget(self.folder.parent)
            self._lend()
            yield
        finally:
            lock.release()

    def checkout(self, commit: str) -> None:
        """Make the files those of a commit, and remove what does not belong to it; a broken tree is made anew."""
        try:
            self._checkout(commit)
        except InfrastructureError:
            shutil.rmtree(self.source, ignore_errors=True)
            self._lend()
            self._checkout(commit)

    def checkout_line(self, commit: str) -> str:
        """Return the command that puts the tree to a commit by hand."""
        where = (f"--git-dir={self.source / '.git'}", f"--work-tree={self.source}")
        words = ("checkout", "--quiet", "--force", "--detach", commit)
        return process.command_line(call(where, words, {}).argv)

    def _call(self, *arguments: str) -> Call:
        dot = self.source / ".git"
        here = {"GIT_DIR": str(dot), "GIT_WORK_TREE": str(self.source), "GIT_INDEX_FILE": str(dot / "index")}
        return call((), arguments, {**SETTINGS_OFF, **here})

    def _checkout(self, commit: str) -> None:
        (self.source / ".git" / "index.lock").unlink(missing_ok=True)
        self.git("checkout", "--quiet", "--force", "--detach", commit)
        # Ignored files too: a .config or include/config in the source makes every O= build refuse to start.
        # checkpatch's list of camel case names stays: it takes longer to make than the rest of its work.
        self.git("clean", "-ffdxq", "--exclude=/.checkpatch-camelcase.*")
        if not self.patterns and (changed := self.git("status", "--porcelain", "--untracked-files=no").text):
            raise InfrastructureError(f"{self.source} is not what commit {commit[:12]} says: {changed.splitlines()[0]}")

    def _lend(self) -> None:
        """Make the repository of the tree, where it is not there or lends from elsewhere."""
        lender = alternate(self.repository.resolve() / "objects")
        alternates = self.source / ".git" / "objects" / "info" / "alternates"
        if alternates.is_file() and alternates.read_bytes() == lender:
            self._narrow()
            return
        shutil.rmtree(self.source, ignore_errors=True)
        self.source.mkdir(parents=True)
        kind = line(self.repository, "rev-parse", "--show-object-format") or SHA1
        self.git("init", "--quiet", "--template=", f"--object-format={kind}")
        sparse = "true" if self.patterns else "false"
        with (self.source / ".git" / "config").open("a") as config:
            config.write(f"{_SETTINGS}[core]\n\tsparseCheckout = {sparse}\n")
        self._narrow()
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_bytes(lender)

    def _narrow(self) -> None:
        """Say what is checked out; another series on the same base may touch other files."""
        if self.patterns:
            sparse = self.source / ".git" / "info" / "sparse-checkout"
            sparse.parent.mkdir(exist_ok=True)
            sparse.write_text("".join(f"{pattern}\n" for pattern in self.patterns), encoding="utf-8")


def _lock(folder: Path) -> filelock.FileLock:
    """Return the lock of a work tree; it stays when the tree goes, and tells when it was last held."""
    import filelock  # noqa: PLC0415 - slow to import, and who finds a verdict in the cache checks nothing out

    return filelock.FileLock(folder.with_name(f"{folder.name}{_LOCK}"), thread_local=False)


def by_base(folder: Path) -> list[tuple[float, list[Path]]]:
    """Return the work trees of each base, the base that was used last first, with the time of that."""
    of: dict[str, list[tuple[float, Path]]] = {}
    for tree in folder.glob("[!.]*/"):
        lock = tree.with_name(f"{tree.name}{_LOCK}")  # one of an earlier respin has none there
        last = (lock if lock.is_file() else tree).stat().st_mtime
        of.setdefault(tree.name.partition("-")[0], []).append((last, tree))
    return sorted(((max(one)[0], [tree for _, tree in sorted(one)]) for one in of.values()), reverse=True)


def forget(folder: Path, keep: int = KEPT) -> None:
    """Remove all work trees but those of the bases that were used last, and those that somebody holds."""
    for _, trees_of_it in by_base(folder)[keep:]:
        for tree in trees_of_it:
            drop(tree)


def drop(tree: Path) -> bool:
    """Remove a work tree and what was built from it, all of it or nothing; False where somebody holds it."""
    try:
        with _lock(tree).acquire(timeout=0), temporary(tree.parent) as room:
            tree.rename(room / tree.name)
    except (TimeoutError, FileNotFoundError):
        return False
    return True


def full(context: Context) -> WorkTree:
    """Return the work tree that this base's builds share.

    Raises:
        InfrastructureError: no kernel can be built where the cache is.
    """
    return WorkTree(trees(context) / context.subject.base_tree[:16], context.subject.repository)


def trees(context: Context) -> Path:
    """Return the folder of the work trees in which kernels are built.

    Raises:
        InfrastructureError: no kernel can be built where the cache is.
    """
    # kbuild names files by their real path: in what make prints, in debug information, in the counters of gcov.
    folder = (context.cache / "trees").resolve()
    if odd := _UNFIT.search(str(folder)):
        raise InfrastructureError(
            f"no kernel can be built below {folder}: make and the kernel's tools take no {_UNFIT_NAMES[odd[0]]}",
            hint="choose another folder with --cache",
        )
    return folder

# SPDX-License-Identifier: GPL-2.0-only
"""What a repository, and git itself, know of a posting: its base, its history, whether the mails apply."""

from __future__ import annotations

import functools
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.parallel import gather
from generator import applied, maintainers, process, theirs
from generator.git import environment, git, line, open_tree
from generator.store import Store
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checks.lint.message import Mail
    from checks.lint.repository import Repository
    from generator.process import Completed

SECONDS = 60.0
_RECENT = 300
"""Commits to the touched files that are looked at for their prefixes."""


def same_patch(one: Mail, other: Mail) -> bool:
    """Tell whether two mails hold the same patch, wherever in its files it applies."""
    return one.diff == other.diff or _patch_id(one) == _patch_id(other)


def _patch_id(mail: Mail) -> str:
    """Return git's stable patch id, or an empty text where there is no patch."""
    with temporary() as room:
        done = git(room, "patch-id", "--stable", stdin=mail.diff.encode("utf-8", "replace"), env=_nowhere(room))
    return done.text.split(" ")[0].strip()


def attested_by(mail: Mail) -> str:
    """Return why patatt does not vouch for a mail, or an empty text where it does.

    It takes the programs that it starts, and the keys that it believes, from the configuration and the files of the
    repository that it is called in. That may be a stranger's: the user's own configuration and keys count.
    """
    with temporary() as room:
        env = environment() | _nowhere(room)
        argv = [patatt() or "patatt", "validate"]
        done = process.run(argv, seconds=SECONDS, cwd=room, env=env, stdin=mail.raw, check=False)
    said = " ".join((done.stdout + done.stderr).decode("utf-8", "replace").split())
    return "" if done.returncode == 0 else said or done.why()


def _nowhere(room: Path) -> dict[str, str]:
    """Let git find no repository from a temporary folder, wherever that lies."""
    return {"GIT_CEILING_DIRECTORIES": str(room.resolve().parent)}


@dataclass(frozen=True)
class Facts:
    """A repository and the commit in it that a posting is made for.

    Attributes:
        repository: has the base.
        base: the base-commit's full id, which is there.
    """

    repository: Repository
    base: str

    @property
    def history(self) -> bool:
        """Whether the base has ancestors here: an import has none, and a shallow clone may have lost them."""
        return bool(self._line("rev-parse", "--verify", "--quiet", f"{self.base}^"))

    @property
    def shallow(self) -> bool:
        """Whether history ends somewhere in the repository, so that what is not here may be elsewhere."""
        return bool(self.repository.ends)

    def public(self) -> bool:
        """Whether a tag or a remote branch contains the base."""
        wanted = ("--count=1", "--contains", self.base, "refs/remotes", "refs/tags")
        return bool(theirs.line(self.repository.names, "for-each-ref", *wanted))

    def trusted(self, revisions: Iterable[str]) -> bool:
        """Whether HEAD, or one of the revisions that the user names, contains the base.

        A mail names any commit as its base, one of a fork that somebody fetched too: its scripts are run by nobody.
        """
        head = theirs.line(self.repository.names, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return self.repository.contained(self.base, (*([head] if head else []), *revisions))

    def subject(self, sha: str) -> str:
        """Return a commit's subject, or an empty text where there is no such commit."""
        found = self._line("rev-parse", "--verify", "--quiet", f"{sha}^{{commit}}")
        return self._line("log", "-1", "--format=%s", found) if found else ""

    def ancestor(self, sha: str) -> bool:
        """Whether the base contains a commit."""
        return self.repository.descends(self.base, sha)

    def prefixes(self, paths: Sequence[str]) -> set[str]:
        """Return what stands before the colon in the subjects of the last commits to some files, in lower case."""
        log = self._git("log", f"-{_RECENT}", "--format=%H %s", self.base, "--", *_named(paths))
        ends = self.repository.ends  # git says of such a commit that it touched every file
        subjects = [row.partition(" ")[2] for row in log.text.splitlines() if row.partition(" ")[0] not in ends]
        return {one.split(":")[0].lower() for one in subjects if ":" in one}

    def words(self, names: Sequence[str], paths: Sequence[str]) -> set[str]:
        """Return which of some names the base's sources hold; first the folders of the touched files are searched."""
        near = sorted({path.rpartition("/")[0] or "." for path in _named(paths)} | {"include/linux"})
        found = self._grep(names, near)
        left = sorted(set(names) - found)
        return found | (self._grep(left, []) if left else set())

    def apply(self, mails: Sequence[bytes]) -> tuple[list[str], str]:
        """Apply mails in order with zero fuzz, in an index of their own.

        Returns:
            The tree's id behind each mail that applies, and why the next one does not, or an empty text.

        Raises:
            InfrastructureError: the temporary folder does not take them.
        """
        return applied.apply(mails, Store(self.repository.objects, self.base, ""))

    def asked(self, mails: Sequence[Mail], jobs: int) -> list[frozenset[str]]:
        """Return whom the base's get_maintainer.pl names for each patch.

        Raises:
            FindingsError: the base has no such script.
            InfrastructureError: it broke.
        """
        paths = {one.path for mail in mails for one in mail.files}
        with temporary() as room:
            with open_tree(self.repository.objects, self.base) as tree:
                maintainers.export(tree, paths, room)
            questions = []
            for number, mail in enumerate(mails):
                patch = room / f"{number}.patch"
                patch.write_bytes(mail.raw)
                questions.append(functools.partial(maintainers.ask, room, patch))
            answers = gather(questions, workers=jobs)
        return [frozenset(address.lower() for _, address in (*who.to, *who.cc)) for who in answers]

    def _grep(self, names: Sequence[str], paths: Sequence[str]) -> set[str]:
        """Return which names occur as words below some folders; all where none is given."""
        patterns = [part for name in names for part in ("-e", name)]
        done = self._git("grep", "-h", "-o", "-w", "-F", "-I", *patterns, self.base, "--", *paths)
        if done.stderr:  # of what cannot be read git says a word, and ends with 1 as where it finds nothing
            raise InfrastructureError(f"the base's files cannot be searched: {done.why()}")
        return set(done.text.split())

    def _git(self, *arguments: str) -> Completed:
        """Ask git of the objects; a path is taken as it is, whatever a pattern would make of it."""
        return git(self.repository.objects, *arguments, check=False, env={"GIT_LITERAL_PATHSPECS": "1"})

    def _line(self, *arguments: str) -> str:
        return line(self.repository.objects, *arguments)


def find(repository: Repository, base: str) -> Facts | None:
    """Return the facts of a repository, or None where it does not have the base."""
    wanted = ("--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    found = line(repository.objects, "rev-parse", *wanted) if base else ""
    return Facts(repository, found) if found else None


def _named(paths: Sequence[str]) -> list[str]:
    """Leave out what cannot be in a tree: a mail names any path."""
    return [one for one in paths if one.isprintable() and not one.startswith("/") and ".." not in one.split("/")]


def patatt() -> str | None:
    """Return where patatt is: in PATH, or beside this program's interpreter."""
    beside = Path(sys.executable).with_name("patatt")
    return shutil.which("patatt") or (str(beside) if beside.is_file() else None)

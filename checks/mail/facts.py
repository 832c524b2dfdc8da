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
from generator import maintainers, previous, process
from generator.store import Store
from generator.temporary import temporary
from generator.theirs import git, line, open_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.mail.message import Mail

SECONDS = 60.0
_RECENT = 300
"""Commits to the touched files that are looked at for their prefixes."""


@functools.cache
def patch_id(mail: Mail) -> str:
    """Return git's stable patch id, or an empty text where there is no patch."""
    done = process.run(["git", "patch-id", "--stable"], seconds=SECONDS, stdin=mail.diff.encode("utf-8", "replace"))
    return done.text.split(" ")[0].strip()


def attested_by(mail: Mail) -> str:
    """Return why patatt does not vouch for a mail, or an empty text where it does."""
    done = process.run([patatt() or "patatt", "validate"], seconds=SECONDS, stdin=mail.raw, check=False)
    said = " ".join((done.stdout + done.stderr).decode("utf-8", "replace").split())
    return "" if done.returncode == 0 else said or done.why()


@dataclass(frozen=True)
class Facts:
    """A repository and the commit in it that a posting is made for.

    Attributes:
        repository: a git directory, bare or not.
        base: the base-commit's full id, which is there.
    """

    repository: Path
    base: str

    @property
    def history(self) -> bool:
        """Whether the base has ancestors here: not in a shallow clone, nor in an import."""
        return bool(line(self.repository, "rev-parse", "--verify", "--quiet", f"{self.base}^"))

    def public(self) -> bool:
        """Whether a tag or a remote branch contains the base."""
        wanted = ("--count=1", "--contains", self.base, "refs/remotes", "refs/tags")
        return bool(line(self.repository, "for-each-ref", *wanted))

    def subject(self, sha: str) -> str:
        """Return a commit's subject, or an empty text where there is no such commit."""
        found = line(self.repository, "rev-parse", "--verify", "--quiet", f"{sha}^{{commit}}")
        return line(self.repository, "log", "-1", "--format=%s", found) if found else ""

    def ancestor(self, sha: str) -> bool:
        """Whether the base contains a commit."""
        done = git(self.repository, "merge-base", "--is-ancestor", sha, self.base, check=False)
        return done.returncode == 0

    def prefixes(self, paths: Sequence[str]) -> set[str]:
        """Return what stands before the colon in the subjects of the last commits to some files, in lower case."""
        log = git(self.repository, "log", f"-{_RECENT}", "--format=%s", self.base, "--", *paths, check=False)
        return {row.split(":")[0].lower() for row in log.text.splitlines() if ":" in row}

    def words(self, names: Sequence[str], paths: Sequence[str]) -> set[str]:
        """Return which of some names the base's sources hold; first the folders of the touched files are searched."""
        near = sorted({path.rpartition("/")[0] or "." for path in paths} | {"include/linux"})
        found = self._grep(names, near)
        left = sorted(set(names) - found)
        return found | (self._grep(left, []) if left else set())

    def apply(self, mails: Sequence[bytes]) -> tuple[list[str], str]:
        """Apply mails in order with zero fuzz, in an index of their own.

        Returns:
            The tree's id behind each mail that applies, and why the next one does not, or an empty text.
        """
        return previous.apply(mails, Store(self.repository, self.base, ""))

    def asked(self, mails: Sequence[Mail], jobs: int) -> list[frozenset[str]]:
        """Return whom the base's get_maintainer.pl names for each patch.

        Raises:
            FindingsError: the base has no such script.
            InfrastructureError: it broke.
        """
        paths = {one.path for mail in mails for one in mail.files}
        with temporary() as room:
            with open_tree(self.repository, self.base) as tree:
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
        wanted = ["grep", "-h", "-o", "-w", "-F", "-I", *patterns, self.base, "--", *paths]
        return set(git(self.repository, *wanted, check=False).text.split())


def find(repository: Path, base: str) -> Facts | None:
    """Return the facts of a repository, or None where it does not have the base, or is none."""
    if not base or not repository.is_dir():
        return None
    found = line(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    return Facts(repository, found) if found else None


def patatt() -> str | None:
    """Return where patatt is: in PATH, or beside this program's interpreter."""
    beside = Path(sys.executable).with_name("patatt")
    return shutil.which("patatt") or (str(beside) if beside.is_file() else None)

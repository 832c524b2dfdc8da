# SPDX-License-Identifier: GPL-2.0-only
"""From commits to mails: git's patch files, the tree's own maintainers, the letter, an mbox of them all."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.parallel import gather
from generator import maintainers
from generator.fragment import Fragments, TemplateCompiler
from generator.git import git
from generator.temporary import temporary
from patchset import history as histories
from patchset.errors import InfrastructureError
from patchset.snapshot import where
from patchset.types import COVER
from respin.posting import letter, mails
from respin.posting.recipients import address_of, with_lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from generator.commit import Commit
    from generator.maintainers import Recipients
    from generator.store import Store
    from generator.tree import Tree
    from patchset.history import History, Version
    from patchset.types import Series
    from respin.posting.letter import Measured


@dataclass(frozen=True, slots=True)
class BaseWords:
    """The base, in a letter's words.

    Attributes:
        title: its name and version.
        probes: what the series asks of it, and the answers.
        public: True where its commit's id is to be told (S01): not that of a plain directory.
    """

    title: str
    probes: Mapping[str, bool]
    public: bool


@dataclass(frozen=True, slots=True)
class Making:
    """One series on its way into mails.

    Attributes:
        tool: what makes them, with its version.
        series: the definition.
        history: of the series.
        version: the one to write.
        prefix: what stands before PATCH, or empty.
        sender: `Name <mail>`.
        date: of the cover letter, in seconds since the epoch.
        base: what the letter says of it.
        store: where the commits are.
        commits: one a patch.
        compare: the range-diff against the version before, titled; or empty.
        tested: how the series was tested, in words.
        measured: what was measured of it.
        jobs: how many processes may run at once.
    """

    tool: str
    series: Series
    history: History
    version: Version
    prefix: str
    sender: str
    date: int
    base: BaseWords
    store: Store
    commits: Sequence[Commit]
    compare: str
    tested: str
    measured: Sequence[Measured]
    jobs: int

    def make(self, room: Path, rendered: Tree) -> list[Path]:
        """Write the mails and the mbox into an empty folder; return the files, the mbox last.

        Args:
            room: the folder.
            rendered: the files of the rendered tree: its MAINTAINERS know the new files.

        Raises:
            InputError: a text of the definition, or the sender, is wrong.
            FindingsError: the base has no get_maintainer.pl, or no MAINTAINERS.
            InfrastructureError: the script broke, or names nobody.
        """
        files = self._formatted(room)
        everybody = self._recipients(files[1:], rendered)
        texts = [letter.filled(files[0].read_bytes(), self._letter()), *(one.read_bytes() for one in files[1:])]
        texts = mails.address(texts, everybody, self._thread())
        whole = room / f"{self.series.name}-v{self.version.number}.mbox"
        whole.write_bytes(mails.mailbox({file.name: text for file, text in zip(files, texts, strict=True)}))
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text)
        return [*files, whole]

    def _formatted(self, room: Path) -> list[Path]:
        """Have git write a cover letter, still to be filled in, and one mail a commit, in this order.

        An author who is not the sender is named in the body (M02). From the second version on vN- stands before the
        names of the files.
        """
        name, address = person(self.sender)
        date = f"@{self.date} +0000"
        committer = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": address, "GIT_COMMITTER_DATE": date}
        number = self.version.number
        options = [
            *("--cover-letter", "--full-index", "--no-color", "--quiet", "--no-thread", f"--signature={self.tool}"),
            f"--from={self.sender}",
            f"--subject-prefix={f'{self.prefix} PATCH'.lstrip()}",
            *([f"--reroll-count={number}"] if number > 1 else []),
            *([f"--base={self.store.base}"] if self.base.public else []),
            f"--output-directory={room.resolve()}",
        ]
        commits = f"{self.store.base}..{self.commits[-1].sha}"
        git(self.store.repository, "format-patch", *options, commits, env=committer)
        files = sorted(room.glob("*.patch"))
        if len(files) != len(self.commits) + 1:
            told = f"git format-patch wrote {len(files)} files for {len(self.commits)} commits and a cover"
            raise InfrastructureError(told)
        return files

    def _recipients(self, files: Sequence[Path], rendered: Tree) -> list[Recipients]:
        paths = {path for one in self.commits for path in one.paths}
        with temporary() as room:
            maintainers.export(rendered, paths, room)
            questions = [functools.partial(maintainers.ask, room, one) for one in files]
            asked = gather(questions, workers=self.jobs)
        for file, who in zip(files, asked, strict=True):
            if not (who.to or who.cc):
                raise InfrastructureError(f"{maintainers.SCRIPT} names nobody for {file.name}")
        lists = self.history.lists
        return [with_lists(who, lists, one.paths) for who, one in zip(asked, self.commits, strict=True)]

    def _letter(self) -> letter.Letter:
        series, base = self.series, self.base
        subjects = [one.subject for one in self.commits]
        body = Fragments(series.templates, base.probes, TemplateCompiler()).text(
            histories.text(series, COVER),
            where(series.folder, COVER),
            changes=letter.changes(self.history, self.version),
            measured=self.measured,
            tested=self.tested,
            provenance=letter.provenance(self.tool, series.name, series.digest, base.title, subjects),
        )
        return letter.Letter(series.title, body, self.compare, self.history.change_id, person(self.sender))

    def _thread(self) -> mails.Thread:
        day = dt.datetime.fromtimestamp(self.date, dt.UTC).strftime("%Y%m%d")
        address = person(self.sender)[1]
        address_of("", address)  # refuses what no mail could reach
        return mails.Thread(f"{day}-{self.series.name}-v{self.version.number}", address.rpartition("@")[2])


def titled(name: str, version: str) -> str:
    """Return what a letter calls a base; a version that is part of its name is not said twice."""
    return f"{name} ({version})" if version not in name else name


def person(sender: str) -> tuple[str, str]:
    """Return name and address of `Name <mail>`."""
    name, _, address = sender.rpartition(" ")
    return name, address.strip("<>")

# SPDX-License-Identifier: GPL-2.0-only
"""From a rendered series to its mails: git's patch files, the base's maintainers, the letter, an mbox of them all."""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.parallel import gather
from checks.report import evidence
from generator import cover, mail, maintainers, previous
from generator.fragment import Fragments
from generator.patchfiles import Posting, format_mails, write_all
from generator.probe import answers
from generator.recipients import address_of, with_lists
from generator.tree import Overlay
from patchset import history as histories
from patchset.errors import FindingsError, InputError
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.report.model import Report
    from generator.commit import Commit, Stamp
    from generator.recipients import Recipients
    from generator.rendering import RenderedPatch
    from generator.store import Store
    from patchset.history import History, Version
    from respin.session import Session

TOOL = f"respin {VERSION}"
RESEND = "RESEND"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for.

    Attributes:
        sender: `Name <mail>`, from git's configuration.
        history: of the series.
        version: the one to write.
        prefix: what stands before PATCH, or empty.
        previous: where the version before is: an mbox, a ref, a range; or None.
        reports: what is known of its tests.
        jobs: how many processes may run at once.
    """

    sender: str
    history: History
    version: Version
    prefix: str
    previous: str | None
    reports: Sequence[Report]
    jobs: int


@dataclass(frozen=True, slots=True)
class Mailing:
    """One series on its way into mails.

    Attributes:
        session: base and definition.
        store: where the commits are.
        commits: one a patch.
        patches: as they were rendered.
        stamp: the dates.
        wanted: what the user asked for.
    """

    session: Session
    store: Store
    commits: Sequence[Commit]
    patches: Sequence[RenderedPatch]
    stamp: Stamp
    wanted: Wanted

    def write(self, folder: Path) -> list[Path]:
        """Write the mails and the mbox into the user's folder, all of them or none; return the files, the mbox last.

        Raises:
            InputError: something that was given is wrong.
            FindingsError: the base names no maintainers, or a RESEND is none.
        """
        compare = self._compared()
        return write_all(folder, lambda room: self._make(room, compare))

    def _make(self, room: Path, compare: str) -> list[Path]:
        """Make all files in a folder aside."""
        wanted = self.wanted
        known = self.session.base.repository is not None
        posting = Posting(wanted.sender, self.stamp.date, wanted.prefix, wanted.version.number, TOOL, known)
        files = format_mails(self.store, self.commits, room, posting)
        everybody = self._recipients(files[1:])
        mails = [mail.cover(files[0].read_bytes(), self._letter(compare)), *(one.read_bytes() for one in files[1:])]
        mails = mail.address(mails, everybody, self._thread())
        whole = room / f"{self.session.series.name}-v{wanted.version.number}.mbox"
        whole.write_bytes(mail.mailbox({file.name: text for file, text in zip(files, mails, strict=True)}))
        for file, text in zip(files, mails, strict=True):
            file.write_bytes(text)
        return [*files, whole]

    def _recipients(self, files: Sequence[Path]) -> list[Recipients]:
        self.session.progress.say("asking get_maintainer.pl")
        paths = {path for one in self.commits for path in one.paths}
        with tempfile.TemporaryDirectory(prefix="respin-") as name:
            with self.session.base.open() as tree:
                rendered = Overlay(tree)
                for patch in self.patches:
                    rendered.changed.update(patch.files)
                maintainers.export(rendered, paths, Path(name))
            questions = [functools.partial(maintainers.ask, Path(name), one) for one in files]
            asked = gather(questions, workers=self.wanted.jobs)
        lists = self.wanted.history.lists
        return [with_lists(who, lists, one.paths) for who, one in zip(asked, self.commits, strict=True)]

    def _letter(self, compare: str) -> mail.Letter:
        series, base, wanted = self.session.series, self.session.base, self.wanted
        with base.open() as tree:
            fragments = Fragments(series.templates, answers(series.probes, tree))
        name = f"{base.name} ({base.version})" if base.version not in base.name else base.name
        subjects = [one.subject for one in self.commits]
        body = fragments.text(
            histories.text(series, histories.COVER),
            histories.COVER,
            changes=cover.changes(wanted.history, wanted.version),
            measured=evidence.measured(wanted.reports),
            tested=evidence.tested(wanted.reports, self.session.tree_of(self.store)),
            provenance=cover.provenance(TOOL, series.name, series.digest, name, subjects),
        )
        return mail.Letter(series.title, body, compare, wanted.history.change_id, _person(wanted.sender))

    def _compared(self) -> str:
        """Return the range-diff against the previous version, titled; refuse a RESEND that changes a patch."""
        wanted = self.wanted
        resend = RESEND in wanted.prefix.split()
        if wanted.previous is None:
            if resend:
                why = "a RESEND must be what was sent before, and nothing to compare with was given"
                raise InputError(why, hint="--previous takes the mbox or the ref that was sent")
            return ""
        self.session.progress.say(f"comparing with {wanted.previous}")
        now = previous.Range(self.store.base, self.commits[-1].sha)
        before = previous.find(wanted.previous, self.session.base, self.store)
        if resend:
            if previous.patch_ids(self.store, before) != previous.patch_ids(self.store, now):
                hint = "start a new version: `respin mail --next`"
                raise FindingsError(f"this is no RESEND: {wanted.previous} holds other patches (S07)", hint=hint)
            return ""
        number = wanted.version.number
        against = wanted.history.version(number - 1) if number > 1 else "the version before"
        return f"Range-diff against {against}:\n{previous.range_diff(self.store, before, now)}"

    def _thread(self) -> mail.Thread:
        day = dt.datetime.fromtimestamp(self.stamp.date, dt.UTC).strftime("%Y%m%d")
        address = _person(self.wanted.sender)[1]
        address_of("", address)  # refuses what no mail could reach
        return mail.Thread(
            f"{day}-{self.session.series.name}-v{self.wanted.version.number}", address.rpartition("@")[2]
        )


def _person(sender: str) -> tuple[str, str]:
    name, _, address = sender.rpartition(" ")
    return name, address.strip("<>")

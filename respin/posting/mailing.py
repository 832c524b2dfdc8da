# SPDX-License-Identifier: GPL-2.0-only
"""From a rendered series to its mails: what the user asked for, compared with the version before, written at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.probe import answers
from generator.room import room_in, telling
from generator.source import Sources
from generator.tree import Overlay
from patchset.errors import FindingsError, InputError
from respin.posting import evidence, making, previous
from respin.version import TOOL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from generator.base import Base
    from generator.commit import Commit
    from generator.rendering import RenderedPatch
    from generator.store import Store
    from patchset.history import History, Version
    from patchset.types import Series
    from respin.report.model import Report

RESEND = "RESEND"


@dataclass(frozen=True, slots=True)
class MailOptions:
    """What the user asked for.

    Attributes:
        sender: `Name <mail>`, from git's configuration.
        date: of the mails, in seconds since the epoch.
        history: of the series.
        version: the one to write.
        prefix: what stands before PATCH, or empty.
        previous: where the version before is: an mbox, a ref, a range; or None.
        reports: what is known of its tests.
        jobs: how many processes may run at once.
    """

    sender: str
    date: int
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
        base: where it was rendered.
        series: the definition.
        tree: the id of the base's tree.
        store: where the commits are.
        commits: one a patch.
        patches: as they were rendered.
        wanted: what the user asked for.
        say: takes lines that tell what is being waited for.
    """

    base: Base
    series: Series
    tree: str
    store: Store
    commits: Sequence[Commit]
    patches: Sequence[RenderedPatch]
    wanted: MailOptions
    say: Callable[[str], None]

    def write(self, folder: Path) -> list[Path]:
        """Write the mails and the mbox into the user's folder, all of them or none; return the files, the mbox last.

        Raises:
            InputError: something that was given is wrong.
            FindingsError: the base names no maintainers, or a RESEND is none.
        """
        base, series, wanted = self.base, self.series, self.wanted
        compare = self._compared()
        with base.open() as tree:
            rendered = Overlay(tree)
            known = making.BaseWords(
                making.titled(base.name, base.version),
                answers(series.probes, tree, Sources()),
                base.public,
            )
            for patch in self.patches:
                for path in patch.removed:
                    rendered.remove(path)
                rendered.changed.update(patch.files)
            made = making.Making(
                tool=TOOL,
                series=series,
                history=wanted.history,
                version=wanted.version,
                prefix=wanted.prefix,
                sender=wanted.sender,
                date=wanted.date,
                base=known,
                store=self.store,
                commits=self.commits,
                compare=compare,
                tested=evidence.tested(wanted.reports, self.tree),
                measured=evidence.measured(wanted.reports),
                jobs=wanted.jobs,
            )
            self.say("asking get_maintainer.pl")
            with room_in(folder) as room, telling(folder):
                return room.deliver(made.make(room.path, rendered))

    def _compared(self) -> str:
        """Return the range-diff against the previous version, titled; refuse a RESEND that changes a patch."""
        wanted = self.wanted
        resend = RESEND in wanted.prefix.split()
        if wanted.previous is None:
            if resend:
                why = "a RESEND must be what was sent before, and nothing to compare with was given"
                raise InputError(why, hint="--previous takes the mbox or the ref that was sent")
            return ""
        self.say(f"comparing with {wanted.previous}")
        now = previous.Range(self.store.base, self.commits[-1].sha)
        before = previous.find(wanted.previous, self.base, self.store)
        if resend:
            if previous.patch_ids(self.store, before) != previous.patch_ids(self.store, now):
                hint = "start a new version: `respin mail --next`"
                raise FindingsError(f"this is not a RESEND: {wanted.previous} holds other patches (S07)", hint=hint)
            return ""
        number = wanted.version.number
        against = wanted.history.version(number - 1) if number > 1 else "the version before"
        return f"Range-diff against {against}:\n{previous.range_diff(self.store, before, now)}"

# SPDX-License-Identifier: GPL-2.0-only
"""The mails of a series that is only being checked: what `respin mail` would write, but for how it was tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.git import git, line, open_tree
from generator.objects import date_of
from generator.probe import answers
from generator.source import Sources
from generator.store import Store
from generator.temporary import temporary
from respin.posting.making import BaseWords, Making, titled
from respin.version import TOOL

if TYPE_CHECKING:
    from checks.contract import Subject

UNSAID = "How it was tested is what this very run of the checks finds out."
"""What stands in the letter where `respin mail` tells the results: they are not there yet."""


def mailbox(subject: Subject, jobs: int) -> bytes:
    """Return the mbox of the series' last version, as its author would send it.

    Args:
        subject: what is checked; patches with tests are not posted.
        jobs: how many processes may run at once.

    Raises:
        RespinError: see `respin.posting.making.Making.make`.
    """
    series, commits = subject.series, [one for one in subject.commits if not one.tests]
    known = series.history
    with open_tree(subject.repository, subject.base) as tree:
        probes = answers(series.probes, tree, Sources())
    first = git(subject.repository, "cat-file", "commit", commits[0].sha).stdout
    making = Making(
        tool=TOOL,
        series=series,
        history=known,
        version=known.version(None),
        prefix=known.version(None).prefix,
        sender=line(subject.repository, "log", "-1", "--format=%an <%ae>", commits[0].sha),
        date=date_of(first),
        base=BaseWords(titled(subject.name, subject.version), probes, public=True),
        store=Store(subject.repository, subject.base, ""),
        commits=commits,
        compare="",
        tested=UNSAID,
        measured=(),
        jobs=jobs,
    )
    with temporary() as room, open_tree(subject.repository, commits[-1].sha) as rendered:
        return making.make(room, rendered)[-1].read_bytes()

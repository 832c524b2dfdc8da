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
from patchset import history as histories
from patchset.errors import FindingsError, InputError
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.report.model import Report
    from generator.commit import Commit, Stamp
    from generator.recipients import Recipients
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


def write(  # noqa: PLR0913, PLR0917 - what a series is made of
    session: Session, store: Store, commits: Sequence[Commit], stamp: Stamp, wanted: Wanted, folder: Path
) -> list[Path]:
    """Write the mails and the mbox into the user's folder, all of them or none; return the files, the mbox last.

    Raises:
        InputError: something that was given is wrong.
        FindingsError: the base names no maintainers, or a RESEND is none.
    """
    compare = _compared(session, store, commits, wanted)
    posting = Posting(wanted.sender, stamp.date, wanted.prefix, wanted.version.number, TOOL, _is_commit(session))
    return write_all(folder, functools.partial(_make, session, store, commits, posting, wanted, compare))


def _make(  # noqa: PLR0913, PLR0917 - as `write`
    session: Session,
    store: Store,
    commits: Sequence[Commit],
    posting: Posting,
    wanted: Wanted,
    compare: str,
    room: Path,
) -> list[Path]:
    """Make all files in a folder aside."""
    files = format_mails(store, commits, room, posting)
    everybody = _recipients(session, store, commits, wanted, files[1:])
    letter = _letter(session, store, commits, wanted, compare)
    mails = [mail.cover(files[0].read_bytes(), letter), *(one.read_bytes() for one in files[1:])]
    mails = mail.address(mails, everybody, _thread(session, posting))
    whole = room / f"{session.series.name}-v{wanted.version.number}.mbox"
    whole.write_bytes(mail.mailbox({file.name: text for file, text in zip(files, mails, strict=True)}))
    for file, text in zip(files, mails, strict=True):
        file.write_bytes(text)
    return [*files, whole]


def _recipients(
    session: Session, store: Store, commits: Sequence[Commit], wanted: Wanted, files: Sequence[Path]
) -> list[Recipients]:
    session.progress.say("asking get_maintainer.pl")
    paths = {path for one in commits for path in one.paths}
    with tempfile.TemporaryDirectory(prefix="respin-") as name:
        maintainers.export(store.repository, commits[-1].sha, paths, Path(name))
        asked = gather([functools.partial(maintainers.ask, Path(name), one) for one in files], workers=wanted.jobs)
    return [with_lists(who, wanted.history.lists, one.paths) for who, one in zip(asked, commits, strict=True)]


def _letter(session: Session, store: Store, commits: Sequence[Commit], wanted: Wanted, compare: str) -> mail.Letter:
    series, base = session.series, session.base
    with base.open() as tree:
        fragments = Fragments(series.templates, answers(series.probes, tree))
    name = f"{base.name} ({base.version})" if base.version not in base.name else base.name
    body = fragments.text(
        histories.text(series, histories.COVER),
        histories.COVER,
        changes=cover.changes(wanted.history, wanted.version),
        measured=evidence.measured(wanted.reports),
        tested=evidence.tested(wanted.reports, session.tree_of(store)),
        provenance=cover.provenance(TOOL, series.name, series.digest, name, [one.subject for one in commits]),
    )
    return mail.Letter(series.title, body, compare, wanted.history.change_id, _person(wanted.sender))


def _compared(session: Session, store: Store, commits: Sequence[Commit], wanted: Wanted) -> str:
    """Return the range-diff against the previous version, under its title; refuse a RESEND that changes a patch."""
    resend = RESEND in wanted.prefix.split()
    if wanted.previous is None:
        if resend:
            hint = "--previous takes the mbox or the ref that was sent"
            raise InputError("a RESEND must be what was sent before, and nothing to compare with was given", hint=hint)
        return ""
    session.progress.say(f"comparing with {wanted.previous}")
    now = previous.Range(store.base, commits[-1].sha)
    before = previous.find(wanted.previous, session.base, store)
    if resend:
        if previous.patch_ids(store, before) != previous.patch_ids(store, now):
            hint = "start a new version: `respin mail --next`"
            raise FindingsError(f"this is no RESEND: {wanted.previous} holds other patches (S07)", hint=hint)
        return ""
    number = wanted.version.number
    against = wanted.history.version(number - 1) if number > 1 else "the version before"
    return f"Range-diff against {against}:\n{previous.range_diff(store, before, now)}"


def _thread(session: Session, posting: Posting) -> mail.Thread:
    day = dt.datetime.fromtimestamp(posting.date, dt.UTC).strftime("%Y%m%d")
    address = _person(posting.sender)[1]
    address_of("", address)  # refuses what no mail could reach
    return mail.Thread(f"{day}-{session.series.name}-v{posting.version}", address.rpartition("@")[2])


def _person(sender: str) -> tuple[str, str]:
    name, _, address = sender.rpartition(" ")
    return name, address.strip("<>")


def _is_commit(session: Session) -> bool:
    return session.base.repository is not None

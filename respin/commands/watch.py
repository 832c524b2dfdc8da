# SPDX-License-Identifier: GPL-2.0-only
"""`respin watch BASE...`, for a timer: check what is new, tell where a verdict changed, and else say nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import click

from generator import bases
from patchset.errors import RespinError
from respin.lines import tell
from respin.matrix import table, watched
from respin.matrix.asked import asked_options
from respin.matrix.drive import Drive
from respin.matrix.job import lost, missed
from respin.matrix.watched import Seen
from respin.options import complete_base, settings, settings_options
from respin.progress import shown
from respin.session import Session

if TYPE_CHECKING:
    from generator.base import Base
    from patchset.types import Series
    from respin.matrix.asked import AskedJobs
    from respin.matrix.job import MatrixJob
    from respin.matrix.watched import JobChange
    from respin.progress import ProgressLines
    from respin.report.matrix.model import JobEntry


class New(NamedTuple):
    """A base that is another one than it was, or a series that is; None where it was not seen before."""

    base: Base
    before: Seen | None


@click.command("watch")
@click.argument("base", metavar="BASE...", nargs=-1, required=True, shell_complete=complete_base)
@asked_options
@click.option("--json", "json_file", metavar="FILE", help="Write the JSON object of what changed; - is stdout.")
@click.option("--html", "html_file", metavar="FILE", help="Write a page of what changed.")
@settings_options
def command(base: tuple[str, ...], asked: AskedJobs, json_file: str | None, html_file: str | None) -> int:
    """Check each BASE that is another one than when it was watched last, and tell where a verdict changed.

    Exit code: 0 where no verdict changed; else that of what changed: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4
    nothing ran, 130 interrupted.
    """
    began, files = time.monotonic(), table.MatrixFiles(json_file, html_file)
    answers: dict[MatrixJob, JobEntry] = {}
    with shown(settings()) as progress:
        new = _new(asked, base, answers, progress)
        for job, one in new.items():
            if said := _explained(job, one, _series(asked, job), progress):
                tell([said], err=files.on_stdout)
        if new:
            _answered(asked, new, answers)
    changed = {job: entry for job, entry in answers.items() if lost(entry) or _changes(new.get(job), entry)}
    for job, entry in changed.items():
        tell(_told(job, new.get(job), entry), err=files.on_stdout)
    return table.publish(table.made([*changed], changed, time.monotonic() - began), files) if changed else 0


def _new(
    asked: AskedJobs, spec: tuple[str, ...], answers: dict[MatrixJob, JobEntry], progress: ProgressLines
) -> dict[MatrixJob, New]:
    """Return the jobs whose base or series is another one; a base that cannot be had has its answer already."""
    found: dict[str, Base] = {}
    new = {}
    for job in asked.jobs(spec):
        try:
            base = found[job.base] = found.get(job.base) or bases.find(job.base, settings().folder, progress.say)
        except RespinError as error:
            answers[job] = missed(job, error.message)
            continue
        before = watched.read(settings().folder, job)
        if before is None or not before.same(_id(base), job.digest):
            new[job] = New(base, before)
    return new


def _explained(job: MatrixJob, one: New, series: Series, progress: ProgressLines) -> str:
    """Return what is told at once of a base on which the series fits otherwise than it did: the checks take hours."""
    made = Session(job.base, series, settings(), progress).render(with_tests=True)
    fits = "PASS" if made.verdict == "applies" else "FAIL"
    otherwise = one.before and one.before.said.get("render series") != fits
    return f"{job.name}: {one.base.name}: {made.verdict}" if otherwise else ""


def _answered(asked: AskedJobs, new: dict[MatrixJob, New], answers: dict[MatrixJob, JobEntry]) -> None:
    """Do the jobs, and keep what was seen; what was lost is looked at again next time."""
    pool = asked.pool(len(new))
    drive = Drive(pool, [*new])
    try:
        drive.run(lambda _: None)  # nobody watches
    finally:
        pool.close()
    answers |= drive.entries
    for job, entry in drive.entries.items():
        if not lost(entry):
            base = new[job].base
            seen = Seen(base.name, _id(base), job.digest, watched.said(entry))
            watched.keep(settings().folder, job, seen)


def _changes(one: New | None, entry: JobEntry) -> list[JobChange]:
    """Return which verdicts changed; none where the base cannot be had."""
    return watched.changes(one.before, watched.said(entry)) if one else []


def _told(job: MatrixJob, one: New | None, entry: JobEntry) -> list[str]:
    """Return what is told of a base whose verdict changed; of one that is new the table tells all."""
    if one is None or one.before is None or lost(entry):
        return []
    lines = [f"  {each.about}: {each.now}, it was {each.was}" for each in _changes(one, entry)]
    return [f"{job.name}: {one.base.name}, which was {one.before.name}", *lines]


def _series(asked: AskedJobs, job: MatrixJob) -> Series:
    return next(one for one in asked.series.values() if one.name == job.series)


def _id(base: Base) -> str:
    """Return what changes where a base does; a plain directory is looked at each time."""
    return base.commit or str(time.time_ns())

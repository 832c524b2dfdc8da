# SPDX-License-Identifier: GPL-2.0-only
"""One job: a series on a base, checked by a respin of its own, of which a small answer comes back.

The respin runs in a process group with a deadline, on whatever machine the job came to. It may be begun any number of
times: its verdicts lie in the cache by their content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import process
from patchset.errors import InfrastructureError
from respin.report.matrix.model import JOB, MOST, RENDER, Cell, JobEntry, MatrixBase, alone, cells, worst
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.report.model import Report

PROGRAM = (*process.PYTHON, "-m", "respin.matrix")
"""`respin check` without the files and variables that set options: whoever made the job has read his."""
APPLIES, FINDINGS, USAGE, NOTHING_RAN = 0, 1, 2, 4
WARNINGS = 10
"""How many lines are kept that a respin told beside its report."""
SHORT = 12
"""Digits by which a person tells one state of a series from another."""


@dataclass(frozen=True, slots=True)
class MatrixJob:
    """What has to be done; it goes to other machines.

    Attributes:
        base: as the user named it.
        series: its name, or the folder of its definition.
        digest: of the series: a machine that has another state of it cannot do the job.
        words: options of `respin check`.
        seconds: the deadline.
        folder: where the user stands, from where a base may be named.
        variables: of the environment, that the respin is given beside those of its machine.
    """

    base: str
    series: str
    digest: str
    words: tuple[str, ...]
    seconds: float
    folder: str
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What the job is called where it is told of."""
        return f"{self.base} {self.series}"


def perform(job: MatrixJob, jobs: int = 0) -> JobEntry:
    """Do a job, here and now.

    Args:
        job: what to do.
        jobs: processes at once; 0 for as many as there are cores.

    Raises:
        InterruptedRunError: it was stopped.
    """
    began = time.monotonic()
    more = ("--jobs", str(jobs)) if jobs else ()
    argv = [*PROGRAM, "check", *job.words, *more, "--quiet", "--json", "-", "--", job.base]
    try:
        variables = dict(job.variables)
        entry = judged(job, process.run(argv, seconds=job.seconds, cwd=_folder(job), env=variables, check=False))
    except InfrastructureError as error:
        entry = missed(job, error.message)
    entry["seconds"] = round(time.monotonic() - began, 3)
    return entry


def _folder(job: MatrixJob) -> Path:
    """Return where the user stands.

    Raises:
        InfrastructureError: this machine has no such folder.
    """
    folder = Path(job.folder)
    if not folder.is_dir():
        raise InfrastructureError(f"there is no folder {folder} on this machine")
    return folder


def judged(job: MatrixJob, done: process.Completed) -> JobEntry:
    """Return what came of a job whose respin has ended."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        report: Report = json.loads(done.stdout)
        entry = _reported(job, report)
        entry["warnings"] = [one[:MOST] for one in done.stderr.decode("utf-8", "replace").splitlines()[:WARNINGS]]
        return entry
    told = _told(done)
    match done.returncode:
        case 1:
            return answered(job, alone(RENDER, "FAIL", told, again(job)))
        case 2:
            return answered(job, alone(JOB, "ERROR", told, again(job)))
        case _:
            return missed(job, told)


def _reported(job: MatrixJob, report: Report) -> JobEntry:
    """Return what a report says, where it speaks of the job: of this state of the series, by this respin."""
    if report["version"] != VERSION:
        return missed(job, f"respin is {report['version']} there, and {VERSION} here")
    if report["series"]["digest"] != job.digest:
        theirs, ours = report["series"]["digest"][:SHORT], job.digest[:SHORT]
        return missed(job, f"the series is another one there: {theirs}, and {ours} here")
    entry = answered(job, cells(report))
    base = report["base"]
    entry["base"] = MatrixBase(spec=job.base, name=base["name"], version=base["version"], tree=base["tree"])
    entry["cached"] = bool(report["results"]) and all(one["cached"] for one in report["results"])
    said = [
        [one["check"], one["patch"], one["status"], *([*finding.items()] for finding in one["findings"])]
        for one in report["results"]
    ]
    entry["digest"] = _digest(job, base["tree"], said)
    return entry


def answered(job: MatrixJob, made: list[Cell], worker: str = "") -> JobEntry:
    """Return the answer that some cells are; the verdict is the worst of them, but that it applies is none."""
    ran = [one["status"] for one in made if one["check"] != RENDER or one["status"] != "PASS"]
    return JobEntry(
        base=MatrixBase(spec=job.base, name="", version="", tree=""),
        series=job.series,
        status=worst(ran),
        cells=made,
        digest=_digest(job, "", [[one["check"], one["status"]] for one in made]),
        worker=worker or platform.node(),
        tries=1,
        seconds=0.0,
        cached=False,
        warnings=[],
    )


def missed(job: MatrixJob, why: str, worker: str = "") -> JobEntry:
    """Return the answer of a job that the machine, and not the series, kept from its end."""
    return answered(job, alone(JOB, "MISS", why, again(job)), worker)


def again(job: MatrixJob) -> str:
    """Return a line that does the job by hand."""
    return process.command_line(["respin", "check", *job.words, "--", job.base])


def lost(entry: JobEntry) -> bool:
    """Tell whether a job has no answer, for which another machine may be asked."""
    return any(one["check"] == JOB and one["status"] == "MISS" for one in entry["cells"])


def _digest(job: MatrixJob, tree: str, said: Sequence[Any]) -> str:
    text = json.dumps([job.digest, job.base if not tree else "", tree, said], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _told(done: process.Completed) -> str:
    """Return what a respin that has no report said last, or how it ended."""
    words = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode < 0 or not words:
        return done.why().replace(done.argv[0], "respin", 1)
    return words.removeprefix("respin: ")

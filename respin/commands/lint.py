# SPDX-License-Identifier: GPL-2.0-only
"""`respin lint MBOX|PATCH...|RANGE|-`: any series by the checklist, whoever made it."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from checks import runner, verdict
from checks.lint import CHECK, source
from checks.lint import facts as repositories
from checks.lint.judge import extent, judge, needs, note
from checks.lint.lines import IDS, LINES
from checks.lint.posting import Case, Need
from checks.lint.repository import found, opened
from checks.lint.results import results
from generator import process
from generator.git import NO_OBJECT, line
from generator.theirs import above
from patchset.errors import FindingsError, InfrastructureError, InputError
from respin.choosing import ids_options
from respin.judged import judged_by, judged_options
from respin.options import PathType, called, files_options, repeated, settings, settings_options
from respin.origin import Origin, of_file
from respin.outcome import check_entry, result_entry
from respin.report.made import run
from respin.report.model import BaseEntry, ExtentEntry, PatchEntry, Report, SeriesEntry
from respin.report.text import WHOLE
from respin.report.text import line as one_line
from respin.reports import publish
from respin.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Finding, Result
    from checks.lint.facts import Facts
    from checks.lint.judge import Verdict
    from checks.lint.message import Mail
    from checks.lint.posting import Posting
    from checks.lint.repository import Repository
    from respin.options import Files

LISTED = tuple(
    (one.id, f"{one.severity:7}  {one.profile or 'generic':7}  {one.title}  ({one.source})") for one in LINES
)
"""What --list shows: each line's id, severity, profile, what it asks for, and where that is written."""
_FOLDER = PathType(path_type=Path, file_okay=False, exists=True)


@click.command("lint")
@click.argument("given", metavar="MBOX|PATCH...|RANGE|-", nargs=-1)
@judged_options
@click.option("--repository", type=_FOLDER, metavar="DIR", help="It has the base-commit; default: the one you are in.")
@click.option("--no-repository", is_flag=True, help="Use no repository, the one you are in neither.")
@click.option("--trust", metavar="REF", multiple=True, help="A branch or tag whose get_maintainer.pl may be run too.")
@click.option("--previous", metavar="MBOX", help="The version before.")
@ids_options("line", [one.id for one in LINES], lambda *_: LISTED)
@files_options
@settings_options
def command(  # noqa: PLR0913 - one parameter an option
    *,
    given: tuple[str, ...],
    profiles: tuple[str, ...],
    series_name: str | None,
    repository: Path | None,
    no_repository: bool,
    trust: tuple[str, ...],
    previous: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    files: Files,
) -> int:
    """Judge the mails of any series by the checklist: mailboxes, patch files, a range of commits, or standard input.

    --only and --skip take lines of the checklist. Exit code: 0 clean, 1 findings, 2 usage.
    """
    if not given:
        raise click.UsageError("Missing argument: MBOX, PATCH, RANGE or -.")
    if repository and no_repository:
        raise click.UsageError("--repository and --no-repository cannot be used together.")
    started = time.monotonic()
    chosen = runner.chosen("line", only, skip, IDS)
    lint = judged_by(profiles, series_name)
    with contextlib.ExitStack() as stack:
        used = None if no_repository else _repository(repository, stack, wanted=source.is_range(given[0]))
        judged, before = _judged(given, previous, used)
        posting = judged.posting
        facts = repositories.find(used, posting.base) if used else None
        if used and facts and not repository:
            _tell(f"judged with the repository {used.names}; --no-repository leaves it out")
        has = needs(posting, facts, before, posted=judged.sent)
        case = Case(posting, lint.generated, facts, before, has=has)
        if facts and "M03" in chosen and Need.ADDRESSED in has and facts.trusted(trust):
            case = _asked(case, facts)
        verdicts = [*judged.notes, *judge(case, lint, chosen)]
        ran, asked = extent(case, lint, chosen)
        base = _base(given, posting.base, facts)
    lines = (word for name, ids in (("--only", only), ("--skip", skip)) if ids for word in (name, ",".join(ids)))
    reproduce = process.command_line(["respin", "lint", *given, *lines, *repeated()])
    made = results(posting, verdicts, time.monotonic() - started, reproduce)
    report = Report(
        tool="respin",
        version=VERSION,
        base=base,
        series=_series(posting),
        status=verdict.overall(made).value,
        checks=[check_entry(CHECK, "the mails are right by the checklist", IDS, made)],
        results=[result_entry(one, _origin) for one in made],
        extent=ExtentEntry(what="lines of the checklist", ran=ran, of=asked),
        run=run([called()], time.monotonic() - settings().began),
    )
    publish(report, files)
    return verdict.exit_code(made)


class _Judged(NamedTuple):
    """What is judged.

    Attributes:
        posting: the mails.
        sent: False for commits, which are no mails yet.
        notes: what is to be said of where they came from.
    """

    posting: Posting
    sent: bool
    notes: Sequence[Verdict] = ()


def _judged(given: Sequence[str], previous: str | None, used: Repository | None) -> tuple[_Judged, Posting | None]:
    """Read what is judged, and the version before: the one that is given, or an older one of the same thread.

    Raises:
        InputError: it cannot be read, or there is no patch in it.
    """
    before = source.thread(source.read([previous]))[-1] if previous else None
    if source.is_range(given[0]):
        if len(given) > 1:
            raise InputError(
                f"{given[0]} is a range, and cannot be used with {given[1]}", hint="judge a range by itself"
            )
        if used is None:
            raise InputError(f"there is no file {given[0]}, and a range needs a repository")
        return _Judged(source.commits(given[0], used), sent=False), before
    *older, posting = source.thread(source.read(given))
    if not older:
        return _Judged(posting, sent=True), before
    names = ", ".join(one.called for one in older)
    text = f"{posting.called} is judged; {names} is there too, and {older[-1].called} taken for the version before"
    _tell(text)
    return _Judged(posting, sent=True, notes=(note(text),)), before or older[-1]


def _repository(given: Path | None, stack: contextlib.ExitStack, *, wanted: bool) -> Repository | None:
    """Open the repository that is named, or the one that the current folder is in.

    Raises:
        InputError: it is not one, and is named or `wanted`.
        InfrastructureError: git cannot use it, and it is named or `wanted`.
    """
    if given or wanted:
        return stack.enter_context(opened(given or Path()))
    try:
        here = above(Path())
    except (InputError, InfrastructureError) as error:
        _tell(f"judged without the repository that you are in: {error.message}")
        return None
    return stack.enter_context(found(here)) if here else None


def _asked(case: Case, facts: Facts) -> Case:
    """Ask get_maintainer.pl; a base without one is no kernel, and M03 has nothing to go by."""
    try:
        return replace(case, asked=facts.asked(case.posting.patches, settings().jobs), has=case.has | {Need.ASKED})
    except FindingsError:
        return case


def _tell(said: str) -> None:
    """Say what a report does not: it is sent away, and a path of this machine is nobody's business."""
    if not settings().quiet:
        click.echo(f"respin: {one_line(said)}", err=True)


def _origin(_: Result, finding: Finding) -> Origin | None:
    """Return the place of a finding in a mailbox."""
    return Origin(of_file(Path(finding.file)), finding.line or 1) if finding.file else None


def _base(given: Sequence[str], named: str, facts: Facts | None) -> BaseEntry:
    """Return the base in the report's terms; git's null id stands for what is not known."""
    tree = line(facts.repository.objects, "rev-parse", f"{facts.base}^{{tree}}") if facts else NO_OBJECT
    version = f"base-commit {named[:12]}" if named else "no base-commit"
    # reports are sent away: no path of a machine
    name = " ".join(one if source.is_range(one) else Path(one).name or one for one in given)
    return BaseEntry(
        spec=process.command_line(given),
        name=name,
        version=version,
        commit=facts.base if facts else NO_OBJECT,
        tree=tree,
    )


def _series(posting: Posting) -> SeriesEntry:
    return SeriesEntry(
        name=posting.first.subject.title or "a series",
        title=posting.first.subject.title,
        digest=hashlib.sha256(b"".join(mail.raw for mail in posting.mails)).hexdigest(),
        patches=[
            _patch(number, name, mail)
            for number, (name, mail) in enumerate(zip(_names(posting), posting.patches, strict=True), 1)
        ],
        rules=[],
    )


def _names(posting: Posting) -> list[str]:
    """Name each patch by its subject, which stays the same where its number changes; two of one subject by both."""
    subjects = [mail.subject.title for mail in posting.patches]
    plain = {one for one in subjects if subjects.count(one) == 1} - {"", WHOLE}
    return [one if one in plain else f"{one} (patch {number})".lstrip() for number, one in enumerate(subjects, 1)]


def _patch(number: int, name: str, mail: Mail) -> PatchEntry:
    sha = mail.commit or NO_OBJECT
    title = mail.subject.title
    return PatchEntry(number=number, name=name, subject=title, commit=sha, tests=False, diff=mail.diff)

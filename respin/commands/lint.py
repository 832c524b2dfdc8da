# SPDX-License-Identifier: GPL-2.0-only
"""`respin lint MBOX|RANGE|-`: any series by the checklist, whoever made it."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks import runner, verdict
from checks.mail import facts as repositories
from checks.mail import source
from checks.mail.judge import judge, needs
from checks.mail.lines import IDS, LINES
from checks.mail.posting import Case, Need
from checks.mail.results import CHECK, results
from checks.report.model import BaseEntry, CheckEntry, ExtentEntry, PatchEntry, Report, SeriesEntry, result_entry
from checks.report.origin import Origin, of_file
from checks.report.text import WHOLE
from generator import process
from generator.git import NO_OBJECT
from generator.theirs import line
from patchset.errors import FindingsError
from respin.choosing import ids_options
from respin.judged import judged_by, judged_options
from respin.options import files_options, repeated, settings, settings_options
from respin.reports import publish
from respin.version import VERSION

if TYPE_CHECKING:
    from checks.mail.facts import Facts
    from checks.mail.message import Mail
    from checks.mail.posting import Posting
    from checks.types import Finding, Result
    from respin.options import Files

LISTED = [(one.id, f"{one.severity:7}  {one.profile or 'generic':7}  {one.title}  ({one.source})") for one in LINES]
"""What --list shows: each line's id, severity, profile, what it asks for, and where that is written."""
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_SHA = re.compile(rb"From ([0-9a-f]{40})\b")


@click.command("lint")
@click.argument("given", metavar="MBOX|RANGE|-", required=False)
@judged_options
@click.option("--repository", type=_FOLDER, metavar="DIR", help="It has the base-commit; default: this folder.")
@click.option("--previous", metavar="MBOX", help="The version before.")
@ids_options("line", LISTED)
@files_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    given: str | None,
    profiles: tuple[str, ...],
    series_name: str | None,
    repository: Path | None,
    previous: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    files: Files,
) -> int:
    """Judge the mails of any series by the checklist: an mbox, a range of commits, or standard input.

    --only and --skip take lines of the checklist. Exit code: 0 clean, 1 findings, 2 usage.
    """
    if given is None:
        raise click.UsageError("MBOX, RANGE or - is wanted.")
    started = time.monotonic()
    chosen = runner.chosen("line", only, skip, IDS)
    lint = judged_by(profiles, series_name)
    is_mail = given == "-" or Path(given).is_file()
    data = source.read(given) if is_mail else source.commits(given, repository or Path())
    posting = source.posting(data, given)
    facts = repositories.find(repository or Path(), posting.base)
    before = source.posting(source.read(previous), previous) if previous else None
    has = needs(posting, facts, before, posted=is_mail)
    case = Case(posting, lint.generated, facts, before, has=has)
    if facts and "M03" in chosen and Need.POSTED in has:
        case = replace(case, asked=_asked(facts, posting))
    verdicts = judge(case, lint, chosen, given if is_mail and given != "-" else "")
    lines = (word for name, ids in (("--only", only), ("--skip", skip)) if ids for word in (name, ",".join(ids)))
    reproduce = process.command_line(["respin", "lint", given, *lines, *repeated()])
    made = results(posting, verdicts, time.monotonic() - started, reproduce)
    box = of_file(Path(given)) if is_mail and given != "-" else ""

    def origin(_: Result, finding: Finding) -> Origin | None:
        return Origin(box, finding.line or 1) if box else None

    report = Report(
        tool="respin",
        version=VERSION,
        base=_base(given, posting.base, facts),
        series=_series(posting, data),
        status=verdict.overall(made).value,
        checks=[CheckEntry(id=CHECK, title="the mails are right by the checklist", rules=list(IDS))],
        results=[result_entry(one, origin) for one in made],
        extent=ExtentEntry(what="lines of the checklist", ran=len(chosen), of=len(IDS)),
    )
    publish(report, files)
    return verdict.exit_code(made)


def _asked(facts: Facts, posting: Posting) -> list[frozenset[str]]:
    """Ask get_maintainer.pl; a base without one is no kernel, and M03 has nothing to go by."""
    try:
        return facts.asked(posting.patches, settings().jobs)
    except FindingsError:
        return []


def _base(given: str, named: str, facts: Facts | None) -> BaseEntry:
    """Return the base in the report's terms; git's null id stands for what is not known."""
    tree = line(facts.repository, "rev-parse", f"{facts.base}^{{tree}}") if facts else NO_OBJECT
    version = f"base-commit {named[:12]}" if named else "no base-commit"
    name = Path(given).name if Path(given).is_file() else given  # reports are sent away: no path of a machine
    return BaseEntry(spec=given, name=name, version=version, commit=facts.base if facts else NO_OBJECT, tree=tree)


def _series(posting: Posting, data: bytes) -> SeriesEntry:
    return SeriesEntry(
        name=posting.first.subject.title or "a series",
        title=posting.first.subject.title,
        digest=hashlib.sha256(data).hexdigest(),
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
    found = _SHA.match(mail.raw)
    sha = found[1].decode() if found else NO_OBJECT
    title = mail.subject.title
    return PatchEntry(number=number, name=name, subject=title, commit=sha, tests=False, diff=mail.diff)

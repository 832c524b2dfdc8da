# SPDX-License-Identifier: GPL-2.0-only
"""`respin mail BASE -o DIR`: the series as it is posted: cover letter, patches, and an mbox of them all."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.contract import Severity
from checks.lint import source
from checks.lint.facts import Facts
from checks.lint.judge import judge, needs
from checks.lint.posting import Case
from checks.lint.repository import Repository
from generator.whole import whole
from patchset import history, loader
from patchset.errors import InputError
from patchset.lint import POSTED, Lint
from patchset.snapshot import where
from patchset.types import HISTORY
from respin import kept
from respin.lines import tell
from respin.options import PathType, author_option, complete_base, mail_settings_options, series_option, settings
from respin.posting.mailing import Mailing, MailOptions
from respin.progress import shown
from respin.report.text import line
from respin.session import Session, definition

if TYPE_CHECKING:
    from generator.base import Base
    from generator.rendering import Rendering
    from generator.store import Store
    from patchset.types import Series

RFC = "RFC"
_FILE = PathType(path_type=Path, dir_okay=False)


@click.command("mail")
@click.argument("base", metavar="BASE", required=False, shell_complete=complete_base)
@click.option("-o", "--output", type=PathType(path_type=Path, file_okay=False), metavar="DIR", help="Where they go.")
@click.option("-v", "number", type=click.IntRange(1), metavar="N", help="Which version; default: the last.")
@click.option("--prefix", metavar="P", help="What stands before PATCH: RFC, RESEND.")
@click.option("--rfc", is_flag=True, help="Put RFC before PATCH, and before what --prefix says.")
@click.option("--next", "following", is_flag=True, help="Start a new version from what stands below [next].")
@click.option("--previous", metavar="REF|MBOX", help="The version before, for a range-diff in the cover letter.")
@click.option("--results", type=_FILE, multiple=True, metavar="FILE", help="A JSON report of this series' checks.")
@author_option
@click.option("--date", metavar="DATE", help="Date of the mails: ISO 8601, @SECONDS or now; default: the base's.")
@click.option("-s", "--signoff", is_flag=True, help="End each message with your own Signed-off-by.")
@series_option
@mail_settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: str | None,
    output: Path | None,
    number: int | None,
    prefix: str | None,
    rfc: bool,
    following: bool,
    previous: str | None,
    results: tuple[Path, ...],
    author: str | None,
    date: str | None,
    signoff: bool,
    series_name: str,
) -> None:
    """Write the series, rendered on BASE, as the mails that are posted: files, and one mbox of them.

    What they lack before they can be sent is told: each patch your sign-off, and the series a public base-commit.

    To and Cc are what the base's own get_maintainer.pl says. The sender is your git identity, and nobody else ever.
    How it was tested comes from the last checks of this state of the series, and from the files of --results.
    """
    if (base is None) != (output is None) or (base is None and not following):
        raise click.UsageError("BASE and -o DIR are both required; --next alone starts a version and writes no mail.")
    if prefix is not None and not history.PREFIX.fullmatch(prefix):
        raise InputError(f"{prefix!r} is not a valid prefix", hint="e.g. --prefix RFC")
    series = definition(series_name)
    if following:
        _refuse_installed(series)
    file, text = where(series.folder, HISTORY), history.text(series, HISTORY)
    text = history.started(file, text) if following else text
    known = history.parse(file, text)
    if base is not None and output is not None:
        version = known.version(number)
        with shown(settings()) as progress:
            session = Session(base, series, settings(), progress)
            sender = session.sender()
            stamp = session.stamp(author or sender, date, signoff=False)
            wanted = MailOptions(
                sender=sender,
                date=stamp.date,
                history=known,
                version=version,
                prefix=_prefix(version.prefix if prefix is None else prefix, rfc=rfc),
                previous=previous,
                reports=[*kept.load(settings().folder, series), *(kept.read(file, series) for file in results)],
                jobs=settings().jobs,
            )
            rendering = _signed(session.render(with_tests=False), wanted.sender if signoff else "")
            with session.committed(rendering, stamp, whole=False) as (store, commits):
                tree, patches = session.tree_of(store), rendering.patches
                mailing = Mailing(session.base, series, tree, store, commits, patches, wanted, progress.say)
                written = mailing.write(output)
                missing = _missing(written[-1], session.base, store)
        tell(map(str, written))
        if not wanted.reports:
            click.echo("respin: no check of this state of the series is known, and the cover letter says so", err=True)
        for one in missing:
            click.echo(f"respin: not to be sent yet: {line(one)}", err=True)
        if missing and not signoff:
            click.echo("respin: -s adds your sign-off", err=True)
    if following:
        tell([f"{_keep(series, text)}: {known.versions[-1]} is started"], err=base is not None)


def _missing(mbox: Path, base: Base, store: Store) -> list[str]:
    """Tell what the mails still lack before they can be sent: the lines that no waiver holds for."""
    written = source.posting(mbox.read_bytes(), mbox.name)
    here = Repository(base.repository, store.repository) if base.repository else None
    facts = Facts(here, base.commit) if here else None
    case = Case(written, facts=facts, has=needs(written, facts, None, posted=True))
    findings = (one.finding for one in judge(case, Lint(), POSTED))
    return list(dict.fromkeys(one.message for one in findings if one.severity is not Severity.NOTE))


def _prefix(prefix: str, *, rfc: bool) -> str:
    """Put RFC in front of a prefix, as git format-patch --rfc does, where it is not in it."""
    return f"{RFC} {prefix}".rstrip() if rfc and RFC not in prefix.split() else prefix


def _signed(rendering: Rendering, signer: str) -> Rendering:
    """End each message with a sign-off; it is the sender's own, whoever the author is (T01)."""
    if not signer:
        return rendering
    line = f"\nSigned-off-by: {signer}\n"
    patches = tuple(one._replace(message=one.message + line) for one in rendering.patches)
    return rendering._replace(patches=patches)


def _refuse_installed(series: Series) -> None:
    """Refuse to start a version of a series that an update of respin would take back.

    Raises:
        InputError: it is such a one.
    """
    if loader.installed(Path(str(series.folder))):
        copy = shlex.quote(str(loader.own_folder() / series.name))
        raise InputError(
            f"the series {series.name} is part of the installed respin, whose {HISTORY} cannot be changed",
            hint=f"`respin new-series {copy} --from {series.name}` makes a copy of your own, by the same name",
        )


def _keep(series: Series, text: str) -> str:
    """Write the history back to the definition: all of it or nothing."""
    file = Path(str(series.folder)) / HISTORY
    try:
        with whole(file) as part:
            part.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}") from None
    return str(file)

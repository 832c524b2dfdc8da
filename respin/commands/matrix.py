# SPDX-License-Identifier: GPL-2.0-only
"""`respin matrix BASE...`: check series on many bases, on this machine or on many, and show one table."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks import stores
from checks.cards import Cards
from checks.known import known as now
from checks.names import whole
from checks.registry import CHECKS
from patchset import default
from patchset.errors import InterruptedRunError, SignalledError
from patchset.loader import is_path
from respin.choosing import ids_options
from respin.commands.check import demand, listed
from respin.matrix import table
from respin.matrix.drive import Drive
from respin.matrix.job import Job
from respin.matrix.pool import Local
from respin.matrix.shown import shown as live
from respin.options import (
    READ_ONLY,
    STORE,
    author_options,
    complete_base,
    complete_series,
    settings,
    settings_options,
    store_options,
)
from respin.progress import shown
from respin.session import definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from patchset.types import Series
    from respin.matrix.pool import Pool
    from respin.options import Place


@click.command("matrix")
@click.argument("base", metavar="BASE...", nargs=-1, required=True, shell_complete=complete_base)
@click.option(
    "--series",
    "names",
    multiple=True,
    default=lambda: (default.name(),),
    metavar="NAME|DIR",
    shell_complete=complete_series,
    help="Which series; may be given again.",
)
@ids_options("check", CHECKS, listed)
@click.option("--quick", is_flag=True, help="Only what takes seconds: no kernel is built, no guest booted.")
@click.option("--deadline", type=click.IntRange(1), default=360, metavar="MINUTES", help="How long a job may take.")
@click.option("--json", "json_file", metavar="FILE", help="Write the JSON object; - is stdout.")
@click.option("--html", "html_file", metavar="FILE", help="Write a page for a person.")
@store_options
@author_options
@settings_options
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    base: tuple[str, ...],
    names: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    quick: bool,
    deadline: int,
    json_file: str | None,
    html_file: str | None,
    shared: Place | None,
    author: str | None,
    date: str | None,
    signoff: bool,
) -> int:
    """Check each series on each BASE, and show one table: what differs between bases first.

    Exit code: 0 clean, 1 findings, 2 usage, 3 infrastructure, 4 nothing ran, 130 interrupted.
    """
    words = [
        *_given("--only", ",".join(only) or None),
        *_given("--skip", ",".join(skip) or None),
        *(["--quick"] if quick else []),
    ]
    words += [*_given("--from", author), *_given("--date", date), *(["--signoff"] if signoff else [])]
    words += _given("--cache", str(settings().folder) if settings().cache else None)
    known = now(settings().folder)
    series = {_where(name): whole(definition(name), known) for name in dict.fromkeys(names)}
    for one in series.values():
        demand(only, skip, one, Cards(known))
    jobs = planned(dict.fromkeys(base), series, words, 60.0 * deadline, _variables(shared))
    workers = min(settings().jobs, len(jobs))
    pool: Pool = Local(workers, max(1, settings().jobs // workers))
    return run(pool, jobs, table.Files(json_file, html_file))


def planned(
    bases: Iterable[str],
    series: Mapping[str, Series],
    words: Sequence[str],
    seconds: float,
    variables: tuple[tuple[str, str], ...] = (),
) -> list[Job]:
    """Return the jobs: each series on each base.

    Args:
        bases: as the user named them.
        series: the definitions, by what `--series` calls them from anywhere.
        words: options of `respin check`.
        seconds: the deadline of each.
        variables: of their environment.
    """
    folder = str(Path.cwd())
    return [
        Job(base, one.name, one.digest, ("--series", where, *words), seconds, folder, variables)
        for where, one in series.items()
        for base in bases
    ]


def run(pool: Pool, jobs: Sequence[Job], files: table.Files) -> int:
    """Do all jobs, show the table and return the exit code; whoever stops it sees what there is until then."""
    began = time.monotonic()
    try:
        with shown(settings()) as progress, live(progress, pool) as listen:
            drive = Drive(pool, jobs, listen)
            try:
                drive.run()
            finally:
                pool.close()
    except (InterruptedRunError, SignalledError):
        table.publish(table.made(jobs, drive.entries, time.monotonic() - began), files)
        raise
    return table.publish(table.made(jobs, drive.entries, time.monotonic() - began), files)


def _where(name: str) -> str:
    """Return what a series is called from anywhere."""
    return str(Path(name).absolute()) if is_path(name) else name


def _variables(place: Place | None) -> tuple[tuple[str, str], ...]:
    """Return the variables by which a job shares its verdicts; its machine's own ones count for nothing.

    Raises:
        InputError: there can be no such store.
    """
    if place is None:
        return ((STORE, ""), (READ_ONLY, ""))
    stores.opened(place.words, lambda _: None, write=False)
    where = place.words if "://" in place.words else str(Path(place.words).absolute())
    return ((STORE, where), (READ_ONLY, "1" if place.read_only else ""))


def _given(option: str, value: str | None) -> list[str]:
    return [option, value] if value is not None else []

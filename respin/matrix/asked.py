# SPDX-License-Identifier: GPL-2.0-only
"""The options that say what is done on each base, and by whom; `matrix` and `watch` share them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from checks import stores
from checks.cards import Cards
from checks.known import known as now
from checks.names import whole
from checks.registry import CHECKS
from patchset import default
from patchset.errors import InputError
from patchset.loader import is_path
from respin.choosing import ids_options
from respin.commands.check import demand, listed
from respin.matrix.job import MatrixJob
from respin.matrix.pool import Local
from respin.options import READ_ONLY, STORE, author_options, complete_series, settings, store_options
from respin.session import definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from patchset.types import Series
    from respin.matrix.pool import Pool
    from respin.options import F, StorePlace

LOCAL = "local"


class AskedJobs(NamedTuple):
    """What is asked for.

    Attributes:
        series: the definitions, by what `--series` calls them from anywhere.
        words: options of `respin check`.
        variables: of a job's environment.
        seconds: the deadline of a job.
        executor: who does the work.
    """

    series: Mapping[str, Series]
    words: Sequence[str]
    variables: tuple[tuple[str, str], ...]
    seconds: float
    executor: str

    def jobs(self, bases: Iterable[str]) -> list[MatrixJob]:
        """Return the jobs: each series on each base, once."""
        folder, each = str(Path.cwd()), dict.fromkeys(bases)
        return [
            MatrixJob(
                base, one.name, one.digest, ("--series", where, *self.words), self.seconds, folder, self.variables
            )
            for where, one in self.series.items()
            for base in each
        ]

    def pool(self, count: int) -> Pool:
        """Return who does some number of jobs.

        Raises:
            InputError: there is no such executor.
            InfrastructureError: it cannot be reached.
        """
        kind, _, address = self.executor.partition(":")
        if kind == "dask" and address:
            from respin.matrix.farm import Farm  # noqa: PLC0415 - slow to import

            return Farm(address)
        if self.executor != LOCAL:
            hint = f"there are: {LOCAL}, and dask:ADDRESS, e.g. dask:tcp://host:8786"
            raise InputError(f"there is no executor '{self.executor}'", hint=hint)
        workers = max(1, min(settings().jobs, count))
        return Local(workers, max(1, settings().jobs // workers))


def asked_options(command: F) -> F:
    """Add the options; the command gets what they say as `asked`.

    Raises:
        InputError: a series cannot be read, or does not ask for a check that was chosen; there can be no such store.
    """

    @functools.wraps(command)
    def gathered(  # noqa: PLR0913 - one parameter an option
        *arguments: object,
        names: tuple[str, ...],
        only: tuple[str, ...],
        skip: tuple[str, ...],
        quick: bool,
        executor: str,
        deadline: int,
        shared: StorePlace | None,
        author: str | None,
        date: str | None,
        signoff: bool,
        **more: object,
    ) -> object:
        words = [*_given("--only", ",".join(only)), *_given("--skip", ",".join(skip)), *(["--quick"] if quick else [])]
        words += [*_given("--from", author), *_given("--date", date), *(["--signoff"] if signoff else [])]
        words += _given("--cache", str(settings().folder) if settings().cache else None)
        known = now(settings().folder)
        series = {_where(name): whole(definition(name), known) for name in dict.fromkeys(names)}
        for one in series.values():
            demand(only, skip, one, Cards(known))
        asked = AskedJobs(series, words, _variables(shared), 60.0 * deadline, executor)
        return command(*arguments, asked=asked, **more)

    made: Any = author_options(gathered)
    made = store_options(made)
    text = "How long a job may take."
    made = click.option("--deadline", type=click.IntRange(1), default=360, metavar="MINUTES", help=text)(made)
    text = "Who does the work; default: this machine."
    made = click.option("--executor", default=LOCAL, metavar="local|dask:ADDRESS", help=text)(made)
    text = "Only what takes seconds: no kernel is built, no guest booted."
    made = click.option("--quick", is_flag=True, help=text)(made)
    made = ids_options("check", CHECKS, listed)(made)
    whole_: F = click.option(
        "--series",
        "names",
        multiple=True,
        default=lambda: (default.name(),),
        metavar="NAME|DIR",
        shell_complete=complete_series,
        help="Which series; may be given again.",
    )(made)
    return whole_


def _where(name: str) -> str:
    """Return what a series is called from anywhere."""
    return str(Path(name).absolute()) if is_path(name) else name


def _variables(place: StorePlace | None) -> tuple[tuple[str, str], ...]:
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
    return [option, value] if value else []

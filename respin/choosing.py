# SPDX-License-Identifier: GPL-2.0-only
"""Options that choose among things with fixed ids: checks, scenarios, lines of the checklist.

An id that is not there is told while the command line is read: before a base is fetched or anything is rendered.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from checks import runner
from patchset.errors import InputError, RespinError
from respin import config
from respin.options import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from patchset.types import Series
    from respin.options import F

    Rows = Sequence[tuple[str, str]]
    Listed = Callable[[Series | None, Mapping[str, Any]], Rows]

_SERIES = "series_name"
"""The parameter of a command that says which series."""
_DECIDING = (_SERIES, "userland")
"""Parameters that decide what there is to choose from."""
_SHORT = 20
"""How many ids --help lists; more of them are what --list is for."""


class _Listing(click.Option):
    """--list: it has to know what decides over it, also where that stands behind it."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Look first at what decides, and at what asks for a file: --list writes none."""
        files = [f"--{name.removesuffix('_file')}" for name in ("json_file", *FORMATS) if name in opts]
        if self.name in opts and files and not ctx.resilient_parsing:
            raise click.UsageError(f"{files[0]} cannot be used with --list, which runs nothing.", ctx)
        for one in ctx.command.params if self.name in opts else ():
            if one.name in _DECIDING:
                one.handle_parse_result(ctx, opts, args)
        return super().handle_parse_result(ctx, opts, args)


def ids_options(what: str, ids: Iterable[str], listed: Listed, also: Iterable[str] = ()) -> Callable[[F], F]:
    """Return a decorator that adds --only, --skip and --list; the command gets the ids of the first two as tuples.

    Args:
        what: what the ids stand for, in the singular.
        ids: what there is to choose from; an id may come several times.
        listed: returns each id and a line about it, for who asks what there is: those of a series, or all; it gets
            the command's parameters as well, as far as they are known.
        also: ids that another option brings; the command knows whether it was given.
    """
    known = list(dict.fromkeys(ids))
    there = f"May be given again. There are: {', '.join(known)}." if len(known) <= _SHORT else "See --list."
    choice = functools.partial(
        click.option,
        multiple=True,
        metavar="IDS",
        callback=functools.partial(_ids, what, [*known, *also]),
        shell_complete=functools.partial(_complete, listed),
    )
    show = functools.partial(_tell, listed)

    def decorated(command: F) -> F:
        text = f"List the {what}s."
        show_them = click.option(
            "--list", cls=_Listing, is_flag=True, is_eager=True, expose_value=False, callback=show, help=text
        )
        command = show_them(command)
        command = choice("--skip", help=f"Leave these {what}s out: a,b.")(command)
        return choice("--only", help=f"Only these {what}s: a,b. {there}")(command)

    return decorated


def _ids(
    what: str, known: Sequence[str], context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the ids of all the times that the option was given.

    Raises:
        InputError: there are none in one of them; one is not known, and the message names the nearest; or --only and
            --skip leave nothing.
    """
    try:
        ids = _known(what, known, parameter, given)
    except InputError as error:
        where = config.place(context, parameter)
        raise (config.also(error, f"it comes from {where}") if where else error) from None
    others = context.params.get("skip" if parameter.name == "only" else "only", ())
    only, skip = (ids, others) if parameter.name == "only" else (others, ids)
    if not runner.chosen(what, only, skip, known):
        raise InputError(f"--only and --skip leave no {what} to run", hint=f"there are: {', '.join(known)}")
    return ids


def _known(what: str, known: Sequence[str], parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    ids: list[str] = []
    for text in given:
        names = [one.strip() for one in text.split(",") if one.strip()]
        if not names:
            raise InputError(f"{parameter.opts[0]} {text!r} names no {what}", hint=f"there are: {', '.join(known)}")
        ids += names
    runner.chosen(what, ids, (), known)
    return tuple(dict.fromkeys(ids))


def _series(context: click.Context) -> Series | None:
    """Return the series that a command is called for, if it is one that takes a series.

    Raises:
        InputError: it cannot be read.
    """
    from respin.session import definition  # noqa: PLC0415 - `lint` needs none of it

    name = context.params.get(_SERIES)
    return definition(name) if name else None


def _complete(listed: Listed, context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the last id of those with commas between them."""
    del parameter
    rows = listed(None, {})
    with contextlib.suppress(RespinError):
        rows = listed(_series(context), context.params)
    before, comma, word = begun.rpartition(",")
    offered = {one: text for one, text in reversed(rows) if one.startswith(word) and one not in before.split(",")}
    return [CompletionItem(f"{before}{comma}{one}", help=text) for one, text in reversed(offered.items())]


def _tell(listed: Listed, context: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Show what there is to choose from, and end."""
    del parameter
    if value and not context.resilient_parsing:
        rows = listed(_series(context), context.params)
        width = max(len(one) for one, _ in rows)
        for one, text in rows:
            click.echo(f"{one:{width}}  {text}")
        context.exit()

# SPDX-License-Identifier: GPL-2.0-only
"""Choose checks, run them beside one another where that helps, and say how it ended.

Heavy checks (they take all the cores) run one after another in the registry's order, the others beside them. They wait
for the gate, and are not run where it fails: it takes seconds to see what they would take minutes for. A check that
breaks is ERROR and the others go on; Ctrl-C ends them all.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from checks import cache, toolchain
from checks.contract import Result, Status
from checks.parallel import gather
from checks.registry import CHECKS
from generator import process
from patchset.errors import InputError, InterruptedRunError, RespinError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from checks.contract import Check, Context

GATE = "semantic"
"""The check that the heavy ones wait for."""
_TO_REPRODUCE = frozenset({Status.FAIL, Status.ERROR, Status.MISS})


def run_checks(
    context: Context, only: Sequence[str] = (), skip: Sequence[str] = (), *, checks: Mapping[str, Check] = CHECKS
) -> tuple[Result, ...]:
    """Run checks and return their results in the registry's order.

    Args:
        context: what is checked, and with what.
        only: ids of the checks to run; all where empty.
        skip: ids of checks to leave out.
        checks: what there is to choose from.

    Raises:
        InputError: an id that is not there, or a plan that cannot be read.
        InterruptedRunError: the run was stopped.
    """
    selected = select(only, skip, checks)
    heavy = [check for check in selected if check.heavy]
    if heavy:
        heavy = [check for check in selected if check.id == GATE or check.heavy]
    lanes = [[check] for check in selected if check not in heavy] + ([heavy] if heavy else [])
    workers = min(len(lanes), context.jobs)
    made = dict(
        pair
        for lane in gather([functools.partial(_lane, each, context) for each in lanes], workers=workers)
        for pair in lane
    )
    return tuple(result for check in selected for result in made[check.id])


def select(only: Sequence[str], skip: Sequence[str], checks: Mapping[str, Check] = CHECKS) -> list[Check]:
    """Return the checks that were asked for, in the registry's order.

    Raises:
        InputError: an id that is not there; the message names the nearest.
    """
    return [checks[name] for name in chosen("check", only, skip, checks)]


def chosen(what: str, only: Sequence[str], skip: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the known names that were asked for, in their order.

    Raises:
        InputError: a name is not known; the message names the nearest.
    """
    for each in (*only, *skip):
        if each not in known:
            folded = {one.casefold(): one for one in known}
            near = difflib.get_close_matches(each.casefold(), folded, n=1, cutoff=0.0)
            hint = f"did you mean {folded[near[0]]}? There are: {', '.join(known)}" if near else "there are none"
            raise InputError(f"there is no {what} {each!r}", hint=hint)
    return [name for name in known if (not only or name in only) and name not in skip]


def _lane(checks: Sequence[Check], context: Context) -> list[tuple[str, tuple[Result, ...]]]:
    """Run checks one after another, up to a gate that fails."""
    made: list[tuple[str, tuple[Result, ...]]] = []
    shut = False
    for check in checks:
        reason = f"not run, as {GATE} fails: nothing that it would build can be trusted"
        told = [Result(check.id, check.scope, Status.SKIP, reason)] if shut else _run(check, context)
        made.append((check.id, _complete(check, context, told)))
        shut = shut or (check.id == GATE and any(result.status is Status.FAIL for result in told))
    return made


def _run(check: Check, context: Context) -> Sequence[Result]:
    """Run one check, or answer for it: from the cache, for want of a tool, because it broke."""
    process.stopper().check()
    if missing := toolchain.missing(check.tools):
        reason = f"missing: {'; '.join(toolchain.told(missing))}"
        return [Result(check.id, check.scope, Status.SKIP, reason)]
    try:
        name = cache.key(
            f"check {check.id}",
            check.version,
            context.subject.series.plan.digest,
            *cache.versions(check.tools),
            *check.content(context),
        )
        if known := cache.results(context.cache, name):
            return known
        made = check.run(context)
        cache.keep(context.cache, name, made)
    except (InputError, InterruptedRunError):
        raise
    except RespinError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return [Result(check.id, check.scope, Status.ERROR, f"{error.message}{hint}")]
    except Exception as error:  # noqa: BLE001 - whatever breaks a check must not end the others
        return [Result(check.id, check.scope, Status.ERROR, f"respin's check broke: {type(error).__name__}: {error}")]
    finally:
        context.progress(check.id, "")
    return made


def _complete(check: Check, context: Context, results: Sequence[Result]) -> tuple[Result, ...]:
    """Make no result an ERROR, and give every bad one a line to paste: of this call, whoever found it out first."""
    if not results:
        results = [Result(check.id, check.scope, Status.ERROR, "the check gave no result: nothing was proven")]
    return tuple(
        replace(each, reproduce=_line(each, context)) if each.status in _TO_REPRODUCE and not each.reproduce else each
        for each in results
    )


def _line(result: Result, context: Context) -> str:
    verb, *words = result.again or ("check", "--only", result.check)
    return process.command_line(["respin", verb, context.subject.spec, *words, *context.options])

# SPDX-License-Identifier: GPL-2.0-only
"""Choose checks, run them beside one another where that helps, and say how it ended.

What is known already is told first. Heavy checks (they take all the cores) run one after another in the registry's
order, the light ones beside them. They wait for the gate, and are not run where it fails: it takes seconds to see what
they would take minutes for. A check that breaks is ERROR and the others go on; Ctrl-C ends them all.
"""

from __future__ import annotations

import contextlib
import contextvars
import difflib
import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from checks import cache, toolchain
from checks.contract import Result, Status, Weight
from checks.events import CheckStep, EarlyResult, Ended, Event, Planned, Started
from checks.parallel import gather
from checks.registry import CHECKS
from generator import process
from patchset.errors import InputError, InterruptedRunError, RespinError
from patchset.plan import FILE as PLAN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping, Sequence

    from checks.contract import Check, Context
    from patchset.types import Series

BAD = frozenset({Status.FAIL, Status.ERROR, Status.MISS})
"""What is no success: it has a line that reproduces it, and `fail_fast` ends the run."""


def run_checks(
    context: Context,
    selected: Sequence[Check],
    *,
    fail_fast: bool = False,
    listen: Callable[[Event], None] = lambda _: None,
) -> tuple[Result, ...]:
    """Run checks and return their results in the checks' order.

    Args:
        context: what is checked, and with what.
        selected: what to run, see `select`.
        fail_fast: end the run with the first check that is no success.
        listen: takes each event, in this thread.

    Raises:
        InterruptedRunError: the run was stopped.
    """
    made: dict[str, Sequence[Result]] = {}
    with contextlib.closing(events(context, selected, fail_fast=fail_fast)) as happening:
        for event in happening:
            listen(event)
            if isinstance(event, Ended):
                made[event.check] = event.results
    return tuple(result for check in selected for result in made[check.id])


def events(context: Context, selected: Sequence[Check], *, fail_fast: bool = False) -> Generator[Event]:
    """Run checks and yield what happens, as it happens; whoever stops listening stops the run.

    Raises:
        InterruptedRunError: the run was stopped.
    """
    queue: SimpleQueue[Event | None] = SimpleQueue()
    stop = process.Stop(process.stopper())
    heard = replace(
        context,
        progress=lambda check, text: queue.put(CheckStep(check, text)),
        found=lambda result: queue.put(EarlyResult(result.check, result)),
    )
    run = _Run(heard, queue.put, fail_fast, stop)
    with ThreadPoolExecutor(max_workers=1) as pool:
        try:  # all of it: the pool waits for what it was given, and a signal may come at any time
            future = pool.submit(contextvars.copy_context().run, run.all, selected)
            future.add_done_callback(lambda _: queue.put(None))
            while (event := queue.get()) is not None:
                yield event
        except BaseException:
            stop.set()
            raise
    future.result()


def asked(series: Series, checks: Mapping[str, Check] = CHECKS) -> dict[str, Check]:
    """Return the checks that a series asks for, by id.

    Raises:
        InputError: its plan cannot be read.
    """
    return {name: check for name, check in checks.items() if not check.asked_by or series.asks(check.asked_by)}


def select(
    only: Sequence[str], skip: Sequence[str], series: Series, checks: Mapping[str, Check] = CHECKS
) -> list[Check]:
    """Return the checks that were chosen of those that the series asks for, in the registry's order.

    Raises:
        InputError: an id that is not there, the message names the nearest; one that the series does not ask for, the
            message names what it would do that with; or none is left.
    """
    names, there = chosen("check", only, skip, checks), asked(series, checks)
    hint = f"there are: {', '.join(there)}"
    for name in only:
        if name not in there:
            by = checks[name].asked_by
            what = f"its {PLAN} has no {by}" if by.startswith("[") else f"it has no {by}"
            raise InputError(f"the series {series.name} does not ask for {name}: {what}", hint=hint)
    left = [there[name] for name in names if name in there]
    if skip and not left:
        raise InputError("--only and --skip leave no check to run", hint=hint)
    return left


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


@dataclass(slots=True)
class _Run:
    """One run, in threads of its own.

    Attributes:
        context: what is checked, and with what.
        tell: takes each event.
        fail_fast: end the run with the first check that is no success.
        stop: ends what runs, where that is so.
        shut: why nothing heavy is to be run any more.
        failed: why nothing at all is.
    """

    context: Context
    tell: Callable[[Event], None]
    fail_fast: bool
    stop: process.Stop
    shut: str = ""
    failed: str = ""

    def all(self, selected: Sequence[Check]) -> None:
        """Tell what is known, then run the rest."""
        with process.under(self.stop):
            asked = gather([functools.partial(self.known, each) for each in selected], workers=self.context.jobs)
            waiting = [(check, key) for check, (key, results) in zip(selected, asked, strict=True) if not results]
            left = {check.id for check, _ in waiting}
            self.tell(Planned(tuple(one.id for one in selected), frozenset(one.id for one in selected) - left))
            for check, (_, results) in zip(selected, asked, strict=True):
                if results:
                    self.end(check, results)
            light = [[one] for one in waiting if one[0].weight is Weight.LIGHT]
            others = [one for one in waiting if one[0].weight is not Weight.LIGHT]
            queue = sorted(others, key=lambda one: one[0].weight is Weight.HEAVY)  # a gate first, whatever its place
            lanes = [*light, queue] if self.context.jobs == 1 else [queue, *light]
            gather([functools.partial(self.lane, each) for each in lanes if each], workers=self.context.jobs)

    def known(self, check: Check) -> tuple[str, Sequence[Result]]:
        """Return a check's key, and its results where it need not run: they are kept, or a tool is missing."""
        if missing := toolchain.missing(check.tools):
            reason = f"missing: {'; '.join(toolchain.told(missing))}"
            return "", [Result(check.id, check.scope, Status.SKIP, reason)]
        try:
            plan, tools = self.context.subject.series.plan.digest, self.context.programs.versions(check.tools)
            key = cache.key(f"check {check.id}", check.version, plan, *tools, *check.content(self.context))
        except Exception as error:  # noqa: BLE001 - it is judged there
            return "", [_broken(check, error)]
        return key, cache.results(self.context.cache, key) or self.elsewhere(check, key)

    def elsewhere(self, check: Check, key: str) -> Sequence[Result]:
        """Return what another machine came to under a key, which is kept here too."""
        if self.context.shared is None:
            return ()
        made = self.context.shared.results(key, check.id)
        with contextlib.suppress(OSError):
            cache.keep(self.context.cache, key, made)
        return made

    def lane(self, checks: Sequence[tuple[Check, str]]) -> None:
        """Run checks one after another, up to where the rest is not worth it."""
        for check, key in checks:
            if not self.over():
                process.stopper().check()
            self.end(check, self.run(check, key))

    def run(self, check: Check, key: str) -> Sequence[Result]:
        """Run one check, or say why it is not run."""
        if reason := self.failed or (self.shut if check.weight is Weight.HEAVY else ""):
            return [Result(check.id, check.scope, Status.SKIP, f"not run, as {reason}")]
        self.tell(Started(check.id))
        try:
            made = check.run(self.context)
        except Exception as error:  # noqa: BLE001 - it is judged there
            if self.over():  # whatever it lost, it was ended
                return [Result(check.id, check.scope, Status.SKIP, f"stopped, as {self.failed}")]
            return [_broken(check, error)]
        with contextlib.suppress(OSError):  # a full disk makes no verdict untrue
            cache.keep(self.context.cache, key, made)
        if self.context.shared is not None and key:
            self.context.shared.keep(key, made)
        return made

    def over(self) -> bool:
        """Tell whether the run ends early, which may come at any time."""
        return bool(self.failed)

    def end(self, check: Check, results: Sequence[Result]) -> None:
        """Tell how a check ended, and see what that means for the others."""
        complete = _complete(check, self.context, results)
        self.tell(Ended(check.id, complete))
        if check.weight is Weight.GATE and any(each.status is Status.FAIL for each in complete):
            self.shut = f"{check.id} fails: nothing that it would build can be trusted"
        if self.fail_fast and not self.failed and any(each.status in BAD for each in complete):
            self.failed = f"{check.id} is no success, and --fail-fast was given"
            self.stop.set()


def _broken(check: Check, error: Exception) -> Result:
    """Return what came of a check that broke: whatever it was, the others go on.

    Raises:
        InterruptedRunError: the run was stopped.
    """
    match error:
        case InterruptedRunError():
            raise error
        case RespinError():
            hint = f" ({error.hint})" if error.hint else ""
            return Result(check.id, check.scope, Status.ERROR, f"{error.message}{hint}")
        case _:
            told = f"respin's check broke: {type(error).__name__}: {error}"
            return Result(check.id, check.scope, Status.ERROR, told)


def _complete(check: Check, context: Context, results: Sequence[Result]) -> tuple[Result, ...]:
    """Make no result an ERROR, and give every bad one a line to paste: of this call, whoever found it out first."""
    if not results:
        results = [Result(check.id, check.scope, Status.ERROR, "the check gave no result: nothing was checked")]
    return tuple(
        replace(each, reproduce=_line(each, context)) if each.status in BAD and not each.reproduce else each
        for each in results
    )


def _line(result: Result, context: Context) -> str:
    verb, *words = result.again or ("check", "--only", result.check)
    return process.command_line(["respin", verb, context.subject.spec, *words, *context.options])

# SPDX-License-Identifier: GPL-2.0-only
"""R19: the KUnit suites again, in a kernel whose debuggers watch: not a word from any of them.

lockdep, KASAN, UBSAN, DEBUG_ATOMIC_SLEEP, DEBUG_OBJECTS, DEBUG_LIST and page poisoning complain on the console while
the suites run. kmemleak must be asked, and the guest's init does that when they have ended. A debugger that fell
asleep (lockdep does, at the first complaint or for want of memory) has seen nothing: that the init found it awake is a
part of the proof.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.contract import WORST_FIRST, Finding, Result, Scope, Severity, Status, Tool, Weight, asked_for
from checks.kernel import image
from checks.kernel.points import TOOLS, make_builder, stamp_of
from checks.parsers import debuggers
from checks.vm import complaints, oneshot, suites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context
    from patchset.allowed import Allowed
    from patchset.plan import KUnit

SCRIPT = "debug.sh"
RULE = "R19"
AWAKE = {
    "kmemleak scanned": "kmemleak was not scanned",
    "lockdep debug_locks: 1": "lockdep was off when the suites had ended",
}
"""What the init says where a debugger can be believed, and what it means where it does not."""


class DebugConfig:
    """The check; see the module."""

    id: str = "debug-config"
    title: str = "the KUnit suites pass under lockdep, KASAN, UBSAN and kmemleak, and the kernel says nothing"
    scope: Scope = Scope.RUNTIME
    tools: Sequence[Tool] = (*TOOLS, *oneshot.TOOLS)
    rules: Sequence[str] = ("R19", "B07")
    asked_by: str = "[debug]"
    weight: Weight = Weight.HEAVY
    usual: float = 250.0
    version: int = 2

    def content(self, context: Context) -> Sequence[str]:
        """The last commit's tree, the guest's init, and what no kernel may print."""
        return (*(commit.tree for commit in context.subject.commits[-1:]), oneshot.script(SCRIPT), complaints.text())

    def run(self, context: Context) -> Sequence[Result]:
        """Build the last commit with everything switched on, boot it, and read what it says."""
        plan = context.subject.series.plan
        wanted = asked_for(plan.debug)
        result = Result(self.id, self.scope, Status.SKIP, suites.untested(context.subject))
        if result.summary:
            return [result]
        started = time.monotonic()
        builder = make_builder(context, plan)
        commit = context.subject.commits[-1].sha
        with builder.tree.held():
            context.progress(self.id, "checking out")
            builder.tree.checkout(commit)
            context.progress(self.id, "building")
            stamp = stamp_of(context.subject, commit)
            variables = image.ubsan(plan)
            made = image.make(builder, wanted.configuration, stamp=stamp, jobs=context.jobs, variables=variables)
            context.progress(self.id, "in the guest")
            evidence = suites.boot(made, wanted, SCRIPT, builder.tree.source)
        status, summary, findings = judge(evidence, wanted, plan.allowed, watched=image.under_ubsan(made.build, plan))
        lines = [builder.tree.checkout_line(commit), *made.reproduce]
        if made.file:
            lines.append(oneshot.line(made, wanted))
        return [
            replace(
                result,
                status=status,
                summary=summary,
                seconds=time.monotonic() - started,
                findings=findings,
                reproduce="" if status is Status.PASS else " && ".join(lines),
                data=suites.measured(evidence),
            )
        ]


def judge(
    evidence: suites.SuitesRun, wanted: KUnit, allowed: Sequence[Allowed] = (), *, watched: bool
) -> suites.Verdict:
    """Return the verdict that a guest's evidence allows; `watched`: UBSAN is in what the series touches."""
    status, summary, findings = suites.judge(evidence, wanted, DebugConfig.id, allowed)
    if evidence.console is None:
        return status, summary, findings
    said, leaks = debuggers.said(evidence.console), debuggers.leaks(evidence.console)
    bad = [(status, summary)] if status is not Status.PASS else []
    if leaks:
        bad.append((Status.FAIL, f"{len(leaks)} unreferenced objects"))
    bad += [] if watched else [(Status.MISS, "UBSAN watches nothing that the series touches")]
    bad += [(Status.MISS, why) for word, why in AWAKE.items() if word not in said]
    told = tuple(Finding(Severity.ERROR, str(leak), rule=RULE) for leak in leaks)
    if not bad:
        return status, f"{summary}, and no debugger said a word", findings
    return min((one for one, _ in bad), key=WORST_FIRST.index), "; ".join(why for _, why in bad), (*findings, *told)

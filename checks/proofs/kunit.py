# SPDX-License-Identifier: GPL-2.0-only
"""B07: the series' KUnit suites, run by the kernel's own kunit.py on the last commit, in QEMU.

UML cannot have KEXEC_FILE, so x86_64 it is; TCG, never KVM; without `crashkernel=` there is no crash area to test in
(docs/kernels.md). The build folder is that of the build check's linking configuration: only what is beyond vmlinux is
left. No evidence of success is never success: every suite that the plan names must be there, every announced result
too, and every case that a rule names must have passed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.contract import Result, Scope, Status, Tool, Weight, asked_for
from checks.kernel import kbuild, kconfig
from checks.kernel.arch import GUEST
from checks.kernel.points import TOOLS, make_builder, stamp_of
from checks.python3 import PYTHON3
from checks.vm import complaints
from checks.vm.machine import PATIENT
from checks.vm.suites import SuitesRun, judge, measured, read, untested
from generator import process
from patchset import rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context
    from checks.kernel.observe import Builder
    from patchset.plan import KUnit

_LAST_USED = "last_used_kunitconfig"
"""Where kunit.py writes down what it was asked for."""


class KUnitRun:
    """The check; see the module."""

    id: str = "kunit"
    title: str = "the series' KUnit suites all pass in a guest"
    scope: Scope = Scope.RUNTIME
    tools: Sequence[Tool] = (*TOOLS, PYTHON3, GUEST.qemu)
    rules: Sequence[str] = ("B07", "R19")
    asked_by: str = "[kunit]"
    weight: Weight = Weight.HEAVY
    usual: float = 150.0
    version: int = 2

    def content(self, context: Context) -> Sequence[str]:
        """The last commit's tree, it holds kunit.py too; the cases that the rules name; what no kernel may print."""
        trees = (commit.tree for commit in context.subject.commits[-1:])
        named = (f"{case} {' '.join(by)}" for case, by in rules.named(context.subject.series).items())
        return (*trees, *named, complaints.text())

    def run(self, context: Context) -> Sequence[Result]:
        """Boot the last commit and read what its suites say."""
        plan = context.subject.series.plan
        wanted = asked_for(plan.kunit)
        result = Result(self.id, self.scope, Status.SKIP, untested(context.subject))
        if result.summary:
            return [result]
        started = time.monotonic()
        builder = make_builder(context, plan)
        with builder.tree.held():
            self._say(context, "checking out")
            commit = context.subject.commits[-1].sha
            builder.tree.checkout(commit)
            self._say(context, "building")
            folder, stamp = builder.folder(wanted.configuration), stamp_of(context.subject, commit)
            tree = context.subject.commits[-1].tree
            builder.link(wanted.configuration, tree, stamp=stamp, jobs=context.jobs)
            # kunit.py takes a .config that has all it asks for, where it believes that it made it; else it makes one,
            # and turns on what defaults to y.
            (folder / _LAST_USED).write_text(wanted.configuration.fragment, "utf-8")
            self._say(context, "booting")
            with kconfig.lent(folder):
                argv, evidence = _boot(builder, wanted, context.jobs)
        named = rules.named(context.subject.series)
        status, summary, findings = judge(evidence, wanted, self.id, plan.allowed, named)
        reproduce = "" if status is Status.PASS else f"{builder.tree.checkout_line(commit)} && {_line(argv, builder)}"
        return [
            replace(
                result,
                status=status,
                summary=summary,
                seconds=time.monotonic() - started,
                findings=findings,
                reproduce=reproduce,
                data=measured(evidence),
            )
        ]

    def _say(self, context: Context, text: str) -> None:
        context.progress(self.id, text)


def _boot(builder: Builder, wanted: KUnit, jobs: int) -> tuple[list[str], SuitesRun]:
    """Run kunit.py; return its command and what it left."""
    configuration = wanted.configuration
    build, source = builder.folder(configuration), builder.tree.source
    build.mkdir(parents=True, exist_ok=True)
    config, report, log = build / "respin.kunitconfig", build / "respin.kunit.json", build / "test.log"
    config.write_text(configuration.fragment, encoding="utf-8")
    report.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    argv = [
        "python3",
        str(source / "tools/testing/kunit/kunit.py"),
        "run",
        f"--arch={configuration.arch}",
        f"--kunitconfig={config}",
        f"--build_dir={build}",
        f"--jobs={jobs}",
        f"--timeout={wanted.seconds}",
        f"--json={report}",
        *(f"--make_options={option}" for option in kbuild.variables(configuration)),
        *(f"--qemu_args={arguments}" for arguments in wanted.qemu_args),
        *(f"--kernel_args={arguments}" for arguments in (*wanted.kernel_args, PATIENT)),
    ]
    done = process.run(
        argv,
        seconds=kbuild.SECONDS + wanted.seconds,
        cwd=source,
        env=kbuild.environment(builder.cache, source),
        check=False,
    )
    output = done.text + done.stderr.decode("utf-8", "replace")
    return argv, SuitesRun(done.returncode, output, read(report) or "", read(log), str(source))


def _line(argv: Sequence[str], builder: Builder) -> str:
    variables = kbuild.environment(builder.cache, builder.tree.source)
    return process.command_line(["env", *(f"{key}={value}" for key, value in variables.items()), *argv])

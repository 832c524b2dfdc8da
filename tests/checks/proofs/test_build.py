# SPDX-License-Identifier: GPL-2.0-only
"""B01, B02, R17: what the observations of a build say of a patch."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from msgspec import structs

from checks.contract import Result, Severity, Status, Subject
from checks.kernel.kconfig import RefusedSymbol
from checks.kernel.observe import Observation, Point
from checks.kernel.points import points
from checks.kernel.unproved import extent
from checks.parsers.compiler import Diagnostic, DiagnosticKind
from checks.proofs.build import Build, judge, observe_all
from patchset.plan import Configuration, Link, Plan
from tests.checks.made import SHA, TREE, commit, context

if TYPE_CHECKING:
    from pathlib import Path

    from checks.kernel.observe import Builder

CONFIGURATION = Configuration("on", "the option y", "x86_64", symbols={"KEXEC": "y", "OURS": "y"})
PLAN = Plan((), (CONFIGURATION,), (), frozenset({"OURS"}), None, None, None, "0" * 64)
OK = Observation(objects=3, seconds=1.0, reproduce="make it")
WARNING = Diagnostic(DiagnosticKind.WARNING, "kernel/a.c", "unused variable 'x'", 10)
ERROR = Diagnostic(DiagnosticKind.ERROR, "kernel/a.c", "expected ';'", 7)


def tell(
    now: Observation, before: Observation = OK, base: Observation = OK, *, plan: Plan = PLAN, pending: str = ""
) -> Result:
    seen = {(2, "on"): now, (1, "on"): before, (0, "on"): base}
    return judge(commit(2), 1, plan, seen, frozenset(pending.split()))


def saw(*diagnostics: Diagnostic) -> Observation:
    return replace(OK, diagnostics=diagnostics)


def refused(*symbols: str) -> Observation:
    return replace(OK, refused=tuple(RefusedSymbol(symbol, "y", "n") for symbol in symbols))


def test_nothing_said_passes() -> None:
    told = tell(OK)
    assert (told.status, told.patch, told.findings, told.reproduce) == (Status.PASS, 2, (), "")
    assert "3 objects" in told.summary


def test_an_error_fails_and_says_where() -> None:
    told = tell(saw(ERROR))
    assert told.status is Status.FAIL
    assert [(one.severity, one.file, one.line, one.rule) for one in told.findings] == [
        (Severity.ERROR, "kernel/a.c", 7, "B01")
    ]
    assert "[on]" in told.findings[0].message
    assert told.reproduce == "make it"


def test_each_configuration_is_told_with_what_it_did() -> None:
    built = {"name": "on", "title": "the option y", "arch": "x86_64", "objects": 3, "linked": False, "seconds": 1.0}
    for now, status, new in ((OK, "PASS", 0), (saw(ERROR, WARNING), "FAIL", 2), (replace(OK, broken="no"), "ERROR", 0)):
        assert tell(now).data == {"configurations": [built | {"status": status, "new": new}]}


def test_an_error_that_the_patch_before_had_fails_again() -> None:
    assert tell(saw(ERROR), saw(ERROR)).status is Status.FAIL


def test_a_new_warning_fails() -> None:
    told = tell(saw(WARNING))
    assert told.status is Status.FAIL
    assert [(one.severity, one.rule) for one in told.findings] == [(Severity.WARNING, "B02")]


@pytest.mark.parametrize("line", [10, 42])
def test_a_warning_of_the_base_is_not_new_wherever_it_moved(line: int) -> None:
    assert tell(saw(replace(WARNING, line=line)), base=saw(WARNING)).status is Status.PASS


def test_a_warning_belongs_to_the_patch_that_brought_it() -> None:
    assert tell(saw(WARNING), saw(WARNING)).status is Status.PASS


def test_a_second_warning_beside_an_old_one_is_new() -> None:
    other = replace(WARNING, text="unused variable 'y'")
    told = tell(saw(WARNING, other), saw(WARNING), saw(WARNING))
    assert [one.message for one in told.findings] == ["[on] unused variable 'y'"]


def test_what_was_not_observed_proves_nothing() -> None:
    told = tell(replace(OK, broken="the configuration builds no object of the series: nothing was read"))
    assert told.status is Status.ERROR
    assert "nothing was read" in told.summary
    assert told.reproduce == "make it"
    assert tell(OK, plan=replace(PLAN, configurations=())).status is Status.ERROR


def test_a_finding_outweighs_what_was_not_observed() -> None:
    told = tell(replace(saw(ERROR), broken="lost"))
    assert told.status is Status.FAIL
    assert "not proven: [on] lost" in told.findings[-1].message


def test_a_base_that_does_not_build_is_not_the_series_fault() -> None:
    told = tell(saw(replace(ERROR, line=9)), base=saw(ERROR))
    assert told.status is Status.ERROR
    assert "the untouched base does not build: kernel/a.c:9" in told.summary


@pytest.mark.parametrize("number", [0, 1])
def test_with_nothing_to_compare_with_nothing_is_proven(number: int) -> None:
    lost = replace(OK, broken="lost")
    told = tell(saw(WARNING), *((OK, lost) if number == 0 else (lost, OK)))
    assert told.status is Status.ERROR
    assert "nothing to compare with" in told.summary
    assert tell(saw(ERROR), *((OK, lost) if number == 0 else (lost, OK))).status is Status.FAIL


def test_a_line_that_the_series_must_bring() -> None:
    assert tell(refused("OURS"), base=refused("OURS"), pending="OURS").status is Status.PASS
    told = tell(refused("OURS"), base=refused("OURS"))
    assert (told.status, told.findings[0].rule) == (Status.FAIL, "R17")
    assert "CONFIG_OURS=y (got n)" in told.findings[0].message


def test_a_line_that_must_not_take() -> None:
    without = replace(PLAN, configurations=(structs.replace(CONFIGURATION, refuses=("OURS",)),))
    assert tell(refused("OURS"), base=refused("OURS"), plan=without).status is Status.PASS
    assert tell(OK, base=refused("OURS"), plan=without, pending="OURS").status is Status.PASS
    told = tell(OK, base=refused("OURS"), plan=without)
    assert (told.status, [(one.message, one.rule) for one in told.findings]) == (
        Status.FAIL,
        [(f"[{CONFIGURATION.name}] CONFIG_OURS is set, though its dependencies are not met", "R17")],
    )


def test_a_line_that_took_on_the_base() -> None:
    assert tell(refused("KEXEC")).status is Status.FAIL


def test_a_line_that_the_base_cannot_express() -> None:
    told = tell(refused("KEXEC"), base=refused("KEXEC"))
    assert told.status is Status.ERROR
    assert "the base cannot express CONFIG_KEXEC=y" in told.summary
    optional = replace(PLAN, configurations=(structs.replace(CONFIGURATION, optional=("KEXEC",)),))
    told = tell(refused("KEXEC"), base=refused("KEXEC"), plan=optional)
    assert (told.status, [one.severity for one in told.findings]) == (Status.PASS, [Severity.NOTE])


def test_a_result_is_cached_where_every_observation_was() -> None:
    assert tell(replace(OK, cached=True)).cached
    assert not tell(OK).cached


def found(*built: str, now: Observation = OK, left: dict[str, str] | None = None) -> Result:
    """Judge a patch of two files, where the matrix was found."""
    paths = ("kernel/a.c", "kernel/b.c")
    seen = {(2, "on"): now, (1, "on"): OK, (0, "on"): OK}
    part = extent(paths, (), built, (), left or {})
    return judge(commit(2), 1, replace(PLAN, find=True), seen, frozenset(), lambda _: part)


def test_what_a_matrix_that_was_found_compiles_passes() -> None:
    told = found("kernel/a.o", "kernel/b.o")
    assert (told.status, told.findings, "unproved" in told.data) == (Status.PASS, (), False)
    assert told.summary == "no new diagnostic (1 configuration, 3 objects, 0 linked)"


def test_a_file_that_nothing_compiles_is_told_beside_those_that_pass() -> None:
    told = found("kernel/a.o", left={"kernel/b.c": "CONFIG_B cannot be set on x86_64"})
    assert told.status is Status.PASS
    assert told.summary.endswith("; not compiled: kernel/b.c)")
    assert told.data["unproved"] == {"kernel/b.c": "CONFIG_B cannot be set on x86_64"}
    assert [(one.severity, one.file, one.message) for one in told.findings] == [
        (Severity.NOTE, "kernel/b.c", "not compiled: CONFIG_B cannot be set on x86_64")
    ]


def test_a_patch_of_which_nothing_is_compiled_never_passes() -> None:
    told = found(left={"kernel/a.c": "CONFIG_A cannot be set on x86_64"})
    assert told.status is Status.SKIP
    assert told.summary == "nothing of it is compiled: kernel/a.c: CONFIG_A cannot be set on x86_64, and 1 more"
    assert found(now=replace(OK, broken="lost")).status is Status.ERROR


def test_a_patch_that_breaks_an_object_fails_whatever_else_is_compiled() -> None:
    assert found("kernel/b.o", now=saw(ERROR)).status is Status.FAIL
    assert found(now=saw(ERROR)).status is Status.FAIL


LINKS_ONCE = structs.replace(CONFIGURATION, link=Link.LAST)


class FakeBuilder:
    """Sees an undefined symbol wherever vmlinux is linked, on the base too where that is said."""

    def __init__(self, *, base_links: bool) -> None:
        self.tree = self
        self.base_links = base_links
        self.at: list[str] = []

    def held(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def checkout(self, commit: str) -> None:
        self.at.append(commit)

    def begin(self, configuration: Configuration) -> None:
        del configuration

    def known(self, configuration: Configuration, point: Point) -> None:
        del configuration, point

    def observe(self, configuration: Configuration, point: Point, *, stamp: str, jobs: int) -> Observation:
        del configuration, stamp, jobs
        bad = point.last and not (point.number == 0 and self.base_links)
        return saw(Diagnostic(DiagnosticKind.ERROR, "crash.c", "undefined reference to 'x'")) if bad else OK


@pytest.mark.parametrize(("base_links", "status"), [(True, Status.FAIL), (False, Status.ERROR)])
def test_who_broke_the_link_is_asked_of_the_base(tmp_path: Path, status: Status, *, base_links: bool) -> None:
    plan = replace(PLAN, configurations=(LINKS_ONCE,))
    builder = FakeBuilder(base_links=base_links)
    seen = observe_all(context(tmp_path, commit(1), commit(2)), plan, cast("Builder", builder), lambda *_: None)
    assert judge(commit(2), 1, plan, seen, frozenset()).status is status
    assert len(builder.at) == len(["base", "first", "second", "base again"])


@pytest.mark.parametrize(
    ("link", "told"), [(Link.EACH, [(1, Status.FAIL), (2, Status.FAIL)]), (Link.LAST, [(1, Status.PASS)])]
)
def test_what_a_patch_shows_is_told_before_the_next_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: Link, told: list[tuple[int, Status]]
) -> None:
    """But for an error of what links once: the base may have it too, and is asked at the end."""
    heard: list[tuple[int, Status, int]] = []

    class Builds(FakeBuilder):
        def observe(self, configuration: Configuration, point: Point, *, stamp: str, jobs: int) -> Observation:
            bad = point.number == 1 and link is Link.EACH
            return super().observe(configuration, replace(point, last=point.last or bad), stamp=stamp, jobs=jobs)

    builder = Builds(base_links=True)
    plan = replace(PLAN, configurations=(structs.replace(CONFIGURATION, link=link),))
    given = replace(
        context(tmp_path, commit(1), commit(2)),
        found=lambda result: heard.append((result.patch, result.status, len(builder.at))),
    )
    vars(given.subject.series)["plan"] = plan
    monkeypatch.setattr("checks.proofs.build.make_builder", lambda *_: builder)
    monkeypatch.setattr("checks.proofs.build.added", lambda *_: frozenset())
    results = Build().run(given)
    assert [(number, status) for number, status, _ in heard] == told
    assert [built for *_, built in heard] == [2, 3][: len(told)]
    assert [(one.patch, one.status) for one in results][: len(told)] == told


def test_points(made_subject: Subject) -> None:
    told = points(made_subject)
    assert [(one.number, one.previous, one.last) for one in told] == [
        (0, "", False), (1, TREE, False), (2, "1" * 40, True), (3, "2" * 40, False),
    ]  # fmt: skip
    assert (told[0].sha, told[0].tree) == (SHA, TREE)

# SPDX-License-Identifier: GPL-2.0-only
"""The runner: which checks run, and what comes of those that do not go well."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks import cache
from checks.contract import Status, Tool, Weight
from checks.events import CheckStep, Ended, Event, Planned
from checks.registry import CHECKS
from checks.runner import asked, run_checks, select
from checks.verdict import exit_code, overall
from generator import process
from patchset.errors import InfrastructureError, InputError, InterruptedRunError
from patchset.loader import load
from tests.checks.crash.made import TABLE as CRASH
from tests.checks.made import FakeCheck, commit, context, result, subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.contract import Context, Result

FAIL, ERROR, MISS, PASS, SKIP = Status.FAIL, Status.ERROR, Status.MISS, Status.PASS, Status.SKIP


def run(folder: Path, *checks: FakeCheck) -> tuple[Result, ...]:
    return run_checks(context(folder), checks)


def test_select_keeps_the_registry_order(tmp_path: Path) -> None:
    known = {name: FakeCheck(name) for name in ("one", "two", "three")}
    series = subject(tmp_path).series
    assert [each.id for each in select(["three", "one"], [], series, known)] == ["one", "three"]
    assert [each.id for each in select([], ["two"], series, known)] == ["one", "three"]
    assert [each.id for each in select([], [], series, known)] == ["one", "two", "three"]


def test_the_series_that_is_shipped_asks_for_every_check() -> None:
    assert [*asked(load("luks-kdump"))] == [*CHECKS]


def test_a_series_that_says_nothing_is_asked_about_nothing(tmp_path: Path) -> None:
    assert [*asked(subject(tmp_path).series)] == ["checkpatch", "kernel-doc", "coccinelle"]


ON = '[[configuration]]\nname = "on"\ntitle = "t"\narch = "x86_64"\n'
SUITES = f'{ON}[kunit]\nconfiguration = "on"\nsuites = ["a"]\n'
TABLES = {
    "[[configuration]]": (ON, {"semantic", "build", "sparse"}),
    "[kunit]": (SUITES, {"semantic", "build", "sparse", "kunit"}),
    "[debug]": (f'{SUITES}[debug]\nfragment = "y.config"\n', {"semantic", "build", "sparse", "kunit", "debug-config"}),
    "[coverage]": (
        f'{SUITES}[coverage]\nfragment = "y.config"\nexempt = "e.toml"\npatches = []\nleast = 1\n',
        {"semantic", "build", "sparse", "kunit", "coverage"},
    ),
    "[crash]": (
        '[crash]\nfragment = "y.config"\narch = "x86_64"\noption = "Y"\nparameter = "p"\n' + CRASH,
        {"crash"},
    ),
    "[member]": ('[member]\nstruct = "s"\nname = "m"\n', {"kbuf-init"}),
    "[documented]": ('[documented]\nparameters = ["p"]\n', {"documented"}),
}


def test_every_table_is_tried() -> None:
    assert {check.asked_by for check in CHECKS.values()} == {*TABLES, "history.toml", ""}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_asks_for_its_checks(tmp_path: Path, table: str) -> None:
    (tmp_path / "y.config").write_text("CONFIG_Y=y\n")
    (tmp_path / "e.toml").write_text("")
    plan, names = TABLES[table]
    series = subject(tmp_path, plan=plan).series
    assert {*asked(series)} == {"checkpatch", "kernel-doc", "coccinelle"} | names
    assert {CHECKS[name].asked_by for name in names} >= {table}
    left = subject(tmp_path).series
    for name in names:
        assert [one.id for one in select([name], [], series)] == [name]
        with pytest.raises(InputError, match=f"fake does not ask for {name}: its checks.toml has no ") as caught:
            select([name], [], left)
        assert caught.value.message.endswith(CHECKS[name].asked_by)
        assert caught.value.hint == "there are: checkpatch, kernel-doc, coccinelle"


def test_what_the_series_does_not_ask_for_is_not_selected(tmp_path: Path) -> None:
    made = [FakeCheck(name, [result(PASS, check=name)], asked_by=by) for name, by in (("a", "[kunit]"), ("b", ""))]
    known, series = {each.id: each for each in made}, subject(tmp_path).series
    assert select([], [], series, known) == made[1:]
    made[0].asked_by = "checks.toml"
    assert select([], [], series, known) == made


@pytest.mark.parametrize(("only", "skip"), [(["chekpatch"], []), ([], ["chekpatch"])])
def test_select_names_the_nearest(tmp_path: Path, only: list[str], skip: list[str]) -> None:
    with pytest.raises(InputError, match="chekpatch") as caught:
        select(only, skip, subject(tmp_path).series)
    assert "did you mean checkpatch?" in caught.value.hint


def test_a_missing_tool_skips(tmp_path: Path) -> None:
    check = FakeCheck("fake", [result(PASS)], tools=[Tool("no-such-tool", "no-such-package")])
    (told,) = run(tmp_path, check)
    assert (told.status, check.runs) == (SKIP, 0)
    assert "no-such-tool" in told.summary
    assert "apt-get install no-such-package" in told.summary


def test_a_missing_library_skips_and_names_its_extra(tmp_path: Path) -> None:
    tools = [Tool("no-such-tool", "no-such-package"), Tool("no-such-library", "", (), extra="crash")]
    check = FakeCheck("fake", [result(PASS)], tools=tools)
    (told,) = run(tmp_path, check)
    assert (told.status, check.runs) == (SKIP, 0)
    assert (
        told.summary
        == "missing: no-such-library, no-such-tool; apt-get install no-such-package; pip install 'respin[crash]'"
    )
    check.tools = tools[1:]
    assert run(tmp_path, check)[0].summary == "missing: no-such-library; pip install 'respin[crash]'"


def test_what_breaks_is_an_error_and_the_others_go_on(tmp_path: Path) -> None:
    broken, known = (
        FakeCheck("broken", ZeroDivisionError("by zero")),
        FakeCheck("known", InfrastructureError("x", hint="y")),
    )
    fine = FakeCheck("fine", [result(PASS, check="fine")], weight=Weight.HEAVY)
    told = {each.check: each for each in run(tmp_path, broken, known, fine)}
    assert {name: each.status for name, each in told.items()} == {"broken": ERROR, "known": ERROR, "fine": PASS}
    assert "ZeroDivisionError: by zero" in told["broken"].summary
    assert told["known"].summary == "x (y)"
    assert told["broken"].reproduce == "respin check git:fake --only broken"


@pytest.mark.parametrize(("gate", "heavy"), [(FAIL, SKIP), (PASS, PASS), (MISS, PASS), (SKIP, PASS)])
def test_a_gate_that_fails_saves_the_heavy_checks(tmp_path: Path, gate: Status, heavy: Status) -> None:
    made = (
        FakeCheck("light", [result(PASS, check="light")]),
        FakeCheck("gate", [result(gate, check="gate")], weight=Weight.GATE),
        FakeCheck("heavy", [result(PASS, check="heavy")], weight=Weight.HEAVY),
    )
    assert {one.check: one.status for one in run(tmp_path, *made)} == {"light": PASS, "gate": gate, "heavy": heavy}
    assert made[2].runs == (heavy is PASS)
    assert [name for name, one in CHECKS.items() if one.weight is Weight.GATE] == ["semantic"]


def test_a_gate_is_asked_before_all_that_is_heavy(tmp_path: Path) -> None:
    order: list[str] = []
    made = [
        FakeCheck("heavy", [result(PASS, check="heavy")], weight=Weight.HEAVY, order=order),
        FakeCheck("gate", [result(FAIL, check="gate")], weight=Weight.GATE, order=order),
    ]
    told, _ = run(tmp_path, *made)
    assert (told.summary, order) == ("not run, as gate fails: nothing that it would build can be trusted", ["gate"])


def test_no_result_is_an_error(tmp_path: Path) -> None:
    (told,) = run(tmp_path, FakeCheck("fake"))
    assert told.status is ERROR
    assert told.reproduce


@pytest.mark.parametrize("status", [PASS, FAIL])
def test_what_is_certain_is_not_run_again(tmp_path: Path, status: Status) -> None:
    check = FakeCheck("fake", [result(status, reproduce="make it")])
    first, second = run(tmp_path, check), run(tmp_path, check)
    assert check.runs == 1
    assert [each.cached for each in (*first, *second)] == [False, True]
    assert second == tuple(replace(each, cached=True) for each in first)


def test_other_content_is_run_again(tmp_path: Path) -> None:
    check = FakeCheck("fake", [result(PASS)])
    run(tmp_path, check)
    check.words = ("other",)
    run(tmp_path, check)
    assert check.runs == 2


@pytest.mark.parametrize("status", [ERROR, MISS, SKIP])
def test_what_is_not_certain_is_run_again(tmp_path: Path, status: Status) -> None:
    check = FakeCheck("fake", [result(PASS), result(status)])
    assert not any(each.cached for each in (*run(tmp_path, check), *run(tmp_path, check)))
    assert check.runs == 2


def test_what_must_end_the_run_passes_through(tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError, match="stopped"):
        run(tmp_path, FakeCheck("fine", [result(PASS)]), FakeCheck("fake", InterruptedRunError("stopped")))


def test_what_one_check_cannot_read_ends_no_other(tmp_path: Path) -> None:
    fine, bad = FakeCheck("fine", [result(PASS, check="fine")]), FakeCheck("bad", InputError("no such file", hint="x"))
    told = {one.check: (one.status, one.summary) for one in run(tmp_path, bad, fine)}
    assert told == {"bad": (ERROR, "no such file (x)"), "fine": (PASS, "it is PASS")}


@pytest.mark.parametrize("status", list(Status))
def test_bad_results_have_a_line_to_paste(tmp_path: Path, status: Status) -> None:
    (told,) = run(tmp_path, FakeCheck("fake", [result(status)]))
    assert told.reproduce == ("respin check git:fake --only fake" if status in (FAIL, ERROR, MISS) else "")
    (own,) = run(tmp_path, FakeCheck("own", [result(status, check="own", reproduce="make it")]))
    assert own.reproduce == "make it"


def test_a_line_to_paste_repeats_the_call_whoever_found_it_out_first(tmp_path: Path) -> None:
    check = FakeCheck("fake", [replace(result(FAIL), again=("crash", "--only", "dump"))])
    lines = []
    for options in ((), ("--series", "mine", "--from", "A B <a@example.org>", "--signoff")):
        given = replace(context(tmp_path, commit(1)), options=options)
        lines += [one.reproduce for one in run_checks(given, [check])]
    assert check.runs == 1
    assert lines == [
        "respin crash git:fake --only dump",
        "respin crash git:fake --only dump --series mine --from 'A B <a@example.org>' --signoff",
    ]


def test_heavy_checks_run_in_order_and_results_too(tmp_path: Path) -> None:
    order: list[str] = []
    made = [FakeCheck(name, [result(PASS, check=name)], weight=Weight.HEAVY, order=order) for name in ("c", "a", "b")]
    light = FakeCheck("light", [result(PASS, check="light")])
    assert [each.check for each in run(tmp_path, made[0], light, *made[1:])] == ["c", "light", "a", "b"]
    assert order == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("statuses", "worst", "code"),
    [
        ([], SKIP, 4),
        ([SKIP], SKIP, 4),
        ([SKIP, PASS], PASS, 0),
        ([PASS, MISS], MISS, 3),
        ([MISS, ERROR, PASS], ERROR, 3),
        ([PASS, ERROR, MISS, SKIP, FAIL], FAIL, 1),
    ],
)
def test_the_verdict(statuses: Sequence[Status], worst: Status, code: int) -> None:
    results = [result(each) for each in statuses]
    assert (overall(results), exit_code(results)) == (worst, code)


def heard(folder: Path, *checks: FakeCheck, fail_fast: bool = False) -> list[Event]:
    """Return what a run told."""
    told: list[Event] = []
    run_checks(context(folder, jobs=1), checks, fail_fast=fail_fast, listen=told.append)
    return told


def test_what_a_run_tells(tmp_path: Path) -> None:
    known = FakeCheck("known", [result(PASS, check="known")])
    run(tmp_path, known)
    lacking = FakeCheck("lacking", tools=[Tool("no-such-tool", "no-such-package")])
    gate, heavy = (
        FakeCheck("gate", [result(PASS)], weight=Weight.GATE, step="1 of 1"),
        FakeCheck("heavy", [result(PASS)], weight=Weight.HEAVY),
    )
    planned, *told = heard(tmp_path, FakeCheck("light", [result(PASS)]), known, lacking, gate, heavy)
    assert planned == Planned(("light", "known", "lacking", "gate", "heavy"), frozenset({"known", "lacking"}))
    assert [(type(one).__name__, one.check) for one in told if not isinstance(one, Planned)] == [
        ("Ended", "known"),
        ("Ended", "lacking"),
        ("Started", "light"),
        ("Ended", "light"),
        ("Started", "gate"),
        ("CheckStep", "gate"),
        ("Ended", "gate"),
        ("Started", "heavy"),
        ("Ended", "heavy"),
    ]
    assert told[5] == CheckStep("gate", "1 of 1")
    assert isinstance(told[0], Ended)
    assert told[0].results[0].cached


@pytest.mark.parametrize("status", [FAIL, ERROR, MISS])
def test_fail_fast_ends_with_the_first_that_is_no_success(tmp_path: Path, status: Status) -> None:
    made = [
        FakeCheck("one", [result(SKIP, check="one")], weight=Weight.HEAVY),
        FakeCheck("two", [result(status, check="two")], weight=Weight.HEAVY),
        FakeCheck("three", [result(PASS, check="three")], weight=Weight.HEAVY),
    ]
    told = run_checks(context(tmp_path, jobs=1), made, fail_fast=True)
    assert [(one.status, one.summary) for one in told][1:] == [
        (status, f"it is {status}"),
        (SKIP, "not run, as two is no success, and --fail-fast was given"),
    ]
    assert [one.runs for one in made] == [1, 1, 0]
    assert [one.status for one in run_checks(context(tmp_path, jobs=1), made)] == [SKIP, status, PASS]


def test_fail_fast_counts_what_is_known(tmp_path: Path) -> None:
    bad, other = FakeCheck("bad", [result(FAIL, check="bad")]), FakeCheck("other", [result(PASS, check="other")])
    run(tmp_path, bad)
    assert [one.status for one in run_checks(context(tmp_path), [other, bad], fail_fast=True)] == [SKIP, FAIL]
    assert other.runs == 0


def test_fail_fast_ends_what_runs_beside(tmp_path: Path) -> None:
    """A program of another check is ended, and that check is no ERROR."""

    class Sleeps(FakeCheck):
        def run(self, context: Context) -> Sequence[Result]:
            started.set()
            process.run(["sleep", "60"], seconds=60)
            return super().run(context)

    class Fails(FakeCheck):
        def run(self, context: Context) -> Sequence[Result]:
            assert started.wait(10)
            return super().run(context)

    started = threading.Event()
    made = [Sleeps("sleeps", [result(PASS, check="sleeps")]), Fails("fails", [result(FAIL, check="fails")])]
    began = time.monotonic()
    told = run_checks(context(tmp_path), made, fail_fast=True)
    assert [(one.check, one.status) for one in told] == [("sleeps", SKIP), ("fails", FAIL)]
    assert told[0].summary == "stopped, as fails is no success, and --fail-fast was given"
    assert time.monotonic() - began < 30


def test_a_check_that_lost_its_program_to_fail_fast_is_no_error(tmp_path: Path) -> None:
    class Loses(FakeCheck):
        def run(self, context: Context) -> Sequence[Result]:
            del context
            started.set()
            with process.group(["sleep", "60"], seconds=60) as running:
                running.wait()
            raise InfrastructureError("sleep was killed by SIGTERM")

    class Fails(FakeCheck):
        def run(self, context: Context) -> Sequence[Result]:
            assert started.wait(10)
            return super().run(context)

    started = threading.Event()
    made = [Loses("loses"), Fails("fails", [result(FAIL, check="fails")])]
    told = run_checks(context(tmp_path), made, fail_fast=True)
    assert [(one.check, one.status) for one in told] == [("loses", SKIP), ("fails", FAIL)]


def test_a_signal_before_the_first_event_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Sleeps(FakeCheck):
        def run(self, context: Context) -> Sequence[Result]:
            process.run(["sleep", "60"], seconds=60)
            return super().run(context)

    def interrupted(_: object, __: object) -> None:
        time.sleep(0.2)
        raise InterruptedRunError("stopped")

    monkeypatch.setattr("concurrent.futures.Future.add_done_callback", interrupted)
    began = time.monotonic()
    with pytest.raises(InterruptedRunError, match="stopped"):
        run_checks(context(tmp_path), [Sleeps("sleeps")])
    assert time.monotonic() - began < 30


def test_a_full_disk_makes_no_verdict_untrue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "keep", full)
    (told,) = run(tmp_path, FakeCheck("fake", [result(FAIL)]))
    assert told.status is FAIL


def test_who_stops_listening_stops_the_run(tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, Ended):
            raise InterruptedRunError("stopped")

    made = [FakeCheck(name, [result(PASS, check=name)], weight=Weight.HEAVY) for name in ("one", "two", "three")]
    with pytest.raises(InterruptedRunError, match="stopped"):
        run_checks(context(tmp_path), made, listen=listen)
    assert made[2].runs == 0 or made[1].runs == 1


def test_no_check_at_all(tmp_path: Path) -> None:
    assert run(tmp_path) == ()

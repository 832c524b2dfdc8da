# SPDX-License-Identifier: GPL-2.0-only
"""How a scenario ends, and what its guests' consoles make of that, with a QEMU that is a script."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.contract import Finding, Result, Severity, Status
from checks.crash import disk, lab
from checks.crash.scenarios import Outcome
from checks.proofs import crash
from checks.vm import complaints
from checks.vm.guest import LostGuestError
from checks.vm.machine import Machine
from patchset.errors import InfrastructureError
from patchset.loader import known, load
from tests.checks.crash.made import TABLE
from tests.checks.made import commit, context
from tests.checks.vm.test_complaints import CONSOLE, PANIC, planted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context

QEMU = """\
#!/bin/sh
cp ../said console.log
echo "@@ready first 1.0"
read -r id command
echo "@@end $id 0"
echo "@@ready kdump 1.0"
echo "@@ready first 1.0"
exec sleep 60
"""
"""A guest that is crashed once, and comes back; its console is what a real one left."""
FIRST = CONSOLE[: CONSOLE.index("[   77.127463]")]
"""That of a kernel that nobody crashed."""


class Scripted:
    """A scenario that does what it is told, in a guest."""

    interfaces: Sequence[str] = ("file",)
    words = ""
    title = "one that is told how it ends"
    rules = ("R01",)

    def __init__(self, name: str, answer: Outcome | Exception, console: str = CONSOLE) -> None:
        self.name = name
        self.answer = answer
        self.console = console

    def run(self, made: lab.Lab) -> Outcome:
        (made.folder / "said").write_text(self.console, newline="")
        with made.guest(Machine(Path("k"), Path("i"), "", made.folder / f"guest-{self.name}")) as guest:
            if PANIC in self.console:
                guest.ready("kdump")
                guest.ready("first")
            if isinstance(self.answer, LostGuestError):
                raise guest.lost(self.answer.message)
            if isinstance(self.answer, Exception):
                raise self.answer
        return self.answer


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    fake = tmp_path / "bin/qemu-system-x86_64"
    fake.parent.mkdir()
    fake.write_text(QEMU)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(lab, "accelerator", lambda _: "tcg")
    monkeypatch.setattr(lab.Lab, "prepare", lambda _: None)
    (tmp_path / "c.config").write_text("CONFIG_OURS=y\n")
    return context(tmp_path, commit(1), plan=PLAN)


PLAN = f"""
[crash]
fragment = "c.config"
arch = "x86_64"
option = "OURS"
parameter = "ours"
{TABLE}"""
BAD = Finding(Severity.ERROR, "the key is everywhere", rule="R10")
FINE = Outcome("fine", ())
GONE = LostGuestError("gone", b"")
OOPS, LOCKUP = "Oops: 0002 [#1] SMP", "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:40]"


@pytest.mark.parametrize(
    ("answer", "console", "status", "words"),
    [
        (Outcome("fine", (), {"stages": []}), CONSOLE, Status.PASS, "fine"),
        (Outcome("fine", (Finding(Severity.NOTE, "n"),)), CONSOLE, Status.PASS, "fine"),
        (Outcome("bad", (BAD,)), CONSOLE, Status.FAIL, "bad"),
        (Outcome("bad", (BAD,)), CONSOLE[:-9], Status.FAIL, "bad"),
        (FINE, planted(LOCKUP, "capture"), Status.FAIL, "the kernel complained"),
        (FINE, planted(OOPS, "again"), Status.FAIL, "the kernel complained"),
        (FINE, CONSOLE[:-9], Status.ERROR, "the console ends within a line"),
        (FINE, "", Status.ERROR, "the console is empty"),
        (FINE, planted(OOPS, "first")[:-9], Status.FAIL, "the kernel complained"),
        (GONE, CONSOLE[:-9], Status.MISS, "the guest is lost: gone"),
        (GONE, planted(LOCKUP), Status.MISS, "the guest is lost: gone"),
        (GONE, planted(OOPS), Status.FAIL, "the guest is lost: gone"),
        (InfrastructureError("no kernel", hint="make"), CONSOLE, Status.ERROR, "no kernel"),
        (InfrastructureError("no tool"), planted(OOPS), Status.FAIL, "no tool"),
    ],
)
def test_how_a_scenario_and_its_console_end_is_the_status(
    given: Context, answer: Outcome | Exception, console: str, status: Status, words: str
) -> None:
    result = ran(given, Scripted("dump", answer, console), Scripted("controls", Outcome("good", ())))
    assert (result.status, result.check) == (status, "crash")
    assert result.summary == f"dump: {words}; controls: good"
    assert [each["status"] for each in result.data["scenarios"]] == [status.value, "PASS"]
    assert result.again == (("crash", "--only", "dump", "--keep") if status is not Status.PASS else ())
    assert not list((given.cache / "crash/runs").iterdir())
    if status is Status.MISS:
        assert "last lines of the guest's console: " in result.findings[0].message


def ran(given: Context, *scenarios: Scripted) -> Result:
    (result,) = crash.CrashTest(scenarios).run(given)
    return result


CRASHING = {"borrowed", "controls", "dump", "exposure", "loud", "memory", "reload", "room", "several"}


@pytest.mark.slow
@pytest.mark.parametrize("name", crash.SCENARIOS)
def test_no_scenario_passes_whose_kernel_complained(given: Context, name: str) -> None:
    console = CONSOLE if name in CRASHING else FIRST
    assert ran(given, Scripted(name, FINE, console)).status is Status.PASS
    for line in ("WARNING: possible circular locking dependency detected", "BUG: KASAN: use-after-free in f", OOPS):
        for kernel in ("first", "capture", "again") if name in CRASHING else ("first",):
            result = ran(given, Scripted(name, FINE, planted(line, kernel, console)))
            assert (result.status, result.summary) == (Status.FAIL, f"{name}: the kernel complained")
            found, around = result.findings
            assert (found.rule, found.severity, around.severity) == ("R19", Severity.ERROR, Severity.NOTE)
            assert found.message.startswith(
                f"[{name}] the {'capture ' * (kernel == 'capture')}kernel complained: {line}"
            )
            assert line in around.message


@pytest.mark.parametrize("name", [name for name in crash.SCENARIOS if name not in CRASHING])
def test_a_panic_that_no_scenario_asked_for_fails(given: Context, name: str) -> None:
    assert ran(given, Scripted(name, FINE)).status is Status.FAIL


def test_an_exception_of_the_series_is_taken(given: Context) -> None:
    more = """
[[allowed]]
line = "^WARNING: CPU: "
where = ["placement"]
kernel = "first"
after = "^Run /init "
reason = "a test of the test"
"""
    Path(str(given.subject.series.folder), "checks.toml").write_text(PLAN + more)
    console = planted("WARNING: CPU: 0 PID: 1 at kernel/a.c:3", text=FIRST)
    assert ran(given, Scripted("placement", FINE, console)).status is Status.PASS
    assert ran(given, Scripted("lifecycle", FINE, console)).status is Status.FAIL


def test_a_scenario_without_a_guest_proves_nothing(given: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "run", lambda *_: FINE)
    result = ran(given, Scripted("dump", FINE))
    assert (result.status, result.summary) == (Status.ERROR, "dump: no guest was booted")


def test_what_no_kernel_may_print_is_a_part_of_what_a_verdict_follows_from(given: Context) -> None:
    assert complaints.text() in crash.CrashTest().content(given)


def test_what_guests_are_made_of_costs_no_scenario_its_time(given: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.Lab, "prepare", lambda _: time.sleep(0.3))
    result = ran(given, Scripted("dump", FINE))
    assert result.data["scenarios"][0]["seconds"] <= 0.2


def test_a_kernel_that_is_not_there_is_each_scenarios_error(given: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(_: lab.Lab) -> None:
        raise InfrastructureError("it does not build")

    monkeypatch.setattr(lab.Lab, "prepare", prepare)
    result = ran(given, Scripted("dump", FINE))
    assert (result.status, result.summary) == (Status.ERROR, "dump: it does not build")


class Meeting(Scripted):
    """A scenario that ends when another one has come as far; alone it waits in vain."""

    barrier = threading.Barrier(2)

    def run(self, made: lab.Lab) -> Outcome:
        outcome = super().run(made)
        try:
            self.barrier.wait(5.0)
        except threading.BrokenBarrierError:
            return Outcome("nobody came", (BAD,))
        return outcome


@pytest.mark.parametrize(("lanes", "status"), [(2, Status.PASS), (1, Status.FAIL)])
def test_scenarios_run_beside_each_other(
    given: Context, monkeypatch: pytest.MonkeyPatch, lanes: int, status: Status
) -> None:
    monkeypatch.setattr(lab, "lanes", lambda _: lanes)
    Meeting.barrier.reset()
    result = ran(given, Meeting("dump", FINE), Meeting("room", FINE))
    assert result.status is status
    assert [each["name"] for each in result.data["scenarios"]] == ["dump", "room"]


def test_a_machine_without_memory_runs_one_scenario_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for gib, jobs, expected in ((2, 8, 1), (7, 8, 2), (64, 2, 2), (64, 1, 1)):
        monkeypatch.setattr(disk, "available_kib", lambda gib=gib: gib << 20)
        assert lab.lanes(jobs) == expected


def test_what_is_kept_is_named(given: Context) -> None:
    (result,) = crash.CrashTest([Scripted("dump", FINE)], keep=True).run(given)
    (kept,) = (given.cache / "crash/runs").iterdir()
    assert result.findings[-1].message == f"kept: {kept}"


def test_a_series_has_the_scenarios_of_its_interface(given: Context) -> None:
    other = Scripted("reload", FINE)
    other.interfaces = ("items",)
    assert ran(given, Scripted("dump", FINE), other).summary == "dump: fine"
    nothing = ran(given, other)
    assert (nothing.status, nothing.summary) == (Status.ERROR, "no scenario was asked for")
    plain, both = (crash.CrashTest([Scripted("dump", FINE), *one]).content(given) for one in ([], [other]))
    assert plain == both
    names = {one: [each.name for each in crash.possible(crash.QUICK, load(one))] for one in known()}
    assert names["luks-kdump"] == [each.name for each in crash.QUICK]
    assert names["crash-dm-crypt"] == ["dump", "controls", "fullmap", "loud"]


def test_the_rules_are_those_of_its_scenarios() -> None:
    assert crash.CrashTest([crash.SCENARIOS["placement"], crash.SCENARIOS["memory"]]).rules == [
        "B08",
        "R01",
        "R04",
        "R19",
    ]
    assert "R01" not in crash.CrashTest().rules


def test_what_runs_in_the_guest_is_a_part_of_the_content(given: Context, tmp_path: Path) -> None:
    before = crash.CrashTest().content(given)
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest/init.j2").write_text("#!/bin/sh\n")
    (tmp_path / "guest/the-helper.c.j2").write_text("int main(void) { return 0; }\n")
    one = crash.CrashTest().content(given)
    (tmp_path / "guest/the-helper.c.j2").write_text("int main(void) { return 1; }\n")
    assert len({before, one, crash.CrashTest().content(given)}) == 3

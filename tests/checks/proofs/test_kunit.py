# SPDX-License-Identifier: GPL-2.0-only
"""B07: what a run of kunit.py allows to say, and what it does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.contract import Finding, Severity, Status
from checks.proofs.kunit import KUnitRun
from checks.vm.suites import SuitesRun, judge, measured
from patchset.plan import Configuration, KUnit, PlanForm
from patchset.toml import Toml
from tests.checks.made import commit, context

if TYPE_CHECKING:
    from pathlib import Path

WANTED = KUnit(("kexec", "keys"), Configuration("full", "all", "x86_64", symbols={}))
BANNER = "Linux version 6.1.192 (respin@respin)"
Suites = dict[str, dict[str, str]]
GOOD: Suites = {"kexec": {"lowest": "PASS", "uniform": "PASS"}, "keys": {"wiped": "PASS"}}


def report(suites: Suites) -> str:
    groups = [
        {"name": suite, "test_cases": [{"name": name, "status": status} for name, status in cases.items()]}
        for suite, cases in suites.items()
    ]
    return json.dumps({"name": "KUnit Test Group", "sub_groups": groups})


def console(suites: Suites, *, planned: int = 0, more: str = "") -> str:
    lines = [BANNER, "KTAP version 1", f"1..{planned or len(suites)}"]
    for number, (suite, cases) in enumerate(suites.items(), 1):
        lines += ["    KTAP version 1", f"    # Subtest: {suite}", f"    1..{len(cases)}"]
        for place, (name, status) in enumerate(cases.items(), 1):
            if status == "FAIL":
                lines.append(f"    # {name}: EXPECTATION FAILED at kernel/kexec_test.c:40")
            lines.append(f"    {'not ok' if status == 'FAIL' else 'ok'} {place} {name}")
        lines.append(f"{'not ok' if 'FAIL' in cases.values() else 'ok'} {number} {suite}")
    return "\n".join([*lines, more, "reboot: System halted"])


def tell(suites: Suites, *, planned: int = 0, more: str = "") -> tuple[Status, str, tuple[Finding, ...]]:
    return judge(SuitesRun(0, "", report(suites), console(suites, planned=planned, more=more)), WANTED)


def test_all_pass() -> None:
    assert tell(GOOD) == (Status.PASS, "3 cases of 2 suites passed", ())


def test_each_case_is_told_with_how_it_ended() -> None:
    suites = GOOD | {"keys": {"wiped": "FAIL"}}
    told = measured(SuitesRun(0, "", report(suites), console(suites)))["cases"]
    assert {"case": "keys.wiped", "status": "FAIL"} in told
    assert len(told) == sum(map(len, suites.values()))
    assert measured(SuitesRun(0, "", report({}), "")) == measured(SuitesRun(0, "", "no JSON", None)) == {}


def test_the_return_code_decides_nothing() -> None:
    assert judge(SuitesRun(1, "", report(GOOD), console(GOOD)), WANTED)[0] is Status.PASS


def test_a_failing_case_is_named_with_its_log() -> None:
    status, summary, findings = tell(GOOD | {"keys": {"wiped": "FAIL", "held": "PASS"}})
    assert (status, summary) == (Status.FAIL, "1 of 4 cases failed")
    (found,) = findings
    assert found.message == "keys.wiped failed: # wiped: EXPECTATION FAILED at kernel/kexec_test.c:40"
    assert (found.severity, found.rule) == (Severity.ERROR, "B07")


def test_a_plan_that_was_not_reached_is_a_miss() -> None:
    status, summary, findings = tell(GOOD, planned=3)
    assert status is Status.MISS
    assert "the plan was not reached: 2 of 3" in summary
    assert "System halted" in findings[-1].message


def test_a_failure_outweighs_a_plan_that_was_not_reached() -> None:
    assert tell({"kexec": {"lowest": "FAIL"}}, planned=2)[0] is Status.FAIL


def test_a_case_that_was_lost_with_the_guest_is_a_miss() -> None:
    suites = GOOD | {"keys": {"wiped": "ERROR"}}
    text = f"{BANNER}\nKTAP version 1\n1..2\n    1..2\n    ok 1 lowest\n    ok 2 uniform\nok 1 kexec\n"
    assert judge(SuitesRun(0, "", report(suites), text), WANTED)[0] is Status.MISS
    status, _, findings = judge(SuitesRun(0, "", report(suites), f"{text}BUG: unable to handle\n"), WANTED)
    assert status is Status.FAIL
    assert findings[0].message == "keys.wiped crashed"


@pytest.mark.parametrize("text", ["", "\r\n\n", "SeaBIOS (version 1.16)\n"])
def test_a_silent_guest_is_a_miss(text: str) -> None:
    status, summary, findings = judge(SuitesRun(0, "", report({}), text), WANTED)
    assert status is Status.MISS
    assert summary in ("the guest printed nothing", "the guest ran no test case")
    assert findings[0].severity is Severity.NOTE


@pytest.mark.parametrize("text", ["", "junk", "[]", report({})])
def test_no_case_is_no_success(text: str) -> None:
    assert judge(SuitesRun(0, "", text, console(GOOD)), WANTED)[0] is Status.MISS


def test_a_crash_before_the_first_case_fails() -> None:
    text = "BUG: unable to handle page fault for address: 0\nKernel panic - not syncing\n"
    status, _, findings = judge(SuitesRun(0, "", "", text), WANTED)
    assert status is Status.FAIL
    assert [(one.rule, one.severity) for one in findings] == [
        ("R19", Severity.ERROR), ("R19", Severity.NOTE), ("R19", Severity.ERROR), ("R19", Severity.NOTE),
        ("B07", Severity.NOTE),
    ]  # fmt: skip


def test_a_missing_suite_is_a_miss() -> None:
    status, summary, _ = tell({"kexec": GOOD["kexec"]})
    assert (status, summary) == (Status.MISS, "suite keys did not run")


def test_a_skipped_suite_is_a_miss() -> None:
    status, summary, findings = tell(GOOD | {"keys": {"wiped": "SKIP"}})
    assert (status, summary) == (Status.MISS, "every case of suite keys was skipped")
    assert findings[0].message == "keys.wiped was skipped"


def test_a_skipped_case_is_a_note() -> None:
    status, _, findings = tell(GOOD | {"keys": {"wiped": "SKIP", "held": "PASS"}})
    assert (status, [one.severity for one in findings]) == (Status.PASS, [Severity.NOTE])


KTAP = f"""\
[    0.000000] {BANNER}
[    0.500000] KTAP version 1
[    0.500000] 1..2
[    0.500000]     KTAP version 1
[    0.500000]     # Subtest: kexec
[    0.500000]     1..1
[    0.500000]     ok 1 lowest
[    0.500000] ok 1 kexec
[    0.500000]     KTAP version 1
[    0.500000]     # Subtest: keys
"""
EMPTY_CASE = """\
[    0.500000]     1..1
[    0.500000]         KTAP version 1
[    0.500000]         # Subtest: wiped
[    0.500000]         1..0
[    0.500000]     ok 1 wiped
[    0.500000] ok 2 keys
[    0.500000] reboot: System halted
"""
EMPTY_SUITE = "[    0.500000]     1..0\n[    0.500000] ok 2 keys\n[    0.500000] reboot: System halted\n"
HUNG = "[    0.500000]     1..2\n[    0.500000]     ok 1 wiped\n"


def parsed(**keys: str) -> str:
    """Return the JSON that the kunit.py of 6.1.192 makes of such a console."""
    return report({"kexec": {"lowest": "PASS"}} | ({"keys": keys} if keys else {}))


def test_a_case_that_runs_nothing_fails_as_the_json_says() -> None:
    """kunit.py's own words of it are `passed: 2, errors: 1`."""
    status, summary, findings = judge(SuitesRun(0, "", parsed(wiped="FAIL"), KTAP + EMPTY_CASE), WANTED)
    assert (status, summary) == (Status.FAIL, "1 of 2 cases failed")
    assert [each.message for each in findings] == ["keys.wiped failed"]


def test_a_suite_that_registers_no_case_fails() -> None:
    """kunit.py's JSON has no such suite."""
    status, summary, findings = judge(SuitesRun(0, "", parsed(), KTAP + EMPTY_SUITE), WANTED)
    assert (status, summary) == (Status.FAIL, "suite keys has no case")
    assert [(each.severity, each.rule) for each in findings] == [(Severity.ERROR, "B07")]
    assert judge(SuitesRun(0, "", parsed(), KTAP + EMPTY_SUITE), replace(WANTED, suites=("kexec",)))[0] is Status.PASS


def test_suites_that_all_have_no_case_fail() -> None:
    empty = "KTAP version 1\n1..1\n    # Subtest: keys\n    1..0\nok 1 keys\n"
    assert judge(SuitesRun(0, "", report({}), empty), replace(WANTED, suites=("keys",)))[0] is Status.FAIL


@pytest.mark.parametrize(
    ("printed", "cases", "where"),
    [
        (HUNG, {"wiped": "PASS", "": "ERROR"}, "after case wiped"),
        ("[    0.500000]     1..2\n", {"": "ERROR"}, "before its first case had a result"),
        ("", {}, "before its first case had a result"),
    ],
)
def test_a_guest_that_hangs_in_a_suite_of_the_series_fails(printed: str, cases: dict[str, str], where: str) -> None:
    evidence = SuitesRun(0, "", parsed(**cases), KTAP + printed)
    status, summary, findings = judge(evidence, WANTED)
    assert status is Status.FAIL
    assert summary.startswith(f"the guest came to its end, or to a halt, in suite keys, {where}; the plan was not")
    assert findings[0].severity is Severity.ERROR
    status, summary, _ = judge(evidence, replace(WANTED, suites=("kexec",)))
    assert (status, summary) == (Status.MISS, "the plan was not reached: 1 of 2 suites reported")


NAMED = {"kexec.uniform": ("R01", "R02"), "keys.wiped": ("R10",)}


def ruled(suites: Suites, *, planned: int = 0) -> tuple[Status, str, list[tuple[str, str]]]:
    evidence = SuitesRun(0, "", report(suites), console(suites, planned=planned))
    status, summary, findings = judge(evidence, WANTED, named=NAMED)
    return status, summary, [(one.rule, one.message) for one in findings if one.severity is Severity.ERROR]


def test_a_case_that_a_rule_names_must_have_passed() -> None:
    assert ruled(GOOD) == (Status.PASS, "3 cases of 2 suites passed", [])
    assert ruled(GOOD | {"kexec": {"lowest": "PASS"}}) == (
        Status.FAIL,
        "1 cases that a rule names did not pass",
        [("R01", "kexec.uniform did not run"), ("R02", "kexec.uniform did not run")],
    )
    status, _, told = ruled(GOOD | {"keys": {"wiped": "SKIP", "held": "PASS"}})
    assert (status, told) == (Status.FAIL, [("R10", "keys.wiped was skipped")])
    status, _, told = ruled(GOOD | {"keys": {"wiped": "FAIL", "held": "PASS"}})
    assert (status, [rule for rule, _ in told]) == (Status.FAIL, ["B07"])
    assert ruled({"kexec": GOOD["kexec"]})[2] == [("R10", "keys.wiped did not run")]


def test_a_case_that_was_lost_with_the_guest_is_not_one_that_was_cut_off() -> None:
    assert ruled({"kexec": GOOD["kexec"]}, planned=2)[::2] == (Status.MISS, [])


def test_a_named_case_with_parameters_is_a_group() -> None:
    for status, verdict in (("PASS", Status.PASS), ("SKIP", Status.FAIL)):
        inner = {"name": "wiped", "test_cases": [{"name": "aes", "status": status}]}
        groups = json.loads(report({"kexec": GOOD["kexec"]}))["sub_groups"]
        text = json.dumps({"sub_groups": [*groups, {"name": "keys", "test_cases": [], "sub_groups": [inner]}]})
        assert judge(SuitesRun(0, "", text, console(GOOD)), WANTED, named=NAMED)[0] is verdict


def test_a_verdict_follows_from_what_the_rules_name(tmp_path: Path) -> None:
    """Also where no suite has the case: a series that lost it is to fail, and not to be refused."""
    given = context(tmp_path, commit(1))
    assert not any("keys.wiped" in word for word in KUnitRun().content(given))
    rule = '[R10]\ntitle = "t"\npatches = ["1-patch"]\nfiles = []\ntests = ["keys.wiped"]\n'
    (tmp_path / "rules.toml").write_text(f"{rule}{rule.replace('R10', 'R13')}")
    assert "keys.wiped R10 R13" in KUnitRun().content(given)


@pytest.mark.parametrize("status", ["", "UNKNOWN", "pass"])
def test_an_unknown_word_is_no_success(status: str) -> None:
    assert tell(GOOD | {"keys": {"wiped": status}})[0] is not Status.PASS


def test_a_suite_of_parameterized_cases_counts() -> None:
    inner = {"name": "wiped", "test_cases": [{"name": "aes", "status": "PASS"}]}
    groups = json.loads(report({"kexec": GOOD["kexec"]}))["sub_groups"]
    text = json.dumps({"sub_groups": [*groups, {"name": "keys", "test_cases": [], "sub_groups": [inner]}]})
    assert judge(SuitesRun(0, "", text, console(GOOD)), WANTED)[0] is Status.PASS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (console(GOOD).removeprefix(BANNER), "the console shows no kernel's begin"),
        (
            f"{console(GOOD)}\n** 7 printk messages dropped **\n",
            "the console is not whole: ** 7 printk messages dropped",
        ),
        ("", "the console is empty"),
    ],
)
def test_a_console_that_was_not_read_is_an_error(text: str, why: str) -> None:
    status, summary, _ = judge(SuitesRun(0, "", report(GOOD), text), WANTED)
    assert status is Status.ERROR
    assert summary.startswith(why)


def test_an_exception_of_the_series_holds_behind_its_line_only() -> None:
    text = (
        "[[allowed]]\nline = '^WARNING: CPU: .* f[+]'\nwhere = ['kunit']\nkernel = 'first'\nreason = 'it is provoked'\n"
    )
    allowed = Toml("checks.toml", f"{text}after = '^# Subtest: keys$'\n").read(PlanForm).allowed
    line = "WARNING: CPU: 0 PID: 1 at kernel/a.c:3 f+0x1/0x2"
    printed = console(GOOD).replace("    ok 1 wiped", f"{line}\n    ok 1 wiped")
    assert judge(SuitesRun(0, "", report(GOOD), printed), WANTED, "kunit", allowed)[0] is Status.PASS
    for where, told in (
        ("kunit", printed.replace("f+0x1", "g+0x1")),
        ("kunit", console(GOOD).replace("    ok 1 lowest", f"{line}\n    ok 1 lowest")),
        ("debug-config", printed),
    ):
        assert judge(SuitesRun(0, "", report(GOOD), told), WANTED, where, allowed)[0] is Status.FAIL, told


@pytest.mark.parametrize("line", ["WARNING: CPU: 0 PID: 1 at kernel/a.c:3 f+0x1", "UBSAN: shift-out-of-bounds in a.c"])
def test_a_kernel_that_complains_fails(line: str) -> None:
    status, summary, findings = tell(GOOD, more=line)
    assert (status, summary) == (Status.FAIL, "the kernel complained")
    assert findings[0].message == f"the kernel complained: {line}"
    assert findings[0].rule == "R19"


UNBUILT = SuitesRun(1, "", "", None, "/k")


def test_a_kernel_that_does_not_build_fails() -> None:
    status, _, findings = judge(
        replace(UNBUILT, output="/k/kernel/a.c:7:1: error: expected ';'\nmake: error 2"), WANTED
    )
    assert status is Status.FAIL
    assert [(one.file, one.line, one.rule) for one in findings] == [("kernel/a.c", 7, "B01")]


@pytest.mark.parametrize(
    ("output", "summary"),
    [
        ("", "before it booted"),
        ("Traceback\nKeyError: 'x'", "KeyError"),
        ("as: out of memory\n/k/a.c:1:1: error: x", "the machine, not the series"),
        ("Not all Kconfig options selected\nMissing: CONFIG_OURS=y", "Missing: CONFIG_OURS=y"),
    ],
)
def test_a_run_that_did_not_come_to_boot_is_an_error(output: str, summary: str) -> None:
    status, told, findings = judge(replace(UNBUILT, output=output), WANTED)
    assert (status, findings) == (Status.ERROR, ())
    assert summary in told

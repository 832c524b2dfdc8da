# SPDX-License-Identifier: GPL-2.0-only
"""The report in the formats of other programs, held to what those say of themselves."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import urllib.parse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from kcidb_io import schema as kcidb_schema

from checks.contract import Finding, Result, Scope, Severity, Status
from patchset.rules import Rule
from respin.outcome import Extras
from respin.report import kcidb, ktap, patchwork, sarif
from tests.checks import made
from tests.checks.reports import RESULTS, reports, results, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from respin.report.model import Report

CHECKS = (made.FakeCheck("mail-lint", title="the mails"), made.FakeCheck("build", title="it builds"))
SARIF = Path(__file__).parents[2] / "data" / "sarif-2.1.0.json"
"""OASIS's own, with errata 01."""


@functools.cache
def schema() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(SARIF.read_text()), format_checker=jsonschema.FormatChecker())


def run_of(log: dict[str, Any]) -> dict[str, Any]:
    schema().validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_sarif_has_every_finding_at_its_place() -> None:
    run = run_of(sarif.made(told(*RESULTS)))
    long_line, waived = run["results"]
    assert (long_line["ruleId"], long_line["level"], waived["level"]) == ("checkpatch/LONG_LINE", "warning", "note")
    assert long_line["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "nowhere/1-patch.toml"}, "region": {"startLine": 1}
    }  # fmt: skip
    assert long_line["relatedLocations"][0]["physicalLocation"] == {
        "artifactLocation": {"uriBaseId": "SRCROOT", "uri": "kernel/a%1B.c"}, "region": {"startLine": 12}
    }  # fmt: skip
    assert long_line["message"]["text"].startswith("kernel/a\\x1b.c:12: line too long")
    assert long_line["suppressions"] == []
    assert waived["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "a table"}]
    assert long_line["properties"] == {"patch": 1, "reproduce": "scripts/checkpatch.pl 'a b'"}
    assert run["tool"]["driver"]["rules"][long_line["ruleIndex"]]["id"] == "checkpatch/LONG_LINE"
    assert "\x1b" not in json.dumps(run, ensure_ascii=False)


def test_sarif_says_what_was_not_proven() -> None:
    (invocation,) = run_of(sarif.made(told(*RESULTS)))["invocations"]
    said = [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    assert said == [
        ("error", "build, 1-patch: ERROR, the machine broke"),
        ("error", "kunit, series: MISS, the guest printed nothing"),
        ("warning", "other, series: SKIP, missing: qemu; apt-get install qemu-system-x86"),
        ("note", "3 of 4 checks have run"),
    ]
    assert not invocation["executionSuccessful"]
    clean = Result("build", Scope.PATCH, Status.PASS, "fine", patch=1)
    for result, good in ((clean, True), (replace(clean, status=Status.FAIL), True), (None, False)):
        run = run_of(sarif.made(told(*[result] if result else [])))
        assert run["invocations"][0]["executionSuccessful"] is good


def test_sarif_has_a_result_for_a_failure_without_a_finding_and_a_place_for_each() -> None:
    whole = Result("build", Scope.SERIES, Status.FAIL, "it is bad", findings=(Finding(Severity.NOTE, "a note"),))
    system = Finding(Severity.ERROR, "bad", "/usr/include/a b.h", 3)
    run = run_of(sarif.made(told(whole, replace(whole, patch=2, findings=(system,)))))
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run["results"]]
    assert [one["message"]["text"] for one in run["results"]] == ["a note", "it is bad", "a b.h:3: bad"]
    assert places == [{"uri": "nowhere/series.toml"}, {"uri": "series"}, {"uri": "nowhere/2-patch.toml"}]
    assert all("relatedLocations" not in one for one in run["results"])


def test_every_rule_of_sarif_has_a_title_of_its_own() -> None:
    rules = (Rule("R01", "be good", (1,), (), (), ()),)
    said = [
        Result(check, Scope.SERIES, Status.FAIL, "bad", findings=(Finding(Severity.ERROR, "bad", rule=rule),))
        for check, rule in (
            ("mail-lint", "S03"), ("mail-lint", "T01"), ("mail-lint", ""), ("checkpatch", "LONG_LINE"), ("build", "R01"),
            ("build", ""), ("build", "B02"),
        )
    ]  # fmt: skip
    told_of = run_of(sarif.made(told(*said, extras=Extras(CHECKS, rules))))["tool"]["driver"]["rules"]
    titles = {one["id"]: one["shortDescription"]["text"] for one in told_of}
    assert titles == {
        "mail-lint": "mail-lint: the mails", "mail-lint/S03": "S03: n/m contiguous, padded alike, one version, one prefix",
        "mail-lint/T01": "T01: the author signed off; last, the sender signed off", "build": "build: it builds",
        "checkpatch/LONG_LINE": "LONG_LINE: long line, says checkpatch.pl", "build/R01": "R01: be good",
        "build/B02": "B02: it builds",
    }  # fmt: skip
    assert all(one["help"]["text"] and one["fullDescription"]["text"] for one in told_of)


@given(reports())
def test_sarif_names_no_path_of_a_machine(whole: Report) -> None:
    whole["results"].append(told(Result("fake", Scope.SERIES, Status.FAIL, "bad"))["results"][0])
    for result in whole["results"]:
        for finding in result["findings"][:1]:
            del finding["origin"]
        for finding in result["findings"][1:]:
            finding["origin"] = {"file": f"/tmp/{finding['file']}", "line": 1}  # noqa: S108 - what a report may hold
    for result in run_of(sarif.made(whole))["results"]:
        for place in (*result["locations"], *result.get("relatedLocations", ())):
            uri, region = place["physicalLocation"]["artifactLocation"]["uri"], place["physicalLocation"]["region"]
            assert not {"", ".", ".."} & {*uri.split("/")}
            assert not urllib.parse.urlparse(uri).scheme
            assert region["startLine"] >= 1
        assert "uriBaseId" not in result["locations"][0]["physicalLocation"]["artifactLocation"]


def test_sarif_knows_a_finding_again_where_it_moved() -> None:
    marks = []
    for line, text in ((3, "bad"), (4, "bad"), (3, "worse")):
        finding = Finding(Severity.ERROR, text, "a.c", line)
        (one,) = run_of(sarif.made(told(Result("build", Scope.PATCH, Status.FAIL, "", 0, 1, (finding,)))))["results"]
        marks.append(one["partialFingerprints"]["respin/v1"])
    assert marks[0] == marks[1] != marks[2]


def test_ktap() -> None:
    lines = ktap.made(told(*RESULTS)).splitlines()
    assert lines[:5] == ["KTAP version 1", "1..4", "    KTAP version 1", "    # Subtest: checkpatch", "    1..2"]
    ended = [line for line in lines if re.match(r" *(not )?ok ", line)]
    assert ended == [
        "    not ok 1 1-patch",
        "    ok 2 2-patch",
        "not ok 1 checkpatch",
        "    not ok 1 1-patch # ERROR the machine broke",
        "    ok 2 2-patch",
        "not ok 2 build",
        "    not ok 1 series # ERROR the guest printed nothing",
        "not ok 3 kunit",
        "    ok 1 series # SKIP missing: qemu; apt-get install qemu-system-x86",
        "ok 4 other # SKIP",
    ]
    assert "    # reproduce: scripts/checkpatch.pl 'a b'" in lines
    assert any(line.startswith("    # kernel/a\\x1b.c:12: warning: line too long") for line in lines)


@given(results())
def test_ktap_says_of_each_result_one_thing_whatever_is_in_it(said: Sequence[Result]) -> None:
    lines = ktap.made(told(*said)).split("\n")
    inner = [line for line in lines if re.match(r"    (not )?ok \d+ ", line)]
    outer = [line for line in lines if re.match(r"(not )?ok \d+ ", line)]
    checks = {one.check for one in said}
    assert (len(inner), len(outer)) == (len(said), len(checks))
    assert sum(line.strip().startswith("ok") for line in inner) == sum(one.status in {"PASS", "SKIP"} for one in said)
    assert lines[1] == f"1..{len(checks)}"
    rest = [line for line in lines[2:-1] if line not in inner + outer]
    assert all(re.match(r"    (# |KTAP version 1$|1\.\.\d+$)|# [A-Z]+ \(\d of \d checks?\)$", line) for line in rest)
    assert all(one.isprintable() or one == "\t" for line in lines for one in line)
    assert not [line for line in rest if re.search(r"reboot: System halted|# .*KTAP version \d", line)]


def test_patchwork_hears_of_each_posted_patch() -> None:
    first, second = patchwork.made(told(*RESULTS))
    assert (first["number"], second["number"], second["commit"]) == (1, 2, "2" * 40)
    assert [(one["context"], one["state"]) for one in first["checks"]] == [
        ("respin-checkpatch", "fail"), ("respin-build", "warning"),
        ("respin-kunit-series", "warning"), ("respin-other-series", "pending"),
    ]  # fmt: skip
    assert [one["state"] for one in second["checks"]] == ["success", "success", "warning", "pending"]
    assert second["checks"][2]["description"] == "the whole series: MISS, the guest printed nothing"


def combined(checks: Sequence[dict[str, str]]) -> str:
    """Return what Patchwork makes of checks that are posted one after another: Patch.checks, combined_check_state."""
    newest = {one["context"]: one["state"] for one in checks}
    return next((state for state in ("fail", "warning", "pending") if state in newest.values()), "success")


@given(results())
def test_patchwork_takes_what_it_is_given_and_comes_to_the_same_verdict(said: Sequence[Result]) -> None:
    for patch in patchwork.made(told(*said)):
        for one in patch["checks"]:
            assert re.fullmatch(r"[\w-]{1,255}", one["context"], re.ASCII)
            assert len(one["description"]) <= 255
            assert one["description"].isprintable()
            assert (one["state"] == "success") == one["description"].removeprefix("the whole series: ").startswith(
                "PASS"
            )
        spoken = {one.status for one in said if one.patch in {0, patch["number"]}}
        words = {"FAIL": "fail", "ERROR": "warning", "MISS": "warning", "SKIP": "pending", "PASS": "success"}
        assert combined(patch["checks"]) == next(
            (word for status, word in words.items() if status in spoken), "success"
        )


@pytest.mark.parametrize("order", [1, -1])
def test_of_one_context_there_is_one_check_and_it_is_the_worst(order: int) -> None:
    names = ("a b", "a  b", "a%b", "long" * 99, "long" * 99 + "er")
    said = [Result(name, Scope.SERIES, (Status.PASS, Status.FAIL)[at % 2], "") for at, name in enumerate(names)]
    checks = patchwork.made(told(*said[::order]))[0]["checks"]
    contexts = [one["context"] for one in checks]
    assert sorted(contexts) == ["respin-a-b-series", "respin-" + ("long" * 99)[:241] + "-series"]
    assert [one["state"] for one in checks] == ["fail", "fail"]


def test_kcidb() -> None:
    data = kcidb.made(told(*RESULTS, extras=Extras(diffs={1: "one\n", 2: "two\n", 3: "three\n"})))
    checkouts = {one["id"]: one for one in data["checkouts"]}
    assert list(checkouts) == [f"respin:{number * 40}" for number in "123"]
    one, two = (hashlib.sha256(text).hexdigest() + "\n" for text in (b"one\n", b"two\n"))
    assert checkouts["respin:" + "2" * 40]["patchset_hash"] == hashlib.sha256((one + two).encode()).hexdigest()
    builds = {each["id"]: each.get("status") for each in data["builds"]}
    assert builds == {f"respin:{'1' * 40}": "ERROR", f"respin:{'2' * 40}": "PASS", f"respin:{'3' * 40}": None}
    tests = [(each["build_id"][-1], each["path"], each["status"]) for each in data["tests"]]
    assert tests == [
        ("1", "respin.checkpatch", "FAIL"), ("2", "respin.checkpatch", "PASS"),
        ("3", "respin.kunit", "MISS"), ("3", "respin.other", "SKIP"),
    ]  # fmt: skip


def held(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Hold data to KCIDB's schema and to what it relies on: ids of their own, and nothing that hangs in the air."""
    assert kcidb_schema.LATEST.is_valid_exactly(data)
    ids = {kind: [one["id"] for one in data[kind]] for kind in ("checkouts", "builds", "tests")}
    assert all(len(set(one)) == len(one) for one in ids.values())
    assert {one["checkout_id"] for one in data["builds"]} <= {*ids["checkouts"]}
    assert {one["build_id"] for one in data["tests"]} <= {*ids["builds"]}
    return data


@given(reports())
def test_every_format_takes_whatever_is_in_a_report(whole: Report) -> None:
    data = held(kcidb.made(whole))
    assert len(data["tests"]) + sum("status" in one for one in data["builds"]) == len(whole["results"])
    run_of(sarif.made(whole))
    for text in (
        *(json.dumps(one.made(whole), ensure_ascii=False) for one in (kcidb, sarif, patchwork)),
        ktap.made(whole),
    ):
        assert text.encode()


def test_kcidb_knows_mails_that_have_no_commit_apart() -> None:
    whole = told(*RESULTS, *RESULTS)
    whole["base"]["commit"] = "0" * 40
    for commit in ("0" * 40, "5" * 40):
        for patch in whole["series"]["patches"]:
            patch["commit"] = commit
        data = held(kcidb.made(whole))
        assert "0" * 40 not in json.dumps(data)
        assert all("git_commit_hash" not in one for one in data["checkouts"])
        assert [one["id"] for one in data["checkouts"]] == [f"respin:{'c' * 64}-{number}" for number in (1, 2, 3)]
        assert all(one["commit"] in {"", "5" * 40} for one in patchwork.made(whole))


@pytest.mark.parametrize("format_", [ktap, kcidb, patchwork, sarif])
def test_a_file_is_written(format_: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "report"
    format_.write(told(*RESULTS), file)
    text = file.read_text("utf-8")
    assert text.endswith("\n")
    assert (
        (text == format_.made(told(*RESULTS)))
        if format_ is ktap
        else (json.loads(text) == format_.made(told(*RESULTS)))
    )

# SPDX-License-Identifier: GPL-2.0-only
"""The report: its object, what a person sees of it, and its JUnit XML."""

from __future__ import annotations

import functools
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from rich.console import Console

from checks.contract import WORST_FIRST, Result, Scope, Status, Subject
from respin.events import summed
from respin.outcome import report
from respin.report import junit, terminal
from respin.report.model import SCHEMA, STATUSES, Report
from respin.report.text import printable, sound
from tests.checks.reports import RESULTS, reports

VALID = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture
def made(made_subject: Subject) -> Report:
    return report(made_subject, RESULTS, "1.0")


def shown(made: Report, *, notes: bool = False, width: int = 200, terminal_: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal_, color_system=None)
    terminal.show(made, console, notes=notes)
    return stream.getvalue()


def test_the_object_is_what_its_schema_says(made: Report, made_subject: Subject) -> None:
    VALID.check_schema(SCHEMA)
    VALID.validate(made)
    VALID.validate(report(made_subject, (), "1.0"))
    with pytest.raises(jsonschema.ValidationError):
        VALID.validate({**made, "more": 1})


def test_what_was_measured_is_in_the_object(made: Report, made_subject: Subject) -> None:
    data = {"stages": [{"name": "boot", "seconds": 2.5}]}
    whole = report(made_subject, [Result("crash", Scope.RUNTIME, Status.PASS, "ok", data=data)], "1.0")
    VALID.validate(whole)
    assert whole["results"][0]["data"] == data
    assert all("data" not in one for one in made["results"])


def test_the_object(made: Report, made_subject: Subject) -> None:
    assert made["status"] == "FAIL"
    assert report(made_subject, (), "1.0")["status"] == "SKIP"
    assert [one["status"] for one in made["results"]] == ["FAIL", "PASS", "ERROR", "PASS", "MISS", "SKIP"]
    assert made["results"][2]["seconds"] == 12.346
    assert [one["tests"] for one in made["series"]["patches"]] == [False, False, True]
    assert [one.value for one in WORST_FIRST] == STATUSES


@pytest.mark.parametrize("terminal_", [False, True])
def test_one_time_is_told_of_a_check_wherever_it_is_told(made_subject: Subject, terminal_: bool) -> None:
    parts = [Result("mail-lint", Scope.PATCH, Status.PASS, "", 7.0, number) for number in (1, 2)]
    whole = Result("mail-lint", Scope.SERIES, Status.PASS, "fine", 7.0)
    text = shown(report(made_subject, [whole, *parts], "1.0"), terminal_=terminal_)
    assert re.findall(r"\d+ s", text) == ["21 s", "21 s"]
    assert summed([whole, *parts]) == "PASS (21 s)"


SUBJECTS = ["1 fake: patch 1", "2 fake: patch 2", "3 fake: patch 3"]


def test_the_terminal_shows_a_matrix(made: Report) -> None:
    lines = shown(made, terminal_=True).splitlines()
    assert lines[0] == "fake on fake-6.1 (6.1.0)"
    assert lines[1:4] == SUBJECTS
    assert [line.split() for line in lines[4:10]] == [
        ["patch", "1", "2", "3"],
        ["checkpatch", "FAIL", "PASS", "0", "s"],
        ["build", "ERROR", "PASS", "19", "s"],
        ["the", "whole", "series"],
        ["kunit", "MISS", "3", "s"],
        ["other", "SKIP", "0", "s"],
    ]


def test_a_pipe_has_a_line_a_check_and_nothing_is_padded(made: Report) -> None:
    lines = shown(made).splitlines()
    assert lines[1:8] == [
        *SUBJECTS,
        "checkpatch: FAIL 1, PASS 2 (0 s)",
        "build: ERROR 1, PASS 2 (19 s)",
        "kunit: MISS (3 s)",
        "other: SKIP (0 s)",
    ]
    assert all(line == line.rstrip() for line in lines)


def test_patches_in_a_row_are_told_as_one(made_subject: Subject) -> None:
    statuses = [Status.PASS, Status.PASS, Status.FAIL, Status.PASS, Status.PASS, Status.PASS]
    parts = [
        Result("build", Scope.PATCH, one, "x", 20.0, number, cached=True) for number, one in enumerate(statuses, 1)
    ]
    assert "\nbuild: FAIL 3, PASS 1-2 4-6 (cached)\n" in shown(report(made_subject, parts, "1.0"))


@pytest.mark.parametrize("terminal_", [False, True])
def test_what_a_check_of_the_whole_found(made_subject: Subject, terminal_: bool) -> None:
    whole = Result("kunit", Scope.RUNTIME, Status.PASS, "42 cases passed", 9.0, reproduce="not needed")
    lines = shown(report(made_subject, [whole], "1.0"), terminal_=terminal_).splitlines()
    if terminal_:
        assert [line.split() for line in lines[1:3]] == [
            ["the", "whole", "series"],
            ["kunit", "PASS", "9", "s", "42", "cases", "passed"],
        ]
    else:
        assert lines[1] == "kunit: PASS (9 s): 42 cases passed"
    assert lines[-1] == "verdict: PASS (1 PASS)"
    assert len(lines) == 4 if terminal_ else 3


def test_many_checks_fit_an_ordinary_terminal(made_subject: Subject) -> None:
    whole = [Result(f"check-{number}", Scope.SERIES, Status.PASS, "fine " * 30, 100.0) for number in range(12)]
    parts = [Result(name, Scope.PATCH, Status.PASS, "", 100.0, 1) for name in ("checkpatch", "build", "kernel-doc")]
    lines = shown(report(made_subject, [*parts, *whole], "1.0"), width=80, terminal_=True).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert sum("PASS  2 min" in line for line in lines) == len(whole)
    assert [line.split()[:2] for line in lines if line.startswith(("build", "kernel-doc"))] == [
        ["build", "PASS"],
        ["kernel-doc", "PASS"],
    ]


def test_a_narrow_terminal_has_a_letter_a_cell(made: Report) -> None:
    lines = shown(made, width=38, terminal_=True).splitlines()
    assert lines[5].split() == ["checkpatch", "F", "P", "0", "s"]
    assert shown(made, width=39, terminal_=True).splitlines()[5].split() == ["checkpatch", "FAIL", "PASS", "0", "s"]


def test_the_terminal_shows_findings_and_how_to_see_them_again(made: Report) -> None:
    text = shown(made)
    assert "FAIL checkpatch, patch 1: 2 findings" in text
    assert ":12: warning: line too long" in text
    assert "[LONG_LINE]" in text
    for line in ("scripts/checkpatch.pl 'a b'", "make it", "kunit.py run"):
        assert f"\n  reproduce: {line}\n" in text
    assert "MISS kunit, series: the guest printed nothing" in text
    assert "apt-get install qemu-system-x86" in text
    assert text.splitlines()[-1] == "verdict: FAIL (3 of 4 checks): 1 FAIL, 1 ERROR, 1 MISS, 2 PASS, 1 SKIP"


def test_a_line_is_printed_whole(made: Report) -> None:
    narrow, wide = (shown(made, notes=True, width=width).splitlines() for width in (20, 500))
    texts = wide[next(at for at, row in enumerate(wide) if row.startswith("FAIL checkpatch")) :]
    assert len(texts) > 8
    assert narrow[-len(texts) :] == texts


def test_notes_are_shown_where_they_are_asked_for(made: Report) -> None:
    assert "waived (a table)" not in shown(made)
    assert "waived (a table)" in shown(made, notes=True)


def test_the_terminal_obeys_nothing_that_it_shows(made: Report) -> None:
    text = shown(made, notes=True)
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "[bold]plain[/bold]" in text
    assert "\\x1b[31mred" in text


def test_a_line_break_in_a_finding_begins_no_line(made: Report) -> None:
    """Else a mail or a compiler's message writes lines of the report: a verdict, for one."""
    result = next(one for one in made["results"] if one["findings"])
    result["findings"][0]["message"] = "bad\nverdict: PASS\r\x85verdict: PASS"
    result["summary"] = "one\nverdict: PASS"
    told = shown(made)
    assert [line for line in told.splitlines() if line.startswith("verdict")] == [told.splitlines()[-1]]
    assert "bad\\nverdict: PASS\\r\\x85verdict: PASS" in told.replace("\n", " ")


def test_a_line_to_paste_is_never_folded(made: Report) -> None:
    made["results"][0]["reproduce"] = "make " + "word " * 60 + "end"
    assert f"reproduce: {made['results'][0]['reproduce']}\n" in shown(made, width=40)


def test_a_run_of_nothing(made_subject: Subject) -> None:
    assert shown(report(made_subject, (), "1.0")).splitlines()[-1] == "verdict: SKIP (nothing ran)"


@given(reports())
def test_the_object_can_be_written_whatever_is_in_it(whole: Report) -> None:
    told = sound(whole)
    VALID.validate(told)
    again = json.loads(json.dumps(told, ensure_ascii=False, allow_nan=False).encode())
    assert again == told == sound(told)


def test_what_json_cannot_say_is_left_out() -> None:
    data = {"p": float("inf"), "q": [float("nan"), 0.5, True, 7, None], "a\ud800": "\udcff\U0001f600"}
    assert sound(data) == {"p": None, "q": [None, 0.5, True, 7, None], "a\\ud800": "\\udcff\U0001f600"}


@given(st.text(st.characters()))
def test_printable(text: str) -> None:
    told = printable(text)
    assert all(one.isprintable() or one in "\n\t" for one in told)
    assert printable(told) == told
    assert told.encode().decode() == told


@functools.cache
def junit_schema() -> xmlschema.XMLSchema:
    """Return the schema of Jenkins' xUnit plugin, as pytest's own tests have it."""
    return xmlschema.XMLSchema(Path(__file__).parents[2] / "data" / "junit-10.xsd")


@given(reports())
def test_junit_is_valid_whatever_is_in_a_report(whole: Report) -> None:
    file = io.BytesIO()
    junit.made(whole).write(file, pretty=True)
    junit_schema().validate(ET.fromstring(file.getvalue()))  # noqa: S314 - our own


def test_junit(made: Report, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    junit.write(made, file)
    junit_schema().validate(file)
    assert ET.parse(file).getroot().attrib == {  # noqa: S314 - our own
        "name": "fake on fake-6.1, 3 of 4 checks", "tests": "6", "failures": "1", "errors": "2", "time": "22.846",
    }  # fmt: skip
    read = JUnitXml.fromfile(str(file))
    assert (read.tests, read.failures, read.errors, read.skipped) == (6, 1, 2, 1)
    cases = {(suite.name, case.name): case for suite in read for case in suite}
    assert list(cases) == [
        ("checkpatch", "1-patch"), ("checkpatch", "2-patch"), ("build", "1-patch"), ("build", "2-patch"),
        ("kunit", "series"), ("other", "series"),
    ]  # fmt: skip
    kinds = {key: [type(one) for one in case.result] for key, case in cases.items()}
    assert list(kinds.values()) == [[Failure], [], [Error], [], [Error], [Skipped]]
    bad = cases["checkpatch", "1-patch"]
    assert bad.classname == "respin.fake.checkpatch"
    assert bad.result[0].type == "FAIL"
    assert ":12: warning: line too long" in bad.result[0].text
    assert bad.result[0].text.endswith("scripts/checkpatch.pl 'a b'")
    assert "9 lines checked" in cases["checkpatch", "2-patch"].system_out


def test_junit_names_stay_the_same(made: Report, made_subject: Subject, tmp_path: Path) -> None:
    clean = report(made_subject, [Result(one.check, one.scope, Status.PASS, "", 9, one.patch) for one in RESULTS], "2")
    names = []
    for number, each in enumerate((made, clean)):
        file = tmp_path / f"{number}.xml"
        junit.write(each, file)
        names.append([(case.classname, case.name) for suite in JUnitXml.fromfile(str(file)) for case in suite])
    assert names[0] == names[1]
    assert len(set(names[0])) == len(RESULTS)

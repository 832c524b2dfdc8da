# SPDX-License-Identifier: GPL-2.0-only
"""The table of many runs: what differs between bases first, on the terminal and on the page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from respin.matrix.job import answered, missed
from respin.report.matrix import html, terminal
from respin.report.matrix.model import RENDER, SCHEMA, MatrixReport, alone, matrix
from respin.report.matrix.view import joined, tables
from tests.respin.matrix.jobs import cell, entry, job
from tests.respin.report.pages import EVIL
from tests.respin.report.test_page import Reader

if TYPE_CHECKING:
    from respin.report.matrix.model import JobEntry


def jobs(evil: str = "") -> list[JobEntry]:
    """Return three bases that differ in a patch, one without a patch, one on which nothing applies, one that is lost."""
    good = [
        entry(f"v{number}", cell("tidy", "PASS", 1), cell("tidy", "PASS", 2), cell("build", "PASS"))
        for number in range(3)
    ]
    bad = entry(
        "v3", cell("tidy", "PASS", 1), cell("tidy", "FAIL", 2, f"a line is too long {evil}"), cell("build", "PASS")
    )
    few = entry("v4", cell("tidy", "PASS", 1), cell("build", "PASS"))
    none = answered(job("v5"), alone(RENDER, "FAIL", f"no place for an edit {evil}", "respin explain v5"))
    return [*good, bad, few, none, missed(job("v6"), "its worker is lost", "farm-1")]


def made(evil: str = "") -> MatrixReport:
    return matrix(jobs(evil), "1.0", 12.0)


def shown(one: MatrixReport, *, terminal_: bool = False, width: int = 100) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal_, color_system=None)
    terminal.show(one, console)
    return stream.getvalue()


def test_the_object_fits_its_schema() -> None:
    validator = Draft202012Validator(SCHEMA)
    validator.validate(made())
    assert list(validator.iter_errors({**made(), "schema": 2}))
    assert made()["status"] == "FAIL"


def test_columns_that_differ_are_apart_from_those_that_do_not() -> None:
    (table,) = tables(made())
    assert (joined(table.differing), joined(table.agreeing)) == ("render, tidy 2", "tidy 1, build")
    (render, tidy) = table.splits()
    assert render.bases == [("FAIL", ["v5"]), ("PASS", ["v0", "v1", "v2", "v3", "v4"])]
    assert tidy.bases == [("FAIL", ["v3"]), ("PASS", ["v0", "v1", "v2"]), ("none", ["v4"])]


def test_columns_that_differ_in_the_same_way_are_told_once() -> None:
    (table,) = tables(matrix([entry("a", cell("x", "PASS"), cell("y", "PASS")), entry("b", cell("x", "FAIL"), cell("y", "FAIL"))], "1", 0))  # fmt: skip
    assert [joined(one.columns) for one in table.splits()] == ["x, y"]


def test_the_same_said_of_many_bases_is_told_once() -> None:
    many = matrix([entry(f"v{number}", cell("build", "FAIL", summary="an error")) for number in range(9)], "1.0", 1.0)
    text = shown(many)
    assert text.count("an error") == 1
    assert "FAIL build, series, on v0, v1, v2, v3, v4, v5 and 3 more: an error" in text
    assert "the same on all: FAIL build; PASS render" in text


def test_a_pipe_has_a_line_for_each_base_and_then_what_differs() -> None:
    lines = shown(made()).splitlines()
    assert lines[0] == "fake on 7 bases"
    assert lines[1] == "v0 (6.1.0): PASS (0 s): PASS render, tidy 2"
    assert lines[4] == "v3 (6.1.0): FAIL (0 s): PASS render, FAIL tidy 2"
    assert lines[7] == "v6: MISS (0 s)"
    assert lines[9] == "differs: tidy 2: FAIL on v3; PASS on v0, v1, v2; not there on v4"
    assert "the same on all: PASS tidy 1, build" in lines
    assert lines[-1] == "verdict: FAIL (2 FAIL, 1 MISS, 4 PASS): 12 s"


def test_a_terminal_has_a_table_that_names_the_worst_patches() -> None:
    rows = [line.split() for line in shown(made(), terminal_=True).splitlines()]
    assert ["base", "render", "tidy"] in rows
    assert ["v3", "FAIL", "PASS", "FAIL", "2", "0", "s"] in rows


def test_a_page_shows_all_of_it_and_obeys_nothing() -> None:
    text = html.made(made(EVIL))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert not [one for one, _ in reader.elements if one in {"script", "img"}]
    whole = "".join(reader.texts)
    for words in (
        "What differs between bases",
        "a line is too long",
        "no place for an edit",
        "its worker is lost",
        "respin explain v5",
    ):
        assert words in whole
    assert whole.index("What differs between bases") < whole.index("The same on all bases")


def test_a_terminal_is_shown_what_it_would_obey() -> None:
    text = shown(
        matrix([entry("a\x1b[2J", cell("build", "FAIL", summary="\x1b[2J\u202e"))], "1.0", 1.0), terminal_=True
    )
    assert "\x1b[2J" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("count", [0, 1])
def test_few_jobs_are_told_as_well(count: int) -> None:
    few = matrix(jobs()[:count], "1.0", 0.0)
    assert few["status"] == ("PASS" if count else "SKIP")
    assert shown(few).splitlines()[-1].startswith("verdict: ")
    assert "<main" in html.made(few)

# SPDX-License-Identifier: GPL-2.0-only
"""The page, as text; tests/integration/test_page.py shows it to a browser."""

from __future__ import annotations

import html.parser
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Finding, Result, Scope, Severity, Status
from patchset.errors import InfrastructureError
from patchset.rules import RENDER
from respin.outcome import Extras
from respin.report import crash, diffs, rules, view
from respin.report import html as page
from tests.checks import made
from tests.checks.reports import RESULTS, TEXT, results, told
from tests.respin.report import pages

PAGE = page.Page()

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


class Reader(html.parser.HTMLParser):
    """Collects what matters, and that every element is closed."""

    VOID = frozenset({"meta", "link", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def ids(self) -> list[str | None]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def words(text: str) -> str:
    return " ".join(" ".join(read(text).texts).split())


def test_nothing_that_was_said_becomes_markup() -> None:
    text = PAGE.made(pages.whole())
    reader = read(text)
    tags = {tag for tag, _ in reader.elements}
    assert [tag for tag, _ in reader.elements].count("script") == 1
    assert "img" not in tags
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert "\u202e" not in text
    assert text.count("document.title = &#39;owned&#39;") >= 12


@given(results())
def test_every_link_leads_somewhere_whatever_was_said(said: Sequence[Result]) -> None:
    reader = read(PAGE.made(told(*said, extras=Extras(diffs={1: pages.DIFF}))))
    ids = reader.ids()
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for tag, attributes in reader.elements if tag == "a"]
    assert all(link is not None and link.removeprefix("#") in ids for link in links)
    assert [tag for tag, _ in reader.elements].count("script") == 1


def test_nothing_is_loaded() -> None:
    elements = read(PAGE.made(pages.whole())).elements
    places = [attributes[name] for _, attributes in elements for name in ("src", "href") if name in attributes]
    assert all(place is not None and re.match(r"#|data:,$", place) for place in places)


def test_the_verdict_comes_first_and_what_was_not_run_is_said() -> None:
    text = words(PAGE.made(told(*RESULTS, extras=Extras(checks=(made.FakeCheck("never"), made.FakeCheck("crash"))))))
    assert text.index("The series is bad. 1 FAIL, 1 ERROR, 1 MISS, 2 PASS, 1 SKIP .".replace(" .", ".")) < text.index("What is not clean")  # fmt: skip
    assert "Not run: never (a fake); crash (a fake)." in text
    for part in ("The crash test was not run.", "No build is in this report.", "has no diff of this patch"):  # fmt: skip
        assert part in text
    assert "respin crash git:fake --only dump,exposure,memory,placement" in text
    clean = words(PAGE.made(told(Result("build", Scope.PATCH, Status.PASS, "fine", patch=1))))
    assert "Everything that ran has passed. 1 PASS." in clean
    assert "What is not clean" not in clean
    assert "Nothing ran." in words(PAGE.made(told()))


def test_what_changed_since_the_last_run() -> None:
    text = words(PAGE.made(pages.whole()))
    assert re.search(r"New findings .{0,40}error: not in the diff|New findings .*?not in the diff", text)
    assert "is no more" in text.partition("Gone findings")[2].partition("Diffs")[0]
    assert "crash, series: PASS , it was FAIL" in text
    assert "Since the last run" not in words(PAGE.made(told(*RESULTS)))


def test_messages_stand_above_their_diffs_and_severities_are_counted() -> None:
    text = words(PAGE.made(pages.whole()))
    body = text[text.rindex("fake: patch 1") :]
    assert body.index("Why.") < body.index("kernel/a.c +2 ")
    assert "Findings: 1 error, 1 warning." in text
    assert "Findings:" not in words(PAGE.made(told(RESULTS[1])))


def test_what_a_report_has_nothing_to_do_with_is_not_in_it() -> None:
    mails = told(Result("mail-lint", Scope.PATCH, Status.PASS, "fine", patch=1), extras=Extras(checks=(made.FakeCheck("mail-lint"),)))  # fmt: skip
    assert not {"rules", "builds", "crash"} & {*read(PAGE.made(mails)).ids()}
    assert {"rules", "builds", "crash"} < {*read(PAGE.made(pages.whole())).ids()}


def test_a_finding_stands_below_its_line() -> None:
    text = words(PAGE.made(pages.whole()))
    assert re.search(r"\+int very_[a-z_]+; warning: line too long .*? \[LONG_LINE\] int three;", text)
    head, _, body = text.partition("Findings that belong to no line below")
    assert "not in the diff" in head
    assert body.index("not in the diff") < body.index("kernel/a.c +2 ")


def test_the_charts_have_what_was_measured() -> None:
    reader = read(PAGE.made(pages.whole()))
    bars = [attributes for tag, attributes in reader.elements if tag == "rect"]
    assert len(bars) == 2 + 3 + 3
    widths = [float(bar["width"] or 0) for bar in bars[:2]]
    assert widths == [135.0, 405.0]
    assert [bar["class"] for bar in bars[2:5]] == ["lost", "one", "lost"]
    heights = [float(bar["height"] or 0) for bar in bars[5:]]
    assert heights == pytest.approx([140 / 3, 280 / 3, 140], abs=0.1)
    text = " ".join(" ".join(reader.texts).split())
    assert "64 MiB suffice" in text
    assert "no size that was tried suffices" in text
    assert "Not in this report" not in text


@given(st.fixed_dictionaries(dict.fromkeys([*crash.PARTS, "scenarios", "smallest", "accelerator", "configurations", "cases"], JSON)))  # fmt: skip
def test_measures_of_any_shape_are_read_or_left_out(data: dict[str, Any]) -> None:
    result = Result("crash", Scope.RUNTIME, Status.PASS, "", data=data)
    report = told(result, extras=Extras(rules=pages.RULES))
    crash.told(report)
    rules.shown(report)
    view.view(report)


def test_measures_of_a_wrong_shape_are_not_measures() -> None:
    wrong: Any
    for key in crash.PARTS:
        for wrong in ([{}], [1], {}, "x", [{**row, next(iter(row)): None} for row in pages.CRASH[key]] if key != "placement" else None):  # fmt: skip
            data = {**pages.CRASH, key: wrong}
            assert crash.told(told(Result("crash", Scope.RUNTIME, Status.PASS, "", data=data))).missing == (key,)


def test_rules() -> None:
    told_of = {one.id: one for one in rules.shown(pages.whole())}
    assert {name: one.state for name, one in told_of.items()} == {
        "R01": rules.SHOWN, "R02": rules.BROKEN, "R03": rules.PARTLY, "R04": rules.UNSHOWN
    }  # fmt: skip
    assert (told_of["R01"].passed, told_of["R01"].cases, told_of["R02"].findings) == (2, 2, 1)
    assert told_of["R03"].checks == (("crash", "PASS"), ("other", "SKIP"))


def test_a_check_of_something_else_shows_nothing_of_a_rule() -> None:
    rule = replace(pages.RULES[3], checks=("build",))
    passed = Result("build", Scope.PATCH, Status.PASS, "", patch=1)
    for ids, state in ((("R04", "B01"), rules.SHOWN), (("B01",), rules.UNSHOWN)):
        report = told(passed, extras=Extras((made.FakeCheck("build", rules=ids),), (rule,)))
        assert rules.shown(report)[0].state == state


def test_that_there_is_a_report_shows_what_every_rendering_shows() -> None:
    rule = replace(pages.RULES[3], tests=(), checks=(RENDER,))
    assert rules.shown(told(extras=Extras(rules=(rule,))))[0].state == rules.SHOWN


@pytest.mark.parametrize("second", ["FAIL", "ERROR"])
def test_a_case_that_failed_once_breaks_its_rule(second: str) -> None:
    def said(check: str, status: str) -> Result:
        return Result(check, Scope.RUNTIME, Status.PASS, "", data={"cases": [{"case": "suite.one", "status": status}]})

    for order in (("PASS", second), (second, "PASS")):
        report = told(*map(said, ("kunit", "debug-config"), order), extras=Extras(rules=(replace(pages.RULES[0], tests=("suite.one",)),)))  # fmt: skip
        assert rules.shown(report)[0].state == rules.BROKEN


@given(TEXT | st.text(st.sampled_from("+-@ \\\n0123456789,ab/")) | st.just(pages.DIFF).map(lambda one: one[:200]))
def test_any_diff_is_read_and_no_finding_is_lost(text: str) -> None:
    finding: Any = {"severity": "error", "message": "bad", "file": "kernel/a.c", "line": 11, "rule": ""}
    diff = diffs.read(text, [finding])
    placed = [one for file in diff.files for line in file.lines for one in line.findings]
    assert len(placed) + len(diff.elsewhere) == 1


@pytest.mark.slow
def test_a_page_stays_small_and_quick(tmp_path: Path) -> None:
    body = "".join(f"+int a{number};\n" for number in range(40_000))
    diff = f"--- /dev/null\n+++ b/a.c\n@@ -0,0 +1,40000 @@\n{body}"
    many = tuple(Finding(Severity.ERROR, "bad " * 30, "a.c", 35_000 + number) for number in range(5_000))
    report = told(Result("build", Scope.PATCH, Status.FAIL, "", 1, 1, many), extras=Extras(diffs={1: diff}))
    began = time.process_time()
    page.write(report, tmp_path / "page.html")
    assert time.process_time() - began < 5
    assert (tmp_path / "page.html").stat().st_size < 2_000_000
    text = words((tmp_path / "page.html").read_text("utf-8"))
    assert "37001 more lines are not shown" in text
    assert "4800 more findings are in the JSON report" in text


def test_the_lines_that_a_diff_adds() -> None:
    text = "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,5 @@\n one\n+two\n+three\n-four\n five\n+six\n"
    assert diffs.added(text) == {"a.c": [range(2, 4), range(5, 6)]}
    assert diffs.added("") == {}
    with pytest.raises(InfrastructureError, match="cannot be read"):
        diffs.added("--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,5 @@\n")

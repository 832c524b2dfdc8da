# SPDX-License-Identifier: GPL-2.0-only
"""What a run shows while it goes: lines in a pipe, a table on a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from checks.contract import Finding, Result, Scope, Severity, Status
from checks.events import CheckStep, EarlyResult, Ended, Planned, Started
from patchset.errors import InterruptedRunError
from respin import events, kept
from respin.options import Settings
from respin.outcome import report
from respin.progress import ProgressLines, shown
from respin.report.text import spent
from respin.table import table
from tests.checks.made import commit, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from checks.contract import Subject
    from checks.events import Event

BAD = Finding(Severity.ERROR, "no member\x1b[31m 'x'\nverdict: PASS", "kernel/x.c", 7, "B01")
HEARD: tuple[Event, ...] = (
    Planned(("checkpatch", "kunit", "build"), frozenset({"checkpatch"})),
    Ended("checkpatch", [Result("checkpatch", Scope.PATCH, Status.PASS, "fine", 2.0, 1, cached=True)]),
    Started("kunit"),
    CheckStep("kunit", "building"),
    CheckStep("kunit", ""),
)
FAILED = Ended("kunit", [Result("kunit", Scope.RUNTIME, Status.FAIL, "1 of 2 cases failed", 90.0, findings=(BAD,))])
USUAL = {"kunit": 100.0, "build": 620.0}


class Clock:
    """A time that passes when a test wants it to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def after(*heard: Event, usual: Mapping[str, float] = USUAL) -> tuple[events.Run, Clock]:
    clock = Clock()
    run = events.Run(lambda: usual, clock)
    for event in heard:
        run.hear(event)
    return run, clock


def follow(progress: ProgressLines, *heard: Event, cut: bool) -> None:
    """Show a run, which is cut short or not."""

    def happen(listen: Callable[[Event], None]) -> None:
        for event in heard:
            listen(event)
        if cut:
            raise InterruptedRunError("stopped")

    with contextlib.suppress(InterruptedRunError), events.shown(progress, lambda: USUAL) as listen:
        happen(listen)


def test_a_pipe_sees_the_plan_and_each_end(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Settings()) as progress, events.shown(progress, lambda: USUAL) as listen:
        for event in (*HEARD, FAILED):
            listen(event)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "respin: 3 checks, 1 known already, about 12 min left",
        "respin: 2 of 3 done: kunit: FAIL (2 min): 1 of 2 cases failed",
        "respin: kunit: kernel/x.c:7: error: no member\\x1b[31m 'x'\\nverdict: PASS [B01]",
    ]


def test_what_is_known_and_no_success_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    skipped = Ended("checkpatch", [Result("checkpatch", Scope.PATCH, Status.SKIP, "missing: perl")])
    with shown(Settings()) as progress, events.shown(progress, dict) as listen:
        listen(HEARD[0])
        listen(skipped)
    assert capsys.readouterr().err == (
        "respin: 3 checks, 1 known already\nrespin: 1 of 3 done: checkpatch: SKIP: missing: perl\n"
    )


def test_a_run_that_is_cut_short_says_how_far_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Settings()) as progress:
        follow(progress, *HEARD, cut=True)
    assert capsys.readouterr().err.splitlines()[-1] == "respin: 1 of 3 done: checkpatch PASS"


def test_one_check_is_told_by_the_report_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Settings()) as progress, events.shown(progress, dict) as listen:
        for event in (Planned(("kunit",), frozenset()), *HEARD[2:], FAILED):
            listen(event)
    assert capsys.readouterr() == ("", "")


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Settings(quiet=True)) as progress, events.shown(progress, lambda: USUAL) as listen:
        for event in (*HEARD, FAILED):
            listen(event)
    assert capsys.readouterr() == ("", "")


def test_nobody_is_asked_for_times_where_all_is_known() -> None:
    run = events.Run(lambda: pytest.fail("asked"))
    run.hear(Planned(("checkpatch",), frozenset({"checkpatch"})))
    assert run.left() == ""


def test_what_is_left() -> None:
    run, clock = after(*HEARD)
    assert run.left() == "about 12 min left"
    clock.now = 60.0
    assert run.left() == "about 11 min left"
    clock.now = 4000.0
    assert run.left() == "about 10 min left"
    run.hear(FAILED)
    assert run.left() == "about 10 min left"
    run.hear(Ended("build", [Result("build", Scope.PATCH, Status.PASS, "", 1.0)]))
    assert run.left() == ""
    assert after(*HEARD, usual={"kunit": 100.0})[0].left() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.5, "1 min"), (90, "2 min"), (3569, "59 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min")],
)  # fmt: skip
def test_times_in_words(seconds: float, text: str) -> None:
    assert spent(seconds) == text


def test_only_the_first_findings_are_told_at_once() -> None:
    note = Finding(Severity.NOTE, "waived")
    many = [
        Result(
            "build",
            Scope.PATCH,
            Status.FAIL,
            "bad",
            findings=(note, *(replace(BAD, line=at * 10 + one) for one in range(7))),
            patch=at,
        )
        for at in (1, 2)
    ]
    told = after()[0].findings(Ended("build", many))
    assert len(told) == events.MOST + 1
    assert told[-1] == "build: and 4 more"
    assert events.summed(many) == "FAIL (0 s): patch 1: bad; patch 2: bad"
    assert not any("waived" in one for one in told)


def test_what_was_found_before_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    other = replace(BAD, line=8)
    found = [Result("build", Scope.PATCH, Status.FAIL, "bad", 1.0, at, (one,)) for at, one in ((1, BAD), (2, other))]
    with shown(Settings()) as progress, events.shown(progress, dict) as listen:
        for event in (HEARD[0], EarlyResult("build", found[0]), FAILED, Ended("build", found)):
            listen(event)
    assert [line for line in capsys.readouterr().err.splitlines() if "error: " in line] == [
        f"respin: {check}: kernel/x.c:{number}: error: no member\\x1b[31m 'x'\\nverdict: PASS [B01]"
        for check, number in (("build", 7), ("kunit", 7), ("build", 8))
    ]


def test_of_one_check_what_was_found_before_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = [Result("build", Scope.PATCH, Status.FAIL, f"{at} new", 60.0, at, (BAD,)) for at in (1, 2)]
    clean = Result("build", Scope.PATCH, Status.PASS, "nothing new", 60.0, 3)
    early = [EarlyResult("build", one) for one in (*found, clean)]
    heard: tuple[Event, ...] = (Planned(("build",), frozenset()), Started("build"), *early, Ended("build", found))
    with shown(Settings()) as progress, events.shown(progress, dict) as listen:
        for event in heard:
            listen(event)
    assert capsys.readouterr().err.splitlines() == [
        "respin: build: FAIL (1 min): patch 1: 1 new",
        "respin: build: FAIL (1 min): patch 2: 2 new",
    ]


def drawn(run: events.Run, width: int = 80) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=True, color_system=None).print(table(run, width))
    assert all(len(line) <= width for line in stream.getvalue().splitlines())
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def test_the_table_fills() -> None:
    assert drawn(after()[0]) == ["planning"]
    run, clock = after(*HEARD)
    clock.now = 34.0
    assert drawn(run) == [
        "checkpatch PASS (cached)",
        "kunit building (34 s of about 2 min)",
        "build about 10 min",
        "1 of 3 done, about 11 min left",
    ]
    run.hear(FAILED)
    assert drawn(run)[1:] == [
        "kunit FAIL (2 min): 1 of 2 cases failed",
        "build about 10 min",
        "2 of 3 done, about 10 min left",
    ]


def test_a_line_of_the_table_is_one_line_and_obeys_nothing() -> None:
    run, _ = after(HEARD[0], Started("kunit"), CheckStep("kunit", "CC \x1b[2J[red]a.o\n" + "x" * 500), usual={})
    lines = drawn(run, width=60)
    assert len(lines) == 4
    assert lines[1].startswith("kunit CC \\x1b[2J[red]a.o\\nxxx")


@pytest.mark.parametrize("width", [16, 20, 36, 40, 60])
def test_what_is_cut_off_is_marked(width: int) -> None:
    run, _ = after(
        HEARD[0], Started("kunit"), CheckStep("kunit", "patch 1 of 6: configuration no-kexec-file, 30 objects")
    )
    cut = [line for line in drawn(run, width) if line.startswith("kunit")]
    assert cut[0].endswith("…")
    assert len(cut[0]) > width - len("checkpatch") - 2


@pytest.mark.parametrize("width", [24, 40, 80])
def test_ctrl_c_finds_room_behind_the_last_row(width: int) -> None:
    """A terminal shows it as ^C where the cursor is; a line that is full would move the table that is drawn again."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system=None)
    with console.status("rendering") as status:
        follow(ProgressLines(status), *HEARD, CheckStep("kunit", "x" * 100), cut=True)
    rows = [row for row in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines() if "kunit " in row]
    assert rows
    assert max(map(len, rows)) <= width - len("^C") - 1


def test_where_one_check_alone_ends_the_report_tells_what_was_found() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system=None)
    with console.status("rendering") as status:
        follow(ProgressLines(status), Planned(("kunit",), frozenset()), Started("kunit"), FAILED, cut=False)
    assert "no member" not in stream.getvalue()


@pytest.mark.parametrize("cut", [False, True])
def test_a_terminal_keeps_the_table_of_a_run_that_is_cut_short(cut: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system=None)
    with console.status("rendering") as status:
        follow(ProgressLines(status), *HEARD, FAILED, cut=cut)
    text = stream.getvalue()
    assert "kunit: kernel/x.c:7: error: no member\\x1b[31m 'x'\\nverdict: PASS [B01]\n" in text
    erased = "\x1b[2K"
    assert (erased in text[text.rindex("2 of 3 done, ") :]) is not cut
    assert ("2 of 3 done: checkpatch PASS, kunit FAIL" in text) is cut


def kept_report(folder: Path, made: Subject, check: str, **more: object) -> None:
    one = {"check": check, "status": "PASS", "date": "2026-11-01T00:00:00Z", "seconds": 5.0, **more}
    (folder / f"{made.base_tree[:16]}-{check}.json").write_text(json.dumps({"results": [one, one]}))


def test_what_was_skipped_takes_the_place_of_nothing(tmp_path: Path) -> None:
    made = subject(tmp_path, commit(1))
    for status in (Status.PASS, Status.SKIP):
        kept.keep(tmp_path / "cache", report(made, [Result("build", Scope.PATCH, status, f"it is {status}")], "1.0"))
    (one,) = kept.load(tmp_path / "cache", made.series)
    assert one["results"][0]["summary"] == "it is PASS"


def test_how_long_checks_took(tmp_path: Path) -> None:
    made = subject(tmp_path, commit(1))
    folder = tmp_path / "cache" / "reports" / "fake"
    folder.mkdir(parents=True)
    assert kept.seconds(tmp_path / "cache", made) == {}
    kept_report(folder, made, "build")
    kept_report(folder, made, "crash", status="MISS")
    part = {"check": "crash", "status": "PASS", "date": "2026-11-01T00:00:00Z", "seconds": 4000.0}
    (folder / "0123456789abcdef-crash.json").write_text(json.dumps({"extent": {}, "results": [part]}))
    other = {"check": "build", "status": "FAIL", "date": "2026-11-02T00:00:00Z", "seconds": 7.0}
    (folder / "0123456789abcdef-build.json").write_text(json.dumps({"results": [other]}))
    (folder / "0123456789abcdef-kunit.json").write_text(json.dumps({"results": [{**other, "check": "kunit"}]}))
    older = {**other, "check": "kunit", "date": "2026-10-02T00:00:00Z", "seconds": 1.0}
    (folder / "fedcba9876543210-kunit.json").write_text(json.dumps({"results": [older]}))
    for name, text in {
        "a": "{",
        "b": "[]",
        "c": "{}",
        "d": '{"results": [{}]}',
        "e": '{"results": []}',
        "f": "1",
    }.items():
        (folder / f"{name}.json").write_text(text)
    assert kept.seconds(tmp_path / "cache", made) == {"build": 10.0, "kunit": 7.0}

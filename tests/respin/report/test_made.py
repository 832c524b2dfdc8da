# SPDX-License-Identifier: GPL-2.0-only
"""How a report came to be: in the object, on the terminal, on the page, and where several become one."""

from __future__ import annotations

import io

import jsonschema
from rich.console import Console

from checks.contract import Result, Scope, Status
from respin.outcome import Extras
from respin.report import html, made, terminal
from respin.report.merge import merge
from respin.report.model import SCHEMA, Report
from tests.checks.reports import NASTY, told

COMMAND = "respin check debian:6.1 --only build"
TOOLS = {"gcc": "gcc (Debian 12.2.0-14) 12.2.0", "busybox": ""}


def report(command: str = COMMAND, *, seconds: float = 90.0, date: str = "2026-11-24T00:00:00Z") -> Report:
    entry = made.run([command], seconds, TOOLS)
    return told(Result("build", Scope.PATCH, Status.PASS, "", 60.0, 1, date=date), extras=Extras(run=entry))


def shown(one: Report, *, run: bool) -> list[str]:
    stream = io.StringIO()
    terminal.show(one, Console(file=stream, width=80, color_system=None), run=run)
    return stream.getvalue().splitlines()


def test_the_object_has_it_and_may_lack_it() -> None:
    jsonschema.validate(report(), SCHEMA)
    assert report()["run"] == {
        "commands": [COMMAND],
        "seconds": 90.0,
        "tools": [{"name": "busybox", "version": ""}, {"name": "gcc", "version": TOOLS["gcc"]}],
    }
    assert "run" not in told()
    jsonschema.validate(told(), SCHEMA)


def test_it_is_told_of_a_stored_report_alone() -> None:
    lines = ["made in 2 min by " + COMMAND, "  busybox: of no known version", f"  gcc: {TOOLS['gcc']}"]
    assert shown(report(), run=True)[-4:-1] == lines
    assert not {*lines} & {*shown(report(), run=False)}
    assert shown(told(), run=True) == shown(told(), run=False)


def test_the_page_has_it() -> None:
    text = html.Page().made(report(f"respin check '<b>{NASTY}</b>'"))
    assert '<h2 id="made">How it was made</h2>\n<p>In 90 s, by</p>' in text
    assert "<li>gcc: gcc (Debian 12.2.0-14) 12.2.0</li>" in text
    assert "<b>" not in text[text.index('id="made"') :]
    assert "\x1b" not in text
    assert "made" not in html.Page().made(told()).replace("Made by respin", "")


def test_of_several_it_is_all_of_them_the_oldest_first() -> None:
    old, new = report("one", seconds=5.0, date="2026-11-23T00:00:00Z"), report("two", seconds=7.5)
    assert merge([new, told(), old])["run"] == {**report()["run"], "commands": ["one", "two"], "seconds": 12.5}
    assert merge([old])["run"] == merge([old, old])["run"] == old["run"]
    assert "run" not in merge([told(), told()])

# SPDX-License-Identifier: GPL-2.0-only
"""What no check proves stands above the verdict, and in it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from rich.console import Console

from checks.contract import Status
from respin import outcome
from respin.report import terminal, unproved
from tests.checks.made import commit, result, subject

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report

WHY = "CONFIG_B cannot be set on x86_64"


def made(folder: Path, *left: dict[str, str]) -> Report:
    results = [
        replace(result(Status.PASS, check="build", patch=number), data={"unproved": one})
        for number, one in enumerate(left, 1)
    ]
    return outcome.report(subject(folder, commit(1), commit(2)), results, "1.0")


def shown(report: Report) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    terminal.show(report, console)
    return cast("io.StringIO", console.file).getvalue().splitlines()


def test_a_file_that_no_check_proves_is_told_once_with_its_patches(tmp_path: Path) -> None:
    lines = shown(made(tmp_path, {"a/b.c": WHY}, {"a/b.c": WHY, "a/c\n.dts": "a device tree"}))
    assert lines[-3:] == [
        f"not proved by build, patch 1, 2: a/b.c: {WHY}",
        r"not proved by build, patch 2: a/c\n.dts: a device tree",
        "verdict: PASS (2 PASS); 2 files not proved",
    ]


def test_where_all_is_proved_nothing_is_told(tmp_path: Path) -> None:
    assert shown(made(tmp_path, {}, {}))[-1] == "verdict: PASS (2 PASS)"


def test_many_files_are_counted(tmp_path: Path) -> None:
    report = made(tmp_path, {f"a/{number:02}.c": WHY for number in range(23)})
    assert len(unproved.lines(report)) == 21
    assert unproved.lines(report)[-1] == "and 3 files more that no check proves"


def test_what_a_report_of_somebody_else_has_there_is_no_list(tmp_path: Path) -> None:
    report = made(tmp_path, {})
    report["results"][0]["data"] = {"unproved": 3}
    assert unproved.lines(report) == ()

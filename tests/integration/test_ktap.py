# SPDX-License-Identifier: GPL-2.0-only
"""The KTAP report, read back by each base's own kunit.py."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from checks.parsers import kunit
from respin.report import ktap
from tests.checks.reports import RESULTS, results, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.contract import Result
    from generator.base import Base

WORDS = {"PASS": "PASS", "FAIL": "FAIL", "ERROR": "FAIL", "MISS": "FAIL", "SKIP": "SKIP"}
"""What kunit.py calls our words: KTAP has no way to say that a test broke that it knows."""


def read_back(tools: Path, folder: Path, text: str) -> tuple[kunit.KunitCase, ...]:
    log, report = folder / "log", folder / "report.json"
    log.write_text(text, "utf-8")
    report.unlink(missing_ok=True)
    argv = [sys.executable, str(tools / "tools/testing/kunit/kunit.py"), "parse", f"--json={report}", str(log)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert report.is_file(), done.stderr
    assert "[ERROR]" not in done.stdout, done.stdout
    return kunit.cases(report.read_text())


def tools_of(base: Base, folder: Path) -> Path:
    argv = ["git", "-C", str(base.repository), "archive", base.commit, "tools/testing/kunit"]
    done = subprocess.run(argv, check=True, capture_output=True)
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=done.stdout, check=True)
    return folder


def test_the_kernels_own_parser_reads_what_was_said(base: Base, tmp_path: Path) -> None:
    tools = tools_of(base, tmp_path / "tools")
    cases = read_back(tools, tmp_path, ktap.made(told(*RESULTS)))
    assert [(one.suite, one.name, one.status) for one in cases] == [
        ("checkpatch", "1-patch", "FAIL"), ("checkpatch", "2-patch", "PASS"),
        ("build", "1-patch", "FAIL"), ("build", "2-patch", "PASS"),
        ("kunit", "series", "FAIL"), ("other", "series", "SKIP"),
    ]  # fmt: skip

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(results().filter(bool))
    def any_report(said: Sequence[Result]) -> None:
        read = read_back(tools, tmp_path, ktap.made(told(*said)))
        assert Counter(one.status for one in read) == Counter(WORDS[one.status] for one in said)

    any_report()

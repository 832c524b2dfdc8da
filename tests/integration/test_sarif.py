# SPDX-License-Identifier: GPL-2.0-only
"""The SARIF log, held to the rules that GitHub's code scanning has for it: Microsoft's SARIF Multitool, 5.7.0."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from respin.report import sarif
from tests.checks.reports import RESULTS, reports, told
from tests.respin.report import pages

if TYPE_CHECKING:
    from respin.report.model import Report

VENV = Path(__file__).parents[2] / ".venv"
PROGRAM = VENV / "multitool/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
EXPECTED = {"SARIF2005"}
"""What it complains of and nobody can mend: respin has no address on the web."""


def complaints(folder: Path, log: object) -> set[str]:
    """Return the rules by which the program has something to say of a log."""
    assert PROGRAM.is_file(), "the SARIF Multitool is missing: make multitool"
    file, said = folder / "log.sarif", folder / "said.sarif"
    file.write_text(json.dumps(log), "utf-8")
    argv = [
        str(PROGRAM),
        "validate",
        str(file),
        "--rule-kind",
        "Sarif;Ghas",
        "--output",
        str(said),
        "--log",
        "ForceOverwrite",
    ]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    (run,) = json.loads(said.read_text("utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"]
    return {one["ruleId"].partition("/")[0] for one in run["results"]}


@pytest.mark.parametrize("whole", [told(), told(*RESULTS), pages.whole()], ids=["empty", "every status", "page"])
def test_github_takes_what_was_said(tmp_path: Path, whole: Report) -> None:
    assert complaints(tmp_path, sarif.made(whole)) <= EXPECTED


def test_github_takes_whatever_is_in_a_report(tmp_path: Path) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(reports())
    def any_report(whole: Report) -> None:
        assert complaints(tmp_path, sarif.made(whole)) <= EXPECTED

    any_report()


def test_the_program_is_asked_for_githubs_rules(tmp_path: Path) -> None:
    log = sarif.made(told(*RESULTS))
    (run,) = log["runs"]
    del run["tool"]["driver"]["rules"][0]["help"]
    del run["results"][0]["locations"][0]["physicalLocation"]["region"]
    run["results"][1]["locations"] = []
    assert {"GH1015", "GH1017", "GH2012", "SARIF2017"} <= complaints(tmp_path, log)

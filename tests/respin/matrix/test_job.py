# SPDX-License-Identifier: GPL-2.0-only
"""What comes back of a job: of its report, or of how its respin ended."""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from generator.process import Completed
from respin.matrix import job as module
from respin.matrix.job import judged, lost, perform
from respin.version import VERSION
from tests.checks.reports import RESULTS, told
from tests.respin.matrix.jobs import job

if TYPE_CHECKING:
    from pathlib import Path


def done(code: int, stdout: str = "", stderr: str = "") -> Completed:
    return Completed(("python",), code, stdout.encode(), stderr.encode(), 1.0)


def reported(version: str = VERSION) -> tuple[module.MatrixJob, dict[str, Any]]:
    report: dict[str, Any] = {**told(*RESULTS), "version": version}
    return replace(job(), digest=report["series"]["digest"]), report


def test_a_report_becomes_cells_that_say_the_same() -> None:
    asked, report = reported()
    entry = judged(asked, done(1, json.dumps(report)))
    assert (entry["status"], entry["base"]["tree"]) == (report["status"], report["base"]["tree"])
    assert [(one["check"], one["patch"], one["status"]) for one in entry["cells"]] == [
        ("render", 0, "PASS"),
        *((one["check"], one["patch"], one["status"]) for one in report["results"]),
    ]
    bad = [one for one in entry["cells"] if one["status"] == "FAIL"]
    assert bad
    assert all(one["summary"] and one["reproduce"] for one in bad)
    assert len(json.dumps(entry)) < len(json.dumps(report))
    assert pickle.loads(pickle.dumps(asked)) == asked  # noqa: S301 - it goes to other machines so


def test_what_a_respin_warned_of_comes_with_its_answer() -> None:
    asked, report = reported()
    entry = judged(asked, done(1, json.dumps(report), "respin: the store is gone\n" * 20))
    assert entry["warnings"] == ["respin: the store is gone"] * 10


def test_the_digest_is_that_of_the_verdict() -> None:
    asked, report = reported()
    first = judged(asked, done(1, json.dumps(report)))["digest"]
    for one in report["results"]:
        one["seconds"], one["date"], one["cached"] = 99.0, "2030-01-01T00:00:00Z", True
    assert judged(asked, done(1, json.dumps(report)))["digest"] == first
    report["results"][0]["status"] = "MISS"
    assert judged(asked, done(1, json.dumps(report)))["digest"] != first


@pytest.mark.parametrize(
    ("code", "stderr", "check", "status", "summary"),
    [
        (1, "respin: it does not apply\n  hint: look", "render", "FAIL", "it does not apply\n  hint: look"),
        (2, "respin: there is no such base", "job", "ERROR", "there is no such base"),
        (3, "respin: cannot write x: No space left on device", "job", "MISS", "cannot write x: No space left on device"),
        (-9, "", "job", "MISS", "respin was killed by SIGKILL"),
        (0, "", "job", "MISS", "respin ended with 0"),
    ],
)  # fmt: skip
def test_a_respin_without_a_report_says_why(code: int, stderr: str, check: str, status: str, summary: str) -> None:
    entry = judged(job(), done(code, "", stderr))
    (cell,) = entry["cells"]
    assert (cell["check"], cell["status"], cell["summary"]) == (check, status, summary)
    assert entry["status"] == status
    assert cell["reproduce"] == "respin check --series fake -- a"
    assert lost(entry) is (status == "MISS")


@pytest.mark.parametrize("what", ["version", "digest", "cut off"])
def test_an_answer_to_another_question_is_none(what: str) -> None:
    asked, report = reported("9.9" if what == "version" else VERSION)
    if what == "digest":
        asked = replace(asked, digest="2" * 64)
    text = json.dumps(report)
    entry = judged(asked, done(0, text[:-9] if what == "cut off" else text, ""))
    assert (entry["status"], lost(entry)) == ("MISS", True)


@pytest.mark.slow
def test_a_job_past_its_deadline_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = tmp_path / "slept"
    code = f"import time; time.sleep(60); open({str(slept)!r}, 'w')"
    monkeypatch.setattr(module, "PROGRAM", (sys.executable, "-c", code))
    entry = perform(job(seconds=0.3))
    assert (entry["status"], "timed out after" in entry["cells"][0]["summary"]) == ("MISS", True)
    assert 0.3 <= entry["seconds"] < 30
    assert not slept.exists()


def test_a_machine_without_the_users_folder_says_so(tmp_path: Path) -> None:
    entry = perform(replace(job(), folder=str(tmp_path / "gone")))
    assert entry["cells"][0]["summary"] == f"there is no folder {tmp_path / 'gone'} on this machine"

# SPDX-License-Identifier: GPL-2.0-only
"""What a cover letter may say of tests and figures: what reports say, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.contract import Result, Scope, Status
from patchset.errors import InputError
from respin import kept, outcome
from respin.posting import evidence
from respin.posting.letter import Measured
from tests import killed
from tests.checks import made

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report

DAY = "2026-11-24T09:00:00Z"


def report(folder: Path, *results: Result, tree: str = made.TREE, name: str = "fake-6.1") -> Report:
    commits = (made.commit(1), made.commit(2), made.commit(3, tests=True))
    subject = replace(made.subject(folder, *commits), base_tree=tree, name=name)
    return outcome.report(subject, results, "1.0")


def result(check: str, status: Status = Status.PASS, patch: int = 0, summary: str = "all of it", **more: object) -> Result:  # fmt: skip
    whole = Result(check, Scope.PATCH if patch else Scope.SERIES, status, summary, patch=patch, date=DAY)
    return replace(whole, **more)  # type: ignore[arg-type]


def test_nothing_known_is_said_to_be_nothing() -> None:
    assert evidence.tested([], made.TREE) == evidence.NOTHING
    assert evidence.measured([]) == []


def test_checks_and_bases_the_one_that_is_posted_on_first(tmp_path: Path) -> None:
    here = report(tmp_path, result("kunit", summary="42 cases passed"), result("build", patch=1), result("build", patch=2))  # fmt: skip
    other = report(tmp_path, result("build", patch=2), tree="a" * 40, name="other")
    assert evidence.tested([other, here], made.TREE) == (
        " - fake-6.1 (6.1.0), 2026-11-24: PASS\n   build: PASS, patches 1, 2\n   kunit: PASS, 42 cases passed\n\n"
        " - other (6.1.0), 2026-11-24: PASS\n   build: PASS, patch 2"
    )


def test_a_failure_is_told(tmp_path: Path) -> None:
    bad = report(tmp_path, result("build", patch=1), result("build", Status.FAIL, 2, "it\x1bbreaks"))
    text = evidence.tested([bad], made.TREE)
    assert "2026-11-24: FAIL" in text
    assert "   build: FAIL, patch 2: it\\x1bbreaks" in text


def test_the_newest_word_counts_and_what_is_not_posted_does_not(tmp_path: Path) -> None:
    old = report(tmp_path, result("kunit", Status.FAIL, date="2026-11-23T00:00:00Z"), result("checkpatch", patch=3))
    new = report(tmp_path, result("kunit"))
    for order in ([old, new], [new, old]):
        text = evidence.tested(order, made.TREE)
        assert "kunit: PASS, all of it" in text
        assert "checkpatch" not in text


def test_figures_come_from_checks_that_passed_the_newest_first(tmp_path: Path) -> None:
    data = {"smallest": {"key": 64, "passphrase": 1120}}
    first = report(tmp_path, result("crash", data=data), result("build"))
    later = report(tmp_path, result("crash", data={"stages": []}, date="2026-11-25T00:00:00Z"), name="later")
    broken = report(tmp_path, result("crash", Status.FAIL, data=data, date="2026-11-26T00:00:00Z"))
    assert evidence.measured([broken, first, later]) == [
        Measured("later", "2026-11-25", {"stages": []}),
        Measured("fake-6.1", "2026-11-24", data),
    ]


def test_what_was_kept_is_read_back_check_by_check(tmp_path: Path) -> None:
    series, cache = made.subject(tmp_path).series, tmp_path / "cache"
    kept.keep(cache, report(tmp_path, result("build", Status.FAIL), result("kunit")))
    kept.keep(cache, report(tmp_path, result("build")))
    text = evidence.tested(kept.load(cache, series), made.TREE)
    assert text.splitlines()[1:] == ["   build: PASS, all of it", "   kunit: PASS, all of it"]
    assert kept.load(cache, made.digested(series, "d")) == []


def test_what_cannot_be_kept_or_read_is_nothing(tmp_path: Path) -> None:
    series, cache = made.subject(tmp_path).series, tmp_path / "cache"
    cache.write_text("in the way")
    kept.keep(cache, report(tmp_path, result("build")))
    assert kept.load(cache, series) == []
    cache.unlink()
    (cache / "reports" / "fake").mkdir(parents=True)
    (cache / "reports" / "fake" / "x.json").write_text("{")
    assert kept.load(cache, series) == []


def test_a_file_is_a_report_of_this_state_or_refused(tmp_path: Path) -> None:
    series, file = made.subject(tmp_path).series, tmp_path / "r.json"
    good = report(tmp_path, result("build"))
    file.write_text(json.dumps(good))
    assert kept.read(file, series) == good
    for junk, why in (
        ("[1]", "not a respin report"),
        ("{", "cannot be read"),
        ('{"tool": "respin"}', "not a respin report"),
    ):
        file.write_text(junk)
        with pytest.raises(InputError, match=why):
            kept.read(file, series)
    file.write_text(json.dumps(good))
    with pytest.raises(InputError, match="is of another state"):
        kept.read(file, made.digested(series, "d"))
    with pytest.raises(InputError, match="cannot be read"):
        kept.read(tmp_path / "none.json", series)


@pytest.mark.slow
def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    said = report(tmp_path, result("kunit"))
    code = "import json\nfrom pathlib import Path\nfrom respin import kept\nkept.keep(Path(sys.argv[1]), json.loads(sys.argv[2]))\n"
    killed.at_rename(code, tmp_path / "cache", json.dumps(said))
    kept.keep(tmp_path / "cache", said)
    assert len([one for one in (tmp_path / "cache").rglob("*") if one.is_file()]) == 1

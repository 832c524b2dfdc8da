# SPDX-License-Identifier: GPL-2.0-only
"""`respin watch`: silent where nothing changed, and telling what did where something did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from respin.matrix import asked, watched
from respin.matrix.job import missed
from respin.matrix.watched import JobChange, Seen
from tests import fake, tinykernel
from tests.respin.matrix.jobs import Told, cell, entry, job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry

    Respin = Callable[..., tuple[int, list[str], str]]

ONLY = ("--only", "kernel-doc", "--series", f"{fake.FAKESERIES}")


class Says:
    """What the jobs say, which a test changes, and which of them were asked."""

    def __init__(self) -> None:
        self.status = "PASS"
        self.asked: list[str] = []

    def __call__(self, one: MatrixJob, _: int) -> JobEntry:
        self.asked.append(one.base)
        return missed(one, "killed") if self.status == "MISS" else entry(one.base, cell("kernel-doc", self.status, 1))


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    said = Says()
    monkeypatch.setattr(asked, "Local", lambda *_: Told(said))
    return said


def moved(kernel: Path, words: str) -> None:
    (kernel / "README").write_text(words)
    tinykernel.git(kernel, "add", "README")
    tinykernel.git(kernel, "commit", "--quiet", "-m", words)


def test_a_base_that_is_the_same_is_not_spoken_of(respin: Respin, kernel: Path, says: Says, tmp_path: Path) -> None:
    code, out, _ = respin("watch", kernel, *ONLY)
    assert (code, out[-1].partition(":")[0], says.asked) == (0, "verdict", [str(kernel)])
    files = ("--json", tmp_path / "w.json", "--html", tmp_path / "w.html")
    assert respin("watch", kernel, *ONLY, *files) == (0, [], "")
    moved(kernel, "another commit")
    assert respin("watch", kernel, *ONLY, *files) == (0, [], "")
    assert len(says.asked) == 2
    assert not (tmp_path / "w.json").exists()
    assert not (tmp_path / "w.html").exists()


def test_a_verdict_that_changed_is_told(respin: Respin, kernel: Path, says: Says, tmp_path: Path) -> None:
    other = fake.repository(tmp_path / "other")
    respin("watch", kernel, other, *ONLY)
    moved(kernel, "another commit")
    says.status = "FAIL"
    code, out, err = respin("watch", kernel, other, *ONLY, "--json", tmp_path / "w.json")
    assert (code, err) == (1, "")
    assert "  kernel-doc patch-1: FAIL, it was PASS" in out
    assert str(other) not in "\n".join(out)
    assert [one["base"]["spec"] for one in json.loads((tmp_path / "w.json").read_text())["jobs"]] == [str(kernel)]
    assert respin("watch", kernel, other, *ONLY) == (0, [], "")


def test_a_base_on_which_it_applies_no_more_is_told_at_once(respin: Respin, kernel: Path, says: Says) -> None:
    respin("watch", kernel, *ONLY)
    tinykernel.git(kernel, "rm", "--quiet", "kernel/widget.c")
    tinykernel.git(kernel, "commit", "--quiet", "-m", "widget: remove it")
    says.status = "MISS"
    _, out, _ = respin("watch", kernel, *ONLY)
    assert out[0].endswith(": conflicts")


def test_what_was_lost_is_told_and_looked_at_again(respin: Respin, kernel: Path, says: Says, tmp_path: Path) -> None:
    says.status = "MISS"
    code, out, _ = respin("watch", kernel, *ONLY)
    assert (code, "killed" in "\n".join(out)) == (3, True)
    says.status = "PASS"
    assert respin("watch", kernel, *ONLY)[0] == 0
    assert len(says.asked) == 3
    code, out, _ = respin("watch", kernel, tmp_path / "nowhere", *ONLY)
    assert (code, "there is no folder" in "\n".join(out)) == (3, True)


def test_a_series_that_is_another_one_is_looked_at(tmp_path: Path) -> None:
    seen = Seen("debian-6.1", "c" * 40, "1" * 64, {"render series": "PASS", "build series": "PASS"})
    watched.keep(tmp_path, job(), seen)
    assert watched.read(tmp_path, job()) == seen
    assert watched.read(tmp_path, job("b")) is None
    assert seen.same("c" * 40, "1" * 64)
    assert not seen.same("c" * 40, "2" * 64)
    assert watched.changes(seen, {"render series": "PASS", "kunit series": "FAIL"}) == [
        JobChange("kunit series", "nothing", "FAIL"),
        JobChange("build series", "PASS", "nothing"),
    ]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name": "a"}', '{"name": "a", "commit": "b", "digest": "c", "said": 7}']
)
def test_what_cannot_be_read_was_not_seen(tmp_path: Path, text: str) -> None:
    watched.keep(tmp_path, job(), Seen("a", "b", "c", {}))
    (file,) = (tmp_path / "watched").iterdir()
    file.write_text(text)
    assert watched.read(tmp_path, job()) is None

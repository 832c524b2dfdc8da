# SPDX-License-Identifier: GPL-2.0-only
"""`respin lint` on what people have: mailboxes, ranges, standard input, and on what is none of them."""

from __future__ import annotations

import gzip
import io
import json
import shlex
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from checks.lint import source
from respin.report.model import SCHEMA
from tests import tinykernel
from tests.checks.lint.made import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    file = tmp_path / "good.mbox"
    file.write_text("".join(GOOD))
    return file


def test_a_mailbox_that_is_right(respin: Respin, box: Path) -> None:
    code, out, err = respin("lint", box, "--profile", "tip", "--profile", "akpm")
    assert (code, err) == (0, "")
    assert out[-1] == "verdict: PASS (31 of 36 lines of the checklist): 4 PASS"  # no repository, no version before


def test_a_mailbox_that_is_not(respin: Respin, box: Path, tmp_path: Path) -> None:
    box.write_text("".join(GOOD).replace("Signed-off-by: Ann Author <ann@example.org>\n", "", 1))
    code, out, _ = respin("lint", box, "--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml")
    assert (code, out[-1]) == (1, "verdict: FAIL (28 of 33 lines of the checklist): 1 FAIL, 3 PASS")
    report = json.loads((tmp_path / "r.json").read_text())
    Draft202012Validator(SCHEMA).validate(report)
    bad = next(one for one in report["results"] if one["status"] == "FAIL")
    assert (bad["check"], bad["patch"], bad["findings"][0]["rule"]) == ("mail-lint", 1, "T01")
    assert bad["reproduce"] == f"respin lint {box}"
    assert "mail-lint" in (tmp_path / "r.xml").read_text()


def test_lines_are_chosen_and_listed(respin: Respin, box: Path) -> None:
    box.write_text("".join(GOOD).replace("Signed-off-by: Ann Author <ann@example.org>\n", "", 1))
    assert respin("lint", box, "--skip", "T01")[0] == 0
    assert respin("lint", box, "--only", "P01,P02")[0] == 0
    code, _, err = respin("lint", box, "--only", "P99")
    assert (code, "there is no line 'P99'" in err) == (2, True)
    code, out, _ = respin("lint", "--list")
    assert (code, any(row.startswith("T01  error    generic") for row in out)) == (0, True)
    assert respin("lint")[0] == 2


def test_what_is_judged_by_a_part_of_the_lines_says_so_and_can_be_said_again(
    respin: Respin, box: Path, tmp_path: Path
) -> None:
    box.write_text("".join(GOOD).replace("Signed-off-by: Ann Author <ann@example.org>\n", "", 1))
    code, out, _ = respin("lint", box, "--only", "T01,P01", "--profile", "tip", "--json", tmp_path / "r.json")
    assert (code, out[-1]) == (1, "verdict: FAIL (2 of 36 lines of the checklist): 1 FAIL, 3 PASS")
    results = json.loads((tmp_path / "r.json").read_text())["results"]
    (line,) = {one["reproduce"] for one in results} - {""}
    assert line == f"respin lint {box} --only T01,P01 --profile tip"
    assert respin(*shlex.split(line)[1:])[1] == out


def test_standard_input(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("".join(GOOD).encode())))
    assert respin("lint", "-")[0] == 0


def test_a_range_of_commits_has_no_letter_and_no_recipients_to_judge(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kernel)
    tinykernel.git(kernel, "checkout", "--quiet", "-b", "topic")
    (kernel / "Kbuild").write_text("# other\n")
    tinykernel.git(kernel, "commit", "--quiet", "--all", "--message=kbuild: say more\n\nWhy.\n\nSigned-off-by: A <a@example.org>")  # fmt: skip
    assert respin("lint", "main..")[0] == respin("lint", "main..topic", "--repository", kernel)[0] == 0
    code, out, _ = respin("lint", "main..topic", "-v")
    text = " ".join(" ".join(out).split())
    assert (code, "not judged without mails as they are sent" in text) == (0, True), text
    tinykernel.git(kernel, "commit", "--quiet", "--amend", "--message=more")
    assert respin("lint", "main..topic")[0] == 1


def test_what_the_series_waives(respin: Respin, box: Path) -> None:
    box.write_text("".join(GOOD).replace("Place a widget at random\n", "place a widget at random\n"))
    assert respin("lint", box, "--profile", "tip")[0] == 1
    code, out, _ = respin("lint", box, "--series", "luks-kdump", "-v")
    assert (code, "waived (the subjects are those" in " ".join(" ".join(out).split())) == (0, True)


NONE = {
    "nothing at all": (b"", "is empty"),
    "no mail": (b"hello\n", "holds no patch"),
    "only answers": (GOOD[1].replace("[PATCH", "Re: [PATCH").encode(), "the patch is in a reply"),
    "answers without a patch": (GOOD[0].replace("[PATCH", "Re: [PATCH").encode(), "holds replies only"),
    "a zip file": (b"PK\x03\x04" + bytes(range(256)), "is compressed\n  hint: unzip -p"),
    "a compressed mailbox": (gzip.compress("".join(GOOD).encode()), "is compressed\n  hint: gzip -dc"),
    "a picture": (b"\x89PNG\r\n" + bytes(range(256)), "holds no patch"),
}


@pytest.mark.parametrize("how", NONE)
def test_what_is_no_posting(respin: Respin, box: Path, how: str) -> None:
    data, said = NONE[how]
    box.write_bytes(data)
    code, _, err = respin("lint", box)
    assert (code, said in err) == (2, True), err


def test_what_is_no_source(respin: Respin, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(kernel)
    for given, said in (
        ("nothing.mbox", "there is no file nothing.mbox\n"),
        ("main", "there is no file main\n  hint: for the commits since main: main..\n"),
        ("../x/main..y.mbox", "there is no file ../x/main..y.mbox\n"),
        ("a/../main", "there is no file a/../main\n"),
        ("x" * 5000, "there is no file xxx"),
        (tmp_path / "linux", "is a folder without a .patch file"),
        ("main..nothing", "there is no file main..nothing, and /"),
        ("main..main", "main..main holds 0 commits"),
        ("..nothing", "has no revision 'nothing'"),
        ("...", "holds 0 commits"),
    ):
        code, _, err = respin("lint", given)
        assert (code, said in err) == (2, True), err
    monkeypatch.chdir(tmp_path)
    assert "is not a git repository" in respin("lint", "main..topic")[2]


def test_an_endless_file_is_refused(respin: Respin, monkeypatch: pytest.MonkeyPatch, box: Path) -> None:
    monkeypatch.setattr(source, "MOST", 1000)
    code, _, err = respin("lint", box)
    assert (code, "is too large" in err) == (2, True)


def test_a_line_that_was_not_judged_is_not_counted(respin: Respin, box: Path) -> None:
    code, out, _ = respin("lint", box, "--only", "P01,S02", "-v")
    assert (code, out[-1]) == (0, "verdict: PASS (1 of 33 lines of the checklist): 4 PASS")
    assert any("not judged without" in row and "S02" in row for row in out)

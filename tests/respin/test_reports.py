# SPDX-License-Identifier: GPL-2.0-only
"""The files that a run writes, and what happens where it cannot."""

from __future__ import annotations

import errno
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from checks.contract import Status
from checks.verdict import EXIT
from respin.options import FORMATS
from respin.report.model import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]

ROOT = Path(__file__).parents[2]
CHECK = ("--only", "checkpatch", "--from", "Ann <ann@example.org>")
_told: list[bytes] = []


@pytest.fixture
def stored(respin: Respin, kernel: Path, tmp_path: Path) -> Path:
    """Return a report's file; the checks for it run once."""
    file = tmp_path / "stored.json"
    if _told:
        file.write_bytes(_told[0])
    else:
        respin("check", kernel, *CHECK, "--json", file)
        _told.append(file.read_bytes())
    return file


def test_every_file_is_written_beside_the_object_on_stdout(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    wanted = [(f"--{name}", tmp_path / name) for name in FORMATS]
    options = [part for pair in wanted for part in pair]
    code, out, err = respin("check", kernel, *CHECK, "--json", "-", *options)
    report = json.loads("\n".join(out))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    assert (code == 0) == (report["status"] == "PASS"), err
    assert all(patch["diff"].startswith("diff --git ") for patch in report["series"]["patches"])
    assert {one["id"] for one in report["checks"]} == {"checkpatch", "mail-lint", "kernel-doc", "coccinelle"}
    words = ["check", kernel, *CHECK, "--json", "-", *options]
    assert report["run"]["commands"] == [shlex.join(["respin", *map(str, words)])]
    assert 0 < report["run"]["seconds"] < 600
    assert [one["name"] for one in report["run"]["tools"]] == ["git", "perl", "python3"]
    assert report["run"]["tools"][0]["version"].startswith("git version ")
    for option, file in wanted:
        assert file.stat().st_size > 100, option


@pytest.mark.parametrize("name", ["json", *FORMATS])
def test_a_full_disk_leaves_the_report_that_was_there_and_names_it(
    respin: Respin, kernel: Path, stored: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    verb: tuple[object, ...] = ("check", kernel, *CHECK) if name == "json" else ("report", stored)
    file = stored.parent / "file"
    file.write_text("what was there")
    monkeypatch.setattr(Path, "replace", full)
    code, _, err = respin(*verb, f"--{name}", file)
    assert (code, f"cannot write {file}: No space left on device" in err) == (3, True), err
    assert file.read_text() == "what was there"
    assert not list(file.parent.glob(".respin*"))


@pytest.mark.slow
def test_a_report_to_standard_output_by_name_goes_where_it_leads(stored: Path, tmp_path: Path) -> None:
    """Renamed over, the file behind it would lose what the terminal's report has in it."""
    out = tmp_path / "out"
    argv = [sys.executable, "-m", "respin", "report", str(stored), "--ktap", "/dev/stdout"]
    with out.open("ab") as stream:
        subprocess.run(argv, stdout=stream, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    text = out.read_text()
    assert "verdict: " in text
    assert "KTAP version 1" in text


def test_a_file_that_cannot_be_written_is_named(respin: Respin, kernel: Path, tmp_path: Path, stored: Path) -> None:
    nowhere = tmp_path / "none" / "file"
    verbs: dict[str, tuple[object, ...]] = dict.fromkeys(FORMATS, ("report", stored))
    for name, verb in (verbs | {"json": ("check", kernel, *CHECK)}).items():
        code, out, err = respin(*verb, f"--{name}", nowhere)
        assert code == 2
        assert out[-1].startswith("verdict: "), "what took minutes to find out is told all the same"
        assert f"cannot write {nowhere}: No such file or directory" in err


def test_a_stored_report_is_written_again_as_it_was(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    stored, again = tmp_path / "stored.json", tmp_path / "again.json"
    code, out, _ = respin("check", kernel, *CHECK, "--json", stored, "--ktap", tmp_path / "1.ktap")
    told = respin("report", stored, "--json", again, "--html", tmp_path / "page.html", "--ktap", tmp_path / "2.ktap")
    (made,) = [number for number, line in enumerate(told[1]) if line.startswith("made in ")]
    lines = (
        made,
        *(number for number, line in enumerate(told[1]) if line.startswith(("  git: ", "  perl: ", "  python3: "))),
    )
    assert len(lines) == 4
    assert (told[0], [line for number, line in enumerate(told[1]) if number not in lines], told[2]) == (code, out, "")
    assert again.read_bytes() == stored.read_bytes()
    assert (tmp_path / "1.ktap").read_bytes() == (tmp_path / "2.ktap").read_bytes()
    assert "<!doctype html>" in (tmp_path / "page.html").read_text()
    assert respin("report", stored, stored) == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"), ("{", "cannot be read as a report"), ("[]", "is not a respin report"),
        ("\xff", "cannot be read as a report"), ('{"tool": NaN}', "NaN is not a number"), ("[" * 100_000, "cannot be read"),
        ("[1e999]", "1e999 is not a number"), ("[-Infinity]", "-Infinity is not a number"), ("9" * 5000, "has 5000 digits"), ("[" + "9" * 400 + "]", "has 400 digits"),
        ("[" * 101 + "]" * 101, "nested deeper than 100 levels"), ("[" * 900 + "]" * 900, "nested deeper than 100 levels"),
        ("[" * 100 + "]" * 100, "is not a respin report"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(respin: Respin, tmp_path: Path, text: str | None, why: str) -> None:
    file = tmp_path / "file.json"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    code, out, err = respin("report", file)
    assert (code, out) == (2, [])
    assert why in err
    assert err.count("\n") <= 2


def test_a_report_without_an_end_is_refused(respin: Respin) -> None:
    code, out, err = respin("report", "/dev/zero")
    assert (code, out) == (2, [])
    assert "/dev/zero cannot be read as a report: it is larger than 64 MiB" in err


def test_a_report_with_any_text_is_shown_and_written(respin: Respin, tmp_path: Path, stored: Path) -> None:
    report = json.loads(stored.read_text())
    text = "\0\x01\x1b[31m\udcff\ud800\ufffe"
    report["base"].update(name=text, version=text, spec=text)
    report["series"].update(name=text, title=text)
    for patch in report["series"]["patches"]:
        patch.update(name=text, subject=text, diff=text)
    for result in report["results"]:
        finding = {"severity": "error", "message": text, "file": text, "line": 1, "rule": text}
        result.update(check=text, summary=text, reproduce=text, findings=[finding], data={text: text})
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(report))
    wanted = [(f"--{name}", tmp_path / name) for name in (*FORMATS, "json")]
    code, out, err = respin("report", file, *(part for pair in wanted for part in pair))
    assert (code, err) == (EXIT[Status(report["status"])], "")
    assert "\\udcff\\ud800" in "\n".join(out)
    for option, written in wanted:
        assert "\x1b" not in written.read_text("utf-8"), option
    assert respin("report", tmp_path / "json")[:2] == (code, out)


@pytest.mark.parametrize(
    ("key", "value"), [("seconds", 1e300), ("patch", 1 << 31), ("date", "2026-11-27"), ("date", "")]
)
def test_numbers_and_dates_that_no_reader_takes_are_refused(
    respin: Respin, tmp_path: Path, stored: Path, key: str, value: object
) -> None:
    report = json.loads(stored.read_text())
    report["results"][0][key] = value
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(report))
    code, out, err = respin("report", file)
    assert (code, out, "is not a respin report" in err) == (2, [], True)


def test_kcidb_gets_the_name_that_it_knows_the_sender_by(respin: Respin, tmp_path: Path, stored: Path) -> None:
    data = tmp_path / "kcidb.json"
    respin("report", stored, "--kcidb", data, "--kcidb-origin", "my_ci")
    told = json.loads(data.read_text())
    assert {one["origin"] for kind in ("checkouts", "builds", "tests") for one in told[kind]} == {"my_ci"}
    assert all(one["id"].startswith("my_ci:") for one in told["tests"])
    code, _, err = respin("report", stored, "--kcidb", data, "--kcidb-origin", "My CI")
    assert code == 2
    assert "small letters, digits and _ are allowed" in err

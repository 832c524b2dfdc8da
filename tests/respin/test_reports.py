# SPDX-License-Identifier: GPL-2.0-only
"""The files that a run writes, and what happens where it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from checks.report.model import SCHEMA
from respin.options import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

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
    jsonschema.validate(report, SCHEMA)
    assert (code == 0) == (report["status"] == "PASS"), err
    assert all(patch["diff"].startswith("diff --git ") for patch in report["series"]["patches"])
    assert {one["id"] for one in report["checks"]} >= {"checkpatch", "build", "kunit"}
    for option, file in wanted:
        assert file.stat().st_size > 100, option


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
    assert told == (code, out, "")
    assert again.read_bytes() == stored.read_bytes()
    assert (tmp_path / "1.ktap").read_bytes() == (tmp_path / "2.ktap").read_bytes()
    assert "<!doctype html>" in (tmp_path / "page.html").read_text()
    assert respin("report", stored, stored) == (code, out, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"), ("{", "cannot be read as a report"), ("[]", "is no report of respin"),
        ("\xff", "cannot be read as a report"), ('{"tool": NaN}', "NaN is no number"), ("[" * 100_000, "cannot be read"),
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


def test_kcidb_gets_the_name_that_it_knows_the_sender_by(respin: Respin, tmp_path: Path, stored: Path) -> None:
    data = tmp_path / "kcidb.json"
    respin("report", stored, "--kcidb", data, "--kcidb-origin", "my_ci")
    told = json.loads(data.read_text())
    assert {one["origin"] for kind in ("checkouts", "builds", "tests") for one in told[kind]} == {"my_ci"}
    assert all(one["id"].startswith("my_ci:") for one in told["tests"])
    code, _, err = respin("report", stored, "--kcidb", data, "--kcidb-origin", "My CI")
    assert code == 2
    assert "small letters, digits and _ are allowed" in err

# SPDX-License-Identifier: GPL-2.0-only
"""`respin matrix` on the stand-in kernel, with processes of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from respin.matrix import job as module
from respin.report.matrix.model import SCHEMA
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]

ONLY = ("--only", "kernel-doc", "--series", f"{fake.FAKESERIES}")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def bases(kernel: Path) -> tuple[str, str]:
    """Return a base on which the check can be made, and one on which it cannot."""
    script = kernel / "scripts" / "kernel-doc"
    script.write_text("#!/bin/sh\necho a.c:1: info: Scanning doc for function a >&2\n")
    script.chmod(0o755)
    tinykernel.git(kernel, "add", "scripts/kernel-doc")
    tinykernel.git(kernel, "commit", "--quiet", "-m", "scripts: add kernel-doc")
    return str(kernel), f"{kernel}@v1"


@pytest.mark.slow
def test_bases_are_checked_and_no_tree_is_changed(
    respin: Respin, kernel: Path, bases: tuple[str, str], tmp_path: Path
) -> None:
    untouched = tinykernel.snapshot(kernel)
    object_, page = tmp_path / "m.json", tmp_path / "m.html"
    code, out, err = respin("matrix", *bases, tmp_path / "nowhere", *ONLY, "--json", object_, "--html", page)
    assert (code, tinykernel.snapshot(kernel)) == (3, untouched), err
    made = json.loads(object_.read_text())
    Draft202012Validator(SCHEMA).validate(made)
    assert [one["status"] for one in made["jobs"]] == ["PASS", "ERROR", "ERROR"], made
    assert [one["check"] for one in made["jobs"][0]["cells"]] == ["render", *["kernel-doc"] * 3]
    assert made["jobs"][0]["base"]["version"] == "6.1.7"
    assert "3 jobs" in err
    assert "3 of 3 done" in err
    assert f"differs: kernel-doc 1 2 3: ERROR on {bases[1]}; PASS on {bases[0]}" in out
    assert out[-1].startswith("verdict: ERROR (2 ERROR, 1 PASS)")
    assert "What differs" in page.read_text()


@pytest.mark.slow
def test_jobs_share_their_verdicts(
    respin: Respin, bases: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable counts as the option does, and a job is told by its environment: a URL may hold a password."""
    made = tmp_path / "m.json"
    words = ("matrix", bases[0], *ONLY, "--json", made)
    assert respin(*words, "--store", tmp_path / "store", "--cache", tmp_path / "one")[0] == 0
    assert not json.loads(made.read_text())["jobs"][0]["cached"]
    written = sorted((tmp_path / "store").rglob("*"))
    assert {path.parent.name for path in written if path.is_file()} == {"ac", "cas"}
    monkeypatch.setenv("RESPIN_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("RESPIN_STORE_READ_ONLY", "1")
    assert respin(*words, "--cache", tmp_path / "two")[0] == 0
    assert json.loads(made.read_text())["jobs"][0]["cached"]
    assert sorted((tmp_path / "store").rglob("*")) == written
    code, _, err = respin(*words, "--store", "ftp://user:secret@host")
    assert (code, "no URL of a web server" in err, "secret" in err) == (2, True, False)


def test_what_is_wrong_with_the_call_is_told_before_a_job_is_begun(respin: Respin, kernel: Path) -> None:
    for words in (
        [*ONLY, "--skip", "kernel-doc"],
        ["--only", "nothing"],
        ["--only", "kunit"],
        [*ONLY, "--executor", "pbs"],
    ):
        code, out, err = respin("matrix", kernel, *words)
        assert (code, out, "jobs" in err) == (2, [], False)


@pytest.mark.slow
def test_a_base_that_there_is_not_is_a_wrong_call_where_nothing_is_worse(respin: Respin, tmp_path: Path) -> None:
    code, out, err = respin("matrix", tmp_path / "nowhere", *ONLY, "--json", "-", "--quiet")
    assert (code, err) == (2, "")
    assert json.loads("\n".join(out))["jobs"][0]["cells"][0]["summary"].startswith("there is no folder")


STANDS_IN = """
import os, sys, time
if sys.argv[-1] == "slow":
    open("begun", "w").write(str(os.getpid()))
    time.sleep(60)
print("respin: it does not apply", file=sys.stderr)
sys.exit(1)
"""
STOPPED = f"""
import sys
from respin import program
from respin.matrix import job
job.PROGRAM = (sys.executable, "-c", {STANDS_IN!r})
program.main()
"""


@pytest.mark.slow
def test_whoever_stops_it_sees_what_there_is_until_then(tmp_path: Path) -> None:
    """What runs is ended and what waits is not begun; the table tells so."""
    environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-c", STOPPED, "matrix", "first", "slow", "third", *ONLY, "-j", "1", "--json", "m.json"]
    with subprocess.Popen(argv, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        begun, until = tmp_path / "begun", time.monotonic() + 60
        while not (begun.is_file() and begun.read_text()):
            assert time.monotonic() < until
            assert run.poll() is None
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert "stopped by SIGINT" in err.decode()
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
    made = json.loads((tmp_path / "m.json").read_text())
    assert [one["status"] for one in made["jobs"]] == ["FAIL", "SKIP", "SKIP"]
    assert "verdict: FAIL (1 FAIL, 2 SKIP)" in out.decode()


KILLED = """
import os, signal, sys
if not os.path.exists("once"):
    open("once", "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
print("respin: it does not apply", file=sys.stderr)
sys.exit(1)
"""


@pytest.mark.slow
def test_a_respin_that_is_killed_is_begun_once_more(
    respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRAM", (sys.executable, "-c", KILLED))
    monkeypatch.chdir(tmp_path)
    code, out, err = respin("matrix", "a", *ONLY)
    assert code == 1
    assert "respin was killed by SIGKILL; tried once more elsewhere" in err
    assert "2 tries" in out[1]

# SPDX-License-Identifier: GPL-2.0-only
"""What the program says, where, and in which colours; and what comes of it when nobody can listen."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from checks.events import Planned
from respin import events
from respin.options import Settings
from respin.progress import ProgressLines, shown
from respin.table import table
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of somebody with an empty home; no log of a defect is left in it."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    yield {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    assert not list((tmp_path / "tmp").iterdir())


def shell(environment: dict[str, str], script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which "$@" is the program."""
    argv = ["bash", "-c", f"set -o pipefail; {script}", "bash", *fake.RESPIN, *arguments]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    return done


@pytest.mark.slow
def test_a_full_disk_behind_standard_output(environment: dict[str, str]) -> None:
    done = shell(environment, '"$@" > /dev/full', "rules")
    assert (done.returncode, done.stderr) == (3, "respin: cannot write: No space left on device\n")


@pytest.mark.slow
def test_a_closed_standard_output(environment: dict[str, str]) -> None:
    done = shell(environment, '"$@" >&-', "--version")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_streams_that_the_caller_closed(environment: dict[str, str], tmp_path: Path, closed: str) -> None:
    """No file that is opened takes their place, and nothing that is written to them ends up in one."""
    kernel, out = fake.repository(tmp_path / "linux"), tmp_path / "out"
    done = shell(environment, f'"$@" {closed}', "render", str(kernel), "-o", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert all(one.read_text().startswith("From ") for one in out.iterdir())
    assert shell(environment, f'"$@" {closed}', "render", str(kernel / "none")).returncode == 2


@pytest.mark.slow
def test_a_full_disk_behind_standard_error(environment: dict[str, str], tmp_path: Path) -> None:
    assert shell(environment, '"$@" 2> /dev/full', "render", str(tmp_path / "none")).returncode == 2


@pytest.mark.slow
def test_a_wrong_call_is_told_without_obeying_it(environment: dict[str, str]) -> None:
    done = shell(environment, '"$@"', "render", "x", "--no-\x1b[31m")
    assert (done.returncode, "\x1b" in done.stderr, "--no-\\x1b[31m" in done.stderr) == (2, False, True)


@pytest.mark.slow
def test_a_reader_that_goes_away(environment: dict[str, str]) -> None:
    """The code is that of a program that SIGPIPE ended; 1 would mean findings."""
    done = shell(environment, '"$@" | true', "rules")
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.slow
def test_results_go_to_standard_output_and_nothing_else_does(environment: dict[str, str], tmp_path: Path) -> None:
    kernel = fake.repository(tmp_path / "linux")
    done = shell(environment, '"$@"', "render", str(kernel))
    assert done.returncode == 0
    assert done.stderr == "respin: nothing was written: -o DIR writes patch files, --ref NAME makes a branch of them\n"
    assert shell(environment, '"$@"', "render", "--quiet", str(kernel)).stderr == ""
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == [
        "widget: allow to place widgets randomly",
        "gadget: reset the box",
    ]


ODD = os.fsdecode(b"a\xff\x1b[31m\xe2\x80\xae")
SHOWN = "a\\udcff\\x1b[31m\\u202e"


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["render", "mail", "apply"])
def test_names_are_as_they_are_but_on_a_terminal(environment: dict[str, str], tmp_path: Path, verb: str) -> None:
    """So `git am $(respin render ... -o ...)` finds them, and a terminal obeys nothing of them."""
    kernel, out = fake.repository(tmp_path / "linux"), tmp_path / ODD
    for key, value in (("user.name", "Ann"), ("user.email", "ann@example.org")):
        tinykernel.git(kernel, "config", key, value)
    if verb == "apply":
        fake.plain(out)
    argv = [*fake.RESPIN, verb, str(kernel), "--to" if verb == "apply" else "-o", str(out)]
    piped = subprocess.run(argv, env=environment, capture_output=True, check=True, timeout=60).stdout
    files = [Path(os.fsdecode(one)) for one in piped.splitlines()]
    assert files
    assert all(one.is_file() and one.is_relative_to(out) for one in files)
    if verb == "apply":
        subprocess.run([*argv, "--reverse"], env=environment, capture_output=True, check=True, timeout=60)
    primary, secondary = os.openpty()
    subprocess.run(argv, env=environment, stdout=secondary, stderr=subprocess.PIPE, check=True, timeout=60)
    os.close(secondary)
    told = os.read(primary, 1 << 16).decode()
    os.close(primary)
    assert told.splitlines() == [str(one).replace(ODD, SHOWN) for one in files]


@pytest.mark.slow
def test_an_identity_that_is_no_author(environment: dict[str, str], tmp_path: Path) -> None:
    kernel = fake.repository(tmp_path / "linux")
    tinykernel.git(kernel, "config", "user.name", "J. <nick> Doe")
    tinykernel.git(kernel, "config", "user.email", "j@example.org")
    done = shell(environment, '"$@"', "render", str(kernel))
    assert (done.returncode, "'J. <nick> Doe <j@example.org>', which is not a valid author" in done.stderr) == (2, True)
    assert shell(environment, '"$@"', "render", str(kernel), "--from", "J. Doe <j@example.org>").returncode == 0


@pytest.mark.parametrize(
    ("color", "no_color", "expected"),
    [("auto", "", None), ("auto", "1", False), ("always", "1", True), ("always", "", True), ("never", "", False)],
)
def test_when_there_are_colors(
    monkeypatch: pytest.MonkeyPatch, color: str, no_color: str, expected: bool | None
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    assert Settings(color=color).colored is expected


@pytest.mark.parametrize("color", ["never", "auto"])
def test_without_colors_a_terminal_has_no_styles_either(monkeypatch: pytest.MonkeyPatch, color: str) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1" if color == "auto" else "")
    run = events.Run(dict)
    with shown(Settings(color=color)) as progress:
        console = progress.lent()
        assert console is not None
        run.hear(Planned(("build",), frozenset()))
        console.print(table(run, 80))
    assert "0 of 1 done" in terminal.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.getvalue())


def test_a_pipe_is_not_told_of_what_is_over_soon(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Settings()) as progress:
        progress.say("working")
        progress("build", "1 of 2")
    assert capsys.readouterr() == ("", "")


def test_a_pipe_is_told_of_what_takes_long(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(Settings()) as progress:
        progress("build", "1 of 2")
        progress("quick", "over soon")
        monkeypatch.setattr("respin.progress.LONG_SECONDS", 0.0)
        progress("build", "2 of\x1b[31m 2")
        said = ""
        deadline = time.monotonic() + 10
        while "2 of" not in said and time.monotonic() < deadline:
            time.sleep(0.01)
            said += capsys.readouterr().err
        progress("build", "")
        progress("quick", "")
    assert said == "respin: build: 2 of\\x1b[31m 2\n"
    assert capsys.readouterr() == ("", "respin: build: done, 0 s\n")


def test_quiet_is_quiet_in_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("respin.progress.LONG_SECONDS", 0.0)
    with shown(Settings(quiet=True)) as progress:
        progress("build", "1 of 2")
        time.sleep(0.05)
        progress("build", "")
    assert capsys.readouterr() == ("", "")


def test_progress_shows_what_each_source_does_and_obeys_none_of_it() -> None:
    with Console(quiet=True).status("working") as status:
        progress = ProgressLines(status)
        progress.say("reading a\x1b[31m\u202e\n")
        progress("build", "[bold]CC a.o")
        assert str(status.status) == "respin: reading a\\x1b[31m\\u202e\\n (0 s) · build: \\[bold]CC a.o (0 s)"
        progress.say("")
        assert str(status.status).startswith("build: ")
        progress("build", "")
        assert str(status.status) == "working"

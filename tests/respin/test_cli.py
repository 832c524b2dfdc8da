# SPDX-License-Identifier: GPL-2.0-only
"""The program as a user starts it: exit codes, errors without tracebacks, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from respin.cli import COMMANDS, cli
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.forked import Server

    Respin = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow
RESPIN = str(Path(sys.executable).with_name("respin"))
PROGRAM = "from respin.__main__ import main; main()"
"""What that file does."""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody with an empty home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


@pytest.fixture
def respin(home: dict[str, str], server: Server) -> Respin:
    """Return a function that runs the program in a process of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = server.run([sys.executable, "-c", PROGRAM, *arguments], home)
        assert "Traceback" not in done.stderr
        return done

    return run


def test_help_lists_every_verb(home: dict[str, str], respin: Respin) -> None:
    done = subprocess.run([RESPIN, "--help"], env=home, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert all(verb in done.stdout for verb in COMMANDS)
    assert respin("--help").stdout == done.stdout
    assert respin(next(iter(COMMANDS)), "--help").returncode == 0
    for verb in COMMANDS:
        assert CliRunner().invoke(cli, [verb, "--help"]).exit_code == 0


@pytest.mark.parametrize(("typed", "meant"), [("rendr", " Did you mean 'render'?"), ("explian", " Did you mean 'explain'?"), ("zzz", "")])  # fmt: skip
def test_the_nearest_verb_is_named(respin: Respin, typed: str, meant: str) -> None:
    done = respin(typed)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"Error: No such command '{typed}'.{meant}")


USAGE = {
    "unknown verb": ["rendre"],
    "unknown option": ["render", "{kernel}", "--frce"],
    "no base": ["render"],
    "no folder": ["render", "{kernel}/nothing"],
    "no kernel": ["explain", "{kernel}/kernel"],
    "no revision": ["render", "{kernel}@v9.9"],
    "no version": ["render", "debian:six"],
    "no series": ["render", "{kernel}", "--series", "none"],
    "no author": ["render", "{kernel}", "--from", "somebody"],
    "forged author": ["render", "{kernel}", "--from", "A\nCc: b <a@example.org>"],
    "no date": ["render", "{kernel}", "--date", "yesterday"],
    "no terminal": ["crash", "{kernel}", "--interactive"],
    "nobody to sign off": ["render", "{kernel}", "--signoff"],
    "odd ref": ["render", "{kernel}", "--ref", "a..b"],
    "checked out ref": ["render", "{kernel}", "--ref", "main", "--force"],
    "no target": ["apply", "{kernel}"],
}


@pytest.mark.parametrize("how", USAGE)
def test_wrong_input_ends_with_2_and_changes_nothing(respin: Respin, kernel: Path, how: str) -> None:
    untouched = tinykernel.snapshot(kernel)
    done = respin(*(one.format(kernel=kernel) for one in USAGE[how]))
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()
    assert tinykernel.snapshot(kernel) == untouched


def test_a_kernel_on_which_nothing_applies_ends_with_1(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    untouched = tinykernel.snapshot(kernel)
    explained = respin("explain", str(kernel))
    assert explained.returncode == 1
    assert "conflicts" in explained.stdout
    for edit in ("kexec-buf-member", "kconfig", "makefile", "load-move", "hide"):
        assert re.search(rf" edits? (?:[\w, -]+, )?{edit},", explained.stdout), edit
    rendered = respin("render", str(kernel), "-o", str(tmp_path / "out"), "--ref", "new")
    assert rendered.returncode == 1
    assert not (tmp_path / "out").exists()
    assert tinykernel.snapshot(kernel) == untouched


def test_control_characters_are_shown_not_obeyed(respin: Respin, tmp_path: Path) -> None:
    done = respin("explain", str(tmp_path / "a\x1b[31mred\u202egnp"))
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


def test_a_plain_directory_has_no_refs(respin: Respin, tmp_path: Path) -> None:
    plain = tinykernel.plain(tmp_path / "plain")
    done = respin("render", str(plain), "--ref", "new")
    assert (done.returncode, "has no refs" in done.stderr) == (2, True)


def test_rules_are_listed(respin: Respin) -> None:
    done = respin("rules")
    assert [line.split()[0] for line in done.stdout.splitlines()[::2]] == [f"R{number:02}" for number in range(1, 24)]
    assert "nothing yet" not in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_its_children(
    home: dict[str, str], kernel: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """The git that reads the base hangs; the run is told to stop."""
    untouched = tinykernel.snapshot(kernel)
    tools, started = tmp_path / "tools", tmp_path / "started"
    tools.mkdir()
    fake = tools / "git"
    fake.write_text(f'#!/bin/sh\ncase "$*" in *rev-parse*) echo $$ >"{started}"; exec sleep 600;; esac\nexit 1\n')
    fake.chmod(0o755)
    environment = home | {"PATH": f"{tools}:{home['PATH']}"}
    process = subprocess.Popen(
        [RESPIN, "explain", str(kernel)], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not (started.exists() and started.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(started.read_text())
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert tinykernel.snapshot(kernel) == untouched

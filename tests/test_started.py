# SPDX-License-Identifier: GPL-2.0-only
"""A unit test starts no Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import started


@pytest.mark.slow
def test_a_program_that_is_started_is_heard_of(pytestconfig: pytest.Config) -> None:
    watch = pytestconfig.pluginmanager.get_plugin("started")
    assert watch
    subprocess.run([sys.executable, "-c", ""], check=True)
    subprocess.run(["git", "--version"], check=True, capture_output=True)
    assert watch.programs == [sys.executable]


@pytest.mark.parametrize("name", ["python", "respin", "b4", "lint-imports"])
def test_what_is_written_in_python_is_slow(name: str) -> None:
    assert started.is_slow(name, {"PATH": str(Path(sys.executable).parent)})


@pytest.mark.parametrize("name", ["git", "sh", "no-such-program"])
def test_what_is_not_or_not_there_is_quick(name: str) -> None:
    assert not started.is_slow(name, os.environ)


def test_a_stand_in_is_quick(tmp_path: Path) -> None:
    program = tmp_path / "b4"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert not started.is_slow("b4", {"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("marks", "programs", "said"),
    [
        ((), [], ""),
        ((), ["gcc", "b4", "gcc"], "starts b4, gcc: mark it slow"),
        (("parametrize",), ["gcc"], "starts gcc: mark it slow"),
        (("slow",), ["gcc"], ""),
        (("integration",), ["gcc"], ""),
    ],
)
def test_what_starts_one_is_marked(marks: tuple[str, ...], programs: list[str], said: str) -> None:
    assert started.complaint(marks, programs) == said

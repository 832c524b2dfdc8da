# SPDX-License-Identifier: GPL-2.0-only
"""A unit test starts nothing that takes long."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import started

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_a_program_that_is_started_is_heard_of(pytestconfig: pytest.Config) -> None:
    watch = pytestconfig.pluginmanager.get_plugin("started")
    assert watch
    subprocess.run([sys.executable, "-c", ""], check=True)
    subprocess.run(["git", "--version"], check=True, capture_output=True)
    assert watch.programs == [sys.executable]


def test_a_program_that_is_not_there_is_not_started() -> None:
    assert not started.is_slow("no-such-program", os.environ)


def test_a_stand_in_is_quick(tmp_path: Path) -> None:
    program = tmp_path / "make"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert not started.is_slow("make", {"PATH": str(tmp_path)})


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

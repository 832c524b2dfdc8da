# SPDX-License-Identifier: GPL-2.0-only
"""What a command cost, and what is made of several turns of two commits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench_hour import Checkout, compared, spent


@pytest.mark.slow
def test_what_a_command_and_its_children_take(tmp_path: Path) -> None:
    burn = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    cost = spent([sys.executable, "-c", code], tmp_path)
    assert cost.cpu >= 0.2
    assert cost.wall > 0.0
    assert cost.memory > 1.0


@pytest.mark.slow
def test_work_that_was_not_done_has_no_cost(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "raise SystemExit(1)"]
    assert spent(argv, tmp_path, most=1).wall > 0.0
    with pytest.raises(subprocess.CalledProcessError):
        spent(argv, tmp_path)


def test_two_commits_take_turns_and_the_median_counts() -> None:
    sides = Checkout(Path("old"), Path("a"), ("", "", "")), Checkout(Path("new"), Path("b"), ("", "", ""))
    asked: list[str] = []
    figures = {"old": iter([10.0, 90.0, 20.0]), "new": iter([3.0, 5.0, 4.0])}

    def measure(one: Checkout, rows: set[str]) -> dict[str, float]:
        asked.append(str(one.folder))
        return {row: next(figures[str(one.folder)]) for row in rows}

    assert compared(sides, {"cold"}, 3, measure) == {"cold": (20.0, 4.0)}
    assert asked == ["old", "new"] * 3

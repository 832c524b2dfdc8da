# SPDX-License-Identifier: GPL-2.0-only
"""What a unit test may start: git, what a shell has, and stand-ins that it wrote. Anything else makes it a slow one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

ROOT = Path(__file__).parents[1]
QUICK = {"cat", "cp", "false", "git", "ls", "sh", "sleep", "tar", "touch", "true"}
MARKS = {"integration", "slow"}


def is_slow(program: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a program is there and takes longer to start than a unit test has."""
    found = shutil.which(program, path=environment.get("PATH", os.defpath))
    if not found or Path(found).name in QUICK:
        return False
    return Path(found).is_relative_to(ROOT) or not Path(found).is_relative_to(tempfile.gettempdir())


def complaint(marks: Iterable[str], programs: Iterable[str]) -> str:
    """Return what is wrong with a test that has these marks and started these programs; "" for nothing."""
    names = ", ".join(sorted({*programs}))
    return f"starts {names}: mark it slow" if names and not MARKS & {*marks} else ""


class Watch:
    """Fails a test without a mark that starts a program which takes long."""

    def __init__(self) -> None:
        self.programs: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "subprocess.Popen":
            program, _, _, environment = arguments
            known = environment if isinstance(environment, dict) else os.environ
            if is_slow(os.fsdecode(program), known):  # type: ignore[arg-type] # whatever Popen takes as a path
                self.programs.append(os.fsdecode(program))  # type: ignore[arg-type]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self.programs.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        yield
        wrong = complaint((mark.name for mark in item.iter_markers()), self.programs)
        assert not wrong, wrong

# SPDX-License-Identifier: GPL-2.0-only
"""What a unit test does not start: Python, and programs that are written in it. They are up in no less than 0.2 s."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import which  # tests put their own in its place
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

MARKS = {"integration", "slow"}


def is_slow(program: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a program is one of those that stand beside this Python: respin, b4, lint-imports, itself."""
    found = which(program, path=environment.get("PATH", os.defpath))
    return bool(found) and Path(str(found)).parent == Path(sys.executable).parent


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

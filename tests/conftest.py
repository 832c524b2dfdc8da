# SPDX-License-Identifier: GPL-2.0-only
"""What all tests share: a stand-in for a kernel, and small series made on the spot."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from patchset.loader import read
from tests import examples, started
from tests.checks.made import commit, subject
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.contract import Subject
    from patchset.types import Series

examples.register()
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each program that a test starts compiles respin anew: 0.6 s
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:  # behind nohup or &, which programs that are started would inherit
        signal.signal(number, signal.SIG_DFL)

FAKELINUX = Path(__file__).parent / "fakelinux"
SERIES_TOML = """\
name = "fake"
title = "a fake series"
patches = ["first"]

[probe.marked]
files = ["include/widget.h"]
struct = "widget"
member = "random"

[probe.elsewhere]
files = ["kernel/elsewhere.c"]
"""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(started.Watch(), "started")


@pytest.fixture(scope="session")
def fakelinux() -> dict[str, bytes]:
    """Return the files of the stand-in kernel by path."""
    files = (path for path in FAKELINUX.rglob("*") if path.is_file())
    return {str(path.relative_to(FAKELINUX)): path.read_bytes() for path in files}


@pytest.fixture
def kernel(fakelinux: dict[str, bytes]) -> MemoryTree:
    return MemoryTree(fakelinux)


@pytest.fixture
def define(tmp_path: Path) -> Callable[..., Series]:
    """Return a function that makes a series of one patch from its edits' TOML and its fragments."""

    def make(edits: str, series: str = SERIES_TOML, **fragments: str) -> Series:
        folder, templates = tmp_path / "series", tmp_path / "c"
        folder.mkdir(exist_ok=True)
        templates.mkdir(exist_ok=True)
        (folder / "series.toml").write_text(series)
        (folder / "first.toml").write_text(f'subject = "fake: do it"\nmarker = "marked"\n{edits}')
        (folder / "first.txt").write_text("Because.\n")
        for name, text in fragments.items():
            (templates / f"{name}.j2").write_text(text)
        return read(folder, templates)

    return make


@pytest.fixture
def made_subject(tmp_path: Path) -> Subject:
    """Return a subject of two patches and one of tests."""
    commits = (commit(1, tree="1" * 40), commit(2, tree="2" * 40), commit(3, tree="3" * 40, tests=True))
    return subject(tmp_path, *commits)

# SPDX-License-Identifier: GPL-2.0-only
"""The stand-in kernel as a repository, and the series that is made for it, also for a process of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from patchset.loader import read
from tests import tinykernel

if TYPE_CHECKING:
    from patchset.types import Series

FAKELINUX = Path(__file__).with_name("fakelinux")
FAKESERIES = Path(__file__).with_name("fakeseries")
RESPIN = (
    sys.executable,
    "-c",
    """\
import sys
from respin import __main__, session
from tests import fake
session.load = fake.load
__main__.main(sys.argv[1:])
""",
)
"""The program with the series of the stand-in in place of its own."""


def load(name: str = "fake") -> Series:
    """Read the series, whatever it is called."""
    del name
    return read(FAKESERIES, FAKESERIES / "c")


def plain(folder: Path) -> Path:
    """Write the kernel as a plain directory."""
    shutil.copytree(FAKELINUX, folder)
    return folder


def repository(folder: Path) -> Path:
    """Write the kernel and commit it on the branch `main`, with a tag v1."""
    return shutil.copytree(tinykernel.committed(plain), folder, symlinks=True)

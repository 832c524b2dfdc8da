# SPDX-License-Identifier: GPL-2.0-only
"""respin as pip installs it from a wheel, in an environment of its own, which borrows the libraries of this one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


class Installed(NamedTuple):
    """An installation.

    Attributes:
        program: `respin`.
        packages: its site-packages.
    """

    program: Path
    packages: Path


def installed(room: Path) -> Installed:
    """Build a wheel of what git knows here, and install it below a folder.

    setuptools leaves files where it builds: that is a copy.
    """
    source, environment = room / "source", room / "venv"
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    for path in filter(None, listed.split("\0")):
        if not path.startswith(("tests/", "findings/")) and (ROOT / path).is_file():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, source / path)
    _run(*_PIP, "wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={room}", str(source))
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin/python"
    (wheel,) = room.glob("respin-*.whl")
    _run(*_PIP, f"--python={python}", "install", "--no-deps", "--no-compile", str(wheel))
    (packages,) = (environment / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # what lies there starts nothing here
    return Installed(environment / "bin/respin", packages)


def _run(*argv: str) -> None:
    subprocess.run(argv, capture_output=True, check=True)

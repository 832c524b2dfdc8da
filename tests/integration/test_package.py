# SPDX-License-Identifier: GPL-2.0-only
"""What `respin userland` writes, as Debian builds and judges a package of it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from checks.userland import companion
from patchset.loader import load
from respin import newseries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAINTAINER = "A Maintainer <maintainer@kernel.org>"
BUILD = ["dpkg-buildpackage", "--build=binary", "--unsigned-source", "--unsigned-changes"]


def lintian(folder: Path, files: Mapping[str, bytes]) -> tuple[int, str]:
    """Build a package of some files, and return lintian's exit status and what it says."""
    source = folder / "source"
    newseries.write(source, files)
    for path, content in files.items():
        if companion.executable(content):
            (source / path).chmod(companion.EXECUTABLE)
    subprocess.run(BUILD, cwd=source, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    (changes,) = folder.glob("*.changes")
    done = subprocess.run(
        ["lintian", "--fail-on=warning", str(changes)],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return companion.rendered(load("luks-kdump"), "initramfs-tools", MAINTAINER)


def test_lintian_accepts_the_package(files: dict[str, bytes], tmp_path: Path) -> None:
    code, said = lintian(tmp_path, files)
    assert (code, said) == (0, "")
    (package,) = tmp_path.glob("luks-kdump_*.deb")
    done = subprocess.run(["dpkg-deb", "--contents", str(package)], check=True, capture_output=True, timeout=60)
    there = {line.split()[5] for line in done.stdout.decode().splitlines()}
    assert {
        "./usr/lib/luks-kdump/luks-kdump-key",
        "./usr/share/initramfs-tools/hooks/luks-kdump",
        "./usr/share/initramfs-tools/scripts/local-top/luks-kdump",
        "./usr/share/man/man8/luks-kdump.8.gz",
        "./lib/systemd/system/luks-kdump.service",
    } <= there


def test_lintian_refuses_a_package_that_has_no_manual(files: dict[str, bytes], tmp_path: Path) -> None:
    without = {path: content for path, content in files.items() if not path.endswith(".8")}
    makefile = b"".join(
        line for line in files["Makefile"].splitlines(keepends=True) if b"man8/" not in line or b"\\" in line
    )
    code, said = lintian(tmp_path, {**without, "Makefile": makefile})
    assert (code, "no-manual-page" in said) == (2, True), said

# SPDX-License-Identifier: GPL-2.0-only
"""`--bisect-exit`: the codes, and the real git bisect run."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from checks import toolchain
from checks.registry import CHECKS
from patchset.errors import InfrastructureError
from respin.commands import check
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]


def test_good_and_bad(respin: Respin, kernel: Path) -> None:
    assert respin("explain", kernel, "--bisect-exit")[0] == 0
    (kernel / "kernel/gadget.c").write_text("int gone;\n")
    tinykernel.git(kernel, "commit", "--quiet", "--all", "--message=gone")
    assert respin("explain", kernel, "--bisect-exit")[0] == 1


@pytest.mark.parametrize(
    "call", [["--typo"], ["--only", "nothing"], ["--date", "yesterday"], ["--skip", ",".join(CHECKS)]]
)
def test_a_wrong_call_ends_the_search(respin: Respin, kernel: Path, call: list[str]) -> None:
    assert respin("check", kernel, *call)[0] == 2
    assert respin("check", kernel, "--bisect-exit", *call)[0] == 128


def test_a_commit_that_cannot_be_tested_is_skipped(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "missing", list)  # of every tool that a check needs
    assert respin("check", kernel, "--only", "coccinelle")[0] == 4
    assert respin("check", kernel, "--only", "coccinelle", "--bisect-exit")[0] == 125

    def broken(*arguments: object, **more: object) -> None:
        del arguments, more
        raise InfrastructureError("the disk is full")

    monkeypatch.setattr(check, "prove", broken)
    assert respin("check", kernel)[0] == 3
    assert respin("check", kernel, "--bisect-exit")[0] == 125


@pytest.mark.slow
def test_git_bisect_run_finds_the_commit(kernel: Path, tmp_path: Path) -> None:
    for number in range(6):
        (kernel / "Kbuild").write_text(f"# {number}\n")
        if number == 3:
            (kernel / "kernel/gadget.c").write_text("int gone;\n")
        tinykernel.git(kernel, "commit", "--quiet", "--all", f"--message=commit {number}")
    tinykernel.git(kernel, "bisect", "start", "HEAD", "HEAD~6")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "GIT_CONFIG_NOSYSTEM": "1"}
    argv = ["git", "-C", str(kernel), "bisect", "run", *fake.RESPIN, "explain", ".", "--bisect-exit"]
    environment["PYTHONPATH"] = os.pathsep.join([str(fake.FAKELINUX.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "commit 3" in tinykernel.git(kernel, "log", "-1", "--format=%s", "refs/bisect/bad")

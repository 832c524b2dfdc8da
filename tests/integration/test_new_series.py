# SPDX-License-Identifier: GPL-2.0-only
"""A series of `respin new-series` on a real kernel, and with a respin that was installed from a wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import firstkernel, tinykernel
from tests.checks import made
from tests.installed import Installed, installed

if TYPE_CHECKING:
    from generator.base import Base

ASKED = {"checkpatch", "mail-lint", "kernel-doc"}
PROGRAM = Path(sys.executable).with_name("respin")
PERSON = {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))}  # fmt: skip


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("wheel"))


def run(program: Path, *words: object, cwd: Path, home: Path | None = None, code: int = 0) -> str:
    """Run respin; return what it wrote to standard output, or to standard error where it fails."""
    more = (
        {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
        if home
        else {}
    )
    argv = [str(program), *map(str, words)]
    done = subprocess.run(argv, cwd=cwd, env=os.environ | PERSON | more, capture_output=True, check=False)
    assert done.returncode == code, done.stderr.decode()
    return (done.stderr if code else done.stdout).decode()


def test_on_a_real_kernel(base: Base, elsewhere: Path) -> None:
    run(PROGRAM, "new-series", "mine", cwd=elsewhere)
    assert "applies" in run(PROGRAM, "explain", base.spec, "--series", "./mine", cwd=elsewhere)
    words = (base.spec, "--series", "./mine", "--json", "report.json")
    run(PROGRAM, "check", *words, "--only", ",".join(sorted(ASKED)), cwd=elsewhere)
    report = json.loads((elsewhere / "report.json").read_text())
    assert {(one["check"], one["status"]) for one in report["results"]} == {(name, "PASS") for name in ASKED}
    assert {one["id"] for one in report["checks"]} == ASKED | {"coccinelle"}
    run(PROGRAM, "mail", base.spec, "--series", "./mine", "-o", "out", "--signoff", cwd=elsewhere)
    with base.open() as tree:
        text = tree.read("init/main.c")
    assert text is not None
    made.committed(elsewhere / "tree", 0, {"init/main.c": text.decode()})
    made.git(elsewhere / "tree", "am", "--quiet", "--empty=drop", str(elsewhere / "out/mine-v1.mbox"))
    assert "it runs when kernel_init() returns" in (elsewhere / "tree/init/main.c").read_text()


def test_from_a_wheel(wheel: Installed, elsewhere: Path, tmp_path: Path) -> None:
    kernel, home = firstkernel.repository(tmp_path / "linux"), tmp_path / "home"
    before = sources(wheel.packages)
    out = run(wheel.program, "new-series", "mine", cwd=elsewhere, home=home)
    assert "mine/c/first/comment.c.j2" in out.splitlines()
    run(wheel.program, "render", kernel, "--series", "./mine", "-o", "patches", cwd=elsewhere, home=home)
    assert [one.name for one in (elsewhere / "patches").iterdir()] == [
        "0001-init-say-when-the-first-program-runs.patch"
    ]
    run(wheel.program, "mail", kernel, "--series", "./mine", "-o", "out", cwd=elsewhere, home=home)
    assert (elsewhere / "out/mine-v1.mbox").is_file()
    err = run(wheel.program, "mail", "--next", cwd=elsewhere, home=home, code=2)
    own = home / "config/respin/series/luks-kdump"
    assert f"hint: `respin new-series {own} --from luks-kdump`" in err
    run(wheel.program, "new-series", own, "--from", "luks-kdump", cwd=elsewhere, home=home)
    history = own / "history.toml"
    text = history.read_text()
    number = text.count("[[version]]")
    text = text.replace(f"number = {number}\n", f'number = {number}\nlink = "https://example.org/"\n')
    history.write_text(text.replace("changes = []", 'changes = ["a"]'))
    run(wheel.program, "mail", "--next", cwd=elsewhere, home=home)
    assert f"number = {number + 1}" in history.read_text()
    assert sources(wheel.packages) == before


def sources(folder: Path) -> dict[str, str]:
    """Return every file below a folder, but for what Python itself makes of them."""
    return {path: text for path, text in tinykernel.snapshot(folder).items() if "__pycache__" not in path}

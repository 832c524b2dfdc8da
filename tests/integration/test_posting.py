# SPDX-License-Identifier: GPL-2.0-only
"""The mails of the real series on Debian's real kernels, in the hands of the programs that people have."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tinykernel import git

if TYPE_CHECKING:
    from generator.base import Base

BIN = Path(sys.executable).parent
ME = ("Kay Ernel", "kay@example.org")
TROUBLE = ("warning", "critical", "error", "fail", "badsig", "nokey")


@dataclass(frozen=True)
class Posted:
    """What `respin mail` wrote, a work tree of the base to try it in, and the tree that must come out."""

    base: Base
    files: tuple[Path, ...]
    work: Path
    tree: str
    environment: dict[str, str]

    def run(self, *argv: str, stdin: bytes = b"", code: int = 0) -> str:
        done = subprocess.run(argv, cwd=self.work, env=self.environment, input=stdin, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode()
        assert done.returncode == code, said
        return said

    def clean(self) -> None:
        git(self.work, "checkout", "--quiet", "--force", "-B", "main", self.base.commit)

    @property
    def patches(self) -> list[str]:
        return [str(file) for file in self.files[1:-1]]

    @property
    def mbox(self) -> str:
        return str(self.files[-1])

    @property
    def result(self) -> str:
        return git(self.work, "rev-parse", "HEAD^{tree}")


@pytest.fixture(scope="module")
def posted(base: Base, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Posted:
    room = tmp_path_factory.mktemp("posted")
    (room / "home").mkdir()
    (room / "home/.gitconfig").write_text(f"[user]\n\tname = {ME[0]}\n\temail = {ME[1]}\n")
    environment = {**os.environ, "HOME": str(room / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {f"XDG_{name}_HOME": str(room / name) for name in ("DATA", "CONFIG", "CACHE")}
    argv = [str(BIN / "respin"), "mail", base.spec, "-o", str(room / "out"), "--signoff", "--cache", str(cache)]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = tuple(Path(row) for row in done.stdout.splitlines())
    work = room / "linux"
    git(room, "init", "--quiet", str(work))
    (work / ".git/objects/info/alternates").write_text(f"{base.repository}/objects\n")
    touched = {row.split(" b/")[1] for row in files[-1].read_text().split("\n") if row.startswith("diff --git ")}
    git(work, "sparse-checkout", "set", "--no-cone", *(f"/{path}" for path in sorted(touched)))
    for key, value in zip(("user.name", "user.email"), ME, strict=True):
        git(work, "config", key, value)
    posting = Posted(base, files, work, "", environment)
    posting.clean()
    git(work, "am", "--quiet", *posting.patches)
    return Posted(base, files, work, posting.result, environment)


def quiet(said: str) -> bool:
    return not [word for word in TROUBLE if word in said.lower()]


def test_git_am_takes_the_mbox_and_gives_the_same_tree(posted: Posted) -> None:
    posted.clean()
    said = posted.run("git", "am", "--empty=drop", posted.mbox)
    assert (posted.result, quiet(said)) == (posted.tree, True), said
    assert git(posted.work, "log", "-5", "--format=%an <%ae>").split("\n") == [f"{ME[0]} <{ME[1]}>"] * 5


def test_git_send_email_takes_the_files(posted: Posted) -> None:
    said = posted.run("git", "send-email", "--dry-run", "--quiet", *map(str, posted.files[:-1]))
    assert [row.partition("]")[0] for row in said.splitlines()] == [
        f"Dry-Sent [PATCH v3 {number}/5" for number in range(6)
    ]


def test_b4_am_takes_the_mbox(posted: Posted, tmp_path: Path) -> None:
    posted.clean()
    said = posted.run(str(BIN / "b4"), "--offline-mode", "am", "-m", posted.mbox, "-o", str(tmp_path))
    assert "Total patches: 5" in said
    assert ("applies clean to current tree" in said, quiet(said)) == (True, True), said
    assert {one.suffix for one in tmp_path.iterdir()} == {".mbx", ".cover"}
    posted.run("git", "am", *(str(one) for one in tmp_path.glob("*.mbx")))
    assert posted.result == posted.tree


def test_b4_shazam_applies_the_mbox(posted: Posted) -> None:
    posted.clean()
    said = posted.run(str(BIN / "b4"), "--offline-mode", "shazam", "-m", posted.mbox)
    assert (posted.result, quiet(said)) == (posted.tree, True), said


def test_patatt_signs_what_it_then_vouches_for(posted: Posted, tmp_path: Path) -> None:
    posted.run(str(BIN / "patatt"), "genkey", "-n", "test")
    for key, value in (("signingkey", "ed25519:test"), ("selector", "test")):
        git(posted.work, "config", f"patatt.{key}", value)
    signed = [tmp_path / file.name for file in posted.files[:-1]]
    for file, source in zip(signed, posted.files, strict=False):
        file.write_bytes(source.read_bytes())
    posted.run(str(BIN / "patatt"), "sign", *map(str, signed))
    said = posted.run(str(BIN / "patatt"), "validate", *map(str, signed))
    assert (said.count("PASS"), quiet(said)) == (6, True), said
    posted.clean()
    posted.run("git", "am", *map(str, signed[1:]))
    assert posted.result == posted.tree
    (tmp_path / "signed.mbox").write_bytes(b"".join(file.read_bytes() for file in signed))
    lint = (str(BIN / "respin"), "lint", str(tmp_path / "signed.mbox"), "--only", "M05")
    assert "M05" not in posted.run(*lint)
    signed[2].write_bytes(signed[2].read_bytes().replace(b"crash dump", b"crash lump"))
    (tmp_path / "signed.mbox").write_bytes(b"".join(file.read_bytes() for file in signed))
    assert "BADSIG" in posted.run(*lint, "-v")


def test_the_lint_asks_for_a_public_base_and_nothing_else(posted: Posted) -> None:
    lint = (str(BIN / "respin"), "lint", posted.mbox, "--series", "luks-kdump", "--repository", str(posted.work))
    said = posted.run(*lint, code=1)
    assert (said.count("error: "), said.count("warning: "), said.count("[S01]")) == (1, 0, 1), said
    git(posted.work, "tag", "public", posted.base.commit)
    assert ": 6 PASS" in posted.run(*lint)

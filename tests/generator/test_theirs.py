# SPDX-License-Identifier: GPL-2.0-only
"""Git in repositories of others: whom it trusts, and that nothing of theirs runs."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from generator.process import DeadlineError
from generator.theirs import identity, is_repository, line, open_tree, resolve_commit
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


def test_the_users_identity(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Ann\n\temail = ann@example.org\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert identity(repository) == "Ann <ann@example.org>"


def test_no_identity(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    assert not identity(repository)
    tinykernel.git(repository, "config", "user.name", "Half")
    assert not identity(repository)


@pytest.mark.parametrize("revision", ["v2", "--all", "-x", "v1:Kbuild", "v1^{tree}", "", "HEAD~9", "\x1b[31m"])
def test_no_revision(repository: Path, revision: str) -> None:
    with pytest.raises(InputError, match="has no revision"):
        resolve_commit(repository, revision)


@pytest.mark.parametrize("revision", ["v1", "main", "HEAD", "main@{0}"])
def test_revision(repository: Path, revision: str) -> None:
    assert resolve_commit(repository, revision) == tinykernel.git(repository, "rev-parse", "HEAD")


def test_a_revision_whose_commit_is_not_there(repository: Path) -> None:
    first = tinykernel.git(repository, "rev-parse", "HEAD")
    tinykernel.git(repository, "commit", "--quiet", "--allow-empty", "--message=two")
    tinykernel.git(repository, "commit", "--quiet", "--allow-empty", "--message=three")
    (repository / ".git/objects" / first[:2] / first[2:]).unlink()
    for revision in ("v1", "HEAD~2", "HEAD~3"):
        with pytest.raises(InfrastructureError, match=first):
            resolve_commit(repository, revision)
    for revision in (first, first.upper(), first[:12], "v9"):
        with pytest.raises(InputError, match="has no revision"):
            resolve_commit(repository, revision)


def _gitfile(dot: Path) -> None:
    shutil.rmtree(dot)
    dot.write_text("gitdir: /nowhere/at/all\n")


def _emptied(dot: Path) -> None:
    shutil.rmtree(dot)
    dot.mkdir()


def _no_file(dot: Path) -> None:
    shutil.rmtree(dot)
    dot.write_text("")


def _dangling(dot: Path) -> None:
    shutil.rmtree(dot)
    dot.symlink_to("nowhere")


def _config(text: str) -> Callable[[Path], object]:
    return lambda dot: (dot / "config").write_text(text)


BROKEN: dict[str, Callable[[Path], object]] = {
    "reftable": _config("[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefstorage = no-such-format\n"),
    "version 99": _config("[core]\n\trepositoryformatversion = 99\n"),
    "bad config": _config("[core\n"),
    "object format": _config("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = rot13\n"),
    "no HEAD": lambda dot: (dot / "HEAD").unlink(),
    "HEAD is empty": lambda dot: (dot / "HEAD").write_text(""),
    "HEAD is something else": lambda dot: (dot / "HEAD").write_text("what?\n"),
    "no refs": lambda dot: shutil.rmtree(dot / "refs"),
    "no objects": lambda dot: shutil.rmtree(dot / "objects"),
    "empty": _emptied,
    "a file to nowhere": _gitfile,
    "an empty file": _no_file,
    "a link to nowhere": _dangling,
    "a commondir to nowhere": lambda dot: (dot / "commondir").write_text("/nowhere\n"),
}


@pytest.mark.parametrize("shape", BROKEN)
@pytest.mark.parametrize("where", ["alone", "inside another one"])
def test_a_broken_repository_is_not_a_plain_directory(tmp_path: Path, shape: str, where: str) -> None:
    folder = tinykernel.repository(tmp_path / "outer") / "in" if where != "alone" else tmp_path / "linux"
    BROKEN[shape](tinykernel.repository(folder) / ".git")
    with pytest.raises(InfrastructureError, match=f"{folder} holds a repository that git cannot use: git .*: fatal: "):
        is_repository(folder)


@pytest.mark.parametrize("part", ["HEAD", "refs", "objects"])
def test_a_broken_bare_repository(tmp_path: Path, part: str) -> None:
    folder = tinykernel.repository(tmp_path / "linux") / ".git"
    (folder / part).rename(tmp_path / "gone")
    with pytest.raises(InfrastructureError, match="holds a repository that git cannot use"):
        is_repository(folder)


def test_a_configuration_that_never_ends(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.theirs.LOOK_SECONDS", 0.2)
    os.mkfifo(tmp_path / "fifo")
    tinykernel.git(repository, "config", "include.path", str(tmp_path / "fifo"))
    with pytest.raises(DeadlineError, match=f"git timed out after 0 s, in {repository}") as told:
        is_repository(repository)
    assert told.value.hint.startswith("a file that its configuration includes may be a pipe; run it by hand: git -C")


def test_what_is_a_repository(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    (tmp_path / "by-link").symlink_to(repository)
    found = [repository, repository / ".git", tmp_path / "linked", tmp_path / "by-link"]
    assert [is_repository(one) for one in found] == [True] * 4
    assert not is_repository(repository / "kernel")


@pytest.mark.usefixtures("strange")
def test_a_strangers_repository_is_refused_with_gits_hint(repository: Path, tmp_path: Path) -> None:
    for ask in (is_repository, lambda one: resolve_commit(one, "HEAD"), lambda one: line(one, "rev-parse", "HEAD")):
        with pytest.raises(InputError, match=f"git: detected dubious ownership in repository at '{repository}") as told:
            ask(repository)
        assert told.value.hint == f"if you trust it: git config --global --add safe.directory {repository}"
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repository}\n")
    with open_tree(repository, resolve_commit(repository, "v1")) as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"


def test_nothing_is_fetched_for_a_partial_clone(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository}"
    tinykernel.git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", url, "partial")
    tinykernel.git(tmp_path / "partial", "config", "remote.origin.uploadpack", f"touch {tmp_path}/mark; false")
    with (
        open_tree(tmp_path / "partial", "HEAD") as tree,
        pytest.raises(InfrastructureError, match=r"^Kbuild cannot be read: .* could not fetch \w{40} from") as told,
    ):
        tree.read("Kbuild")
    assert "git fetch --refetch --no-filter" in told.value.hint
    assert not (tmp_path / "mark").exists()


def test_a_partial_clone_that_has_what_is_needed(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "config", "uploadpack.allowFilter", "true")
    tinykernel.git(
        tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repository}", "partial"
    )
    tinykernel.git(tmp_path / "partial", "fetch", "--quiet", "--refetch", "--no-filter")
    with open_tree(tmp_path / "partial", "HEAD") as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"

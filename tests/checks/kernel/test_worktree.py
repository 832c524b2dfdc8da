# SPDX-License-Identifier: GPL-2.0-only
"""The work trees in the cache, and the repository that only lends to them."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.kernel.worktree import WorkTree, full
from patchset.errors import InfrastructureError
from tests import tinykernel
from tests.checks.made import committed, context, git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.commit import Commit


@pytest.fixture
def commits(tmp_path: Path) -> tuple[Commit, Commit]:
    lender = tmp_path / "lender"
    base = committed(lender, 0, {"Makefile": "VERSION = 6\n", "kernel/a.c": "a\n", "drivers/b.c": "b\n"})
    return base, committed(lender, 1, {"kernel/a.c": "a\nmore\n", "kernel/new.c": "new\n"})


@pytest.fixture
def tree(tmp_path: Path) -> WorkTree:
    return WorkTree(tmp_path / "trees" / "tree", tmp_path / "lender" / ".git")


def files(tree: WorkTree) -> dict[str, str]:
    found = (path for path in tree.source.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(tree.source)): path.read_text() for path in found}


def test_kernels_are_built_below_a_real_path(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    asked = replace(context(tmp_path), cache=tmp_path / "link/cache")
    assert full(asked).folder.parent == tmp_path / "real/cache/trees"


def test_a_tree_of_a_repository_whose_ids_are_longer(tree: WorkTree, tmp_path: Path) -> None:
    lender = tinykernel.plain(tmp_path / "lender")
    tinykernel.git(lender, "init", "--quiet", "--object-format=sha256")
    tinykernel.git(lender, "add", "--all")
    tinykernel.git(lender, "commit", "--quiet", "--message=base")
    with tree.held():
        tree.checkout(tinykernel.git(lender, "rev-parse", "HEAD"))
    assert files(tree)["Kbuild"] == "# Kbuild\n"


@pytest.mark.parametrize(("name", "what"), [("a,b", "comma"), ("a b", "space"), ("a:b", "colon"), ("a\nb", "newline")])
def test_a_folder_in_which_no_kernel_can_be_built_is_named(tmp_path: Path, name: str, what: str) -> None:
    with pytest.raises(InfrastructureError, match=rf"no kernel can be built below (?s:.*): .* take no {what}") as error:
        full(replace(context(tmp_path), cache=tmp_path / name))
    assert error.value.hint == "choose another folder with --cache"


BASE = {"Makefile": "VERSION = 6\n", "kernel/a.c": "a\n", "drivers/b.c": "b\n"}
FIRST = BASE | {"kernel/a.c": "a\nmore\n", "kernel/new.c": "new\n"}


def test_checkout_forth_and_back(tree: WorkTree, commits: tuple[Commit, Commit]) -> None:
    with tree.held():
        for commit, wanted in ((commits[0], BASE), (commits[1], FIRST), (commits[0], BASE)):
            tree.checkout(commit.sha)
            assert files(tree) == wanted


def test_what_did_not_change_keeps_its_time(tree: WorkTree, commits: tuple[Commit, Commit]) -> None:
    with tree.held():
        tree.checkout(commits[0].sha)
        before = (tree.source / "drivers/b.c").stat().st_mtime_ns
        tree.checkout(commits[1].sha)
        assert (tree.source / "drivers/b.c").stat().st_mtime_ns == before


def test_what_does_not_belong_is_removed(tree: WorkTree, commits: tuple[Commit, Commit]) -> None:
    with tree.held():
        tree.checkout(commits[0].sha)
        (tree.source / ".gitignore").write_text(".config\n")
        (tree.source / ".config").write_text("CONFIG_A=y\n")
        (tree.source / "kernel/a.c").write_text("scribbled\n")
        (tree.source / ".checkpatch-camelcase.1").write_text("kept\n")
        tree.checkout(commits[0].sha)
        assert files(tree) == BASE | {".checkpatch-camelcase.1": "kept\n"}


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no HEAD": lambda git: (git / "HEAD").unlink(),
    "junk in the index": lambda git: (git / "index").write_bytes(b"junk"),
    "a lock left": lambda git: (git / "index.lock").touch(),
    "junk in config": lambda git: (git / "config").write_text("[[["),
    "no repository": shutil.rmtree,
    "no folder": lambda git: shutil.rmtree(git.parent),
    "no alternates": lambda git: (git / "objects/info/alternates").unlink(),
    "another lender": lambda git: (git / "objects/info/alternates").write_text("/nowhere\n"),
    "files gone": lambda git: shutil.rmtree(git.parent / "kernel"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_tree_is_made_whole(
    tree: WorkTree, commits: tuple[Commit, Commit], damage: Callable[[Path], object]
) -> None:
    with tree.held():
        tree.checkout(commits[0].sha)
    damage(tree.source / ".git")
    with tree.held():
        tree.checkout(commits[1].sha)
        assert files(tree) == FIRST


def test_a_commit_that_is_not_there(tree: WorkTree, commits: tuple[Commit, Commit]) -> None:
    with tree.held():
        with pytest.raises(InfrastructureError):
            tree.checkout("d" * 40)
        tree.checkout(commits[0].sha)
        assert files(tree) == BASE


def test_the_lender_is_left_as_it_was(tmp_path: Path, tree: WorkTree, commits: tuple[Commit, Commit]) -> None:
    lender = tmp_path / "lender"

    def state() -> tuple[str, ...]:
        return (
            git(lender, "for-each-ref"), git(lender, "worktree", "list"), git(lender, "rev-parse", "HEAD"),
            git(lender, "status", "--porcelain"), (lender / ".git/config").read_text(),
            " ".join(sorted(str(path) for path in lender.rglob("*"))),
        )  # fmt: skip

    before = state()
    with tree.held():
        for commit in commits:
            tree.checkout(commit.sha)
    assert state() == before


def test_a_sparse_tree_has_what_was_asked_for(tmp_path: Path, commits: tuple[Commit, Commit]) -> None:
    tree = WorkTree(tmp_path / "sparse", tmp_path / "lender" / ".git", ("/*", "!/*/", "/kernel/a.c"))
    with tree.held():
        tree.checkout(commits[1].sha)
        assert set(files(tree)) == {"Makefile", "kernel/a.c"}


def test_a_sparse_tree_follows_what_is_asked_for(tmp_path: Path, commits: tuple[Commit, Commit]) -> None:
    for path in ("kernel/a.c", "kernel/new.c"):
        tree = WorkTree(tmp_path / "sparse", tmp_path / "lender" / ".git", ("/*", "!/*/", f"/{path}"))
        with tree.held():
            tree.checkout(commits[1].sha)
            assert set(files(tree)) == {"Makefile", path}


def test_nobody_elses_git_reaches_in(
    tree: WorkTree, commits: tuple[Commit, Commit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    with tree.held():
        tree.checkout(commits[0].sha)
        assert files(tree) == BASE


def test_the_shared_tree(tmp_path: Path) -> None:
    tree = full(context(tmp_path))
    assert tree.folder == tmp_path / "cache/trees" / ("b" * 16)
    assert tree.checkout_line("a b").endswith("--detach 'a b'")


def test_a_new_tree_takes_the_place_of_the_oldest(
    tree: WorkTree, commits: tuple[Commit, Commit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checks.kernel.worktree.forget.__defaults__", (2,))
    others = [replace(tree, folder=tree.folder.with_name(name)) for name in ("first", "second", "third")]
    for number, one in enumerate(others):
        with one.held():
            one.checkout(commits[0].sha)
        lock = one.folder.with_name(f"{one.folder.name}.lock")
        os.utime(lock, (number + 1, number + 1))
    assert [one.folder.is_dir() for one in others] == [False, True, True]
    with others[0].held():  # it is made anew
        others[0].checkout(commits[1].sha)
        assert files(others[0])["kernel/new.c"] == "new\n"

# SPDX-License-Identifier: GPL-2.0-only
"""The store, and commits on their way into the user's repository, which is left alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from generator import store as store_module
from generator.base import Base
from generator.bases import find
from generator.commit import Commit, Stamp, commit_all
from generator.git import git, open_tree
from generator.process import DeadlineError
from generator.store import Store, claim, deliver, opened
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAMP = Stamp("Ann <ann@example.org>", 1700000100)


def _ignore(text: str) -> None:
    del text


def _base(spec: object, cache: Path) -> Base:
    return find(str(spec), cache, _ignore)


def _commit(base: Base, cache: Path) -> tuple[Store, tuple[Commit, ...]]:
    with opened(base, cache, _ignore) as store:
        return store, commit_all(store, tinykernel.patches(), STAMP)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_user_repository_is_untouched(repository: Path, cache: Path) -> None:
    (repository / "Kbuild").write_text("work in progress")
    before = tinykernel.snapshot(repository)
    _commit(_base(repository, cache), cache)
    assert tinykernel.snapshot(repository) == before


def test_deliver_moves_one_ref_and_nothing_else(repository: Path, cache: Path) -> None:
    (repository / "Kbuild").write_text("work in progress")
    before = tinykernel.snapshot(repository)
    store, commits = _commit(_base(repository, cache), cache)
    assert deliver(store, commits[-1].sha, repository, "topic/x", force=False) == ("refs/heads/topic/x", True)
    after = tinykernel.snapshot(repository)
    assert {path: text for path, text in after.items() if path in before} == before
    new = set(after) - set(before)
    assert all(
        path.startswith((".git/objects/", ".git/refs/heads/topic", ".git/logs/refs/heads/topic")) for path in new
    )
    assert tinykernel.git(repository, "rev-parse", "topic/x") == commits[-1].sha
    assert len(tinykernel.git(repository, "reflog", "show", "topic/x").splitlines()) == 1
    tinykernel.git(repository, "fsck", "--strict")
    assert tinykernel.git(repository, "rev-list", "--count", "main..topic/x") == "2"


def test_whole_objects_reach_a_repository_alone(repository: Path, cache: Path, tmp_path: Path) -> None:
    store, commits = _commit(_base(repository, cache), cache)
    deliver(store, commits[-1].sha, repository, "x", force=False)
    store.repository.rename(tmp_path / "gone")
    assert tinykernel.git(repository, "show", "x:kernel/dm_crypt.c") == "int dm_crypt;"


def test_many_packs_become_one_and_no_object_is_lost(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PACKS", 3)
    base, shas = _base(repository, cache), []
    for date in range(6):
        with opened(base, cache, _ignore) as store:
            assert len(list(store.repository.glob("objects/pack/*.pack"))) <= 3
            shas += [one.sha for one in commit_all(store, tinykernel.patches(), STAMP._replace(date=date))]
    with opened(base, cache, _ignore) as store:
        assert len(list(store.repository.glob("objects/pack/*.pack"))) <= 3
        tinykernel.git(store.repository, "rev-list", "--objects", *shas)
        tinykernel.git(store.repository, "fsck", "--strict", *shas)
    assert len(shas) == 12


def test_a_store_that_cannot_be_tidied_is_used_as_it_is(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = _base(repository, cache)
    first = _commit(base, cache)

    def slow(where: Path, *arguments: str, **words: object) -> object:
        if arguments[0] == "multi-pack-index":
            (where / "objects/pack/tmp_pack_x").write_text("half")
            raise DeadlineError("it took too long")
        return git(where, *arguments, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(store_module, "git", slow)
    monkeypatch.setattr(store_module, "PACKS", 0)
    said: list[str] = []
    with opened(base, cache, said.append) as store:
        assert (store, commit_all(store, tinykernel.patches(), STAMP)) == first
    assert said == ["packing what was rendered before"]
    assert not list(store.repository.glob("objects/pack/tmp_*"))


def test_existing_ref_needs_force(repository: Path, cache: Path) -> None:
    tinykernel.git(repository, "branch", "x")
    store, commits = _commit(_base(repository, cache), cache)
    before = tinykernel.snapshot(repository)
    with pytest.raises(InputError, match="refs/heads/x exists already"):
        deliver(store, commits[-1].sha, repository, "x", force=False)
    assert tinykernel.snapshot(repository) == before
    deliver(store, commits[-1].sha, repository, "x", force=True)
    assert tinykernel.git(repository, "rev-parse", "x") == commits[-1].sha


def test_a_ref_that_points_there_already_is_left_as_it_is(repository: Path, cache: Path) -> None:
    store, commits = _commit(_base(repository, cache), cache)
    assert deliver(store, commits[-1].sha, repository, "x", force=False) == ("refs/heads/x", True)
    tinykernel.git(repository, "checkout", "--quiet", "x")
    before = tinykernel.snapshot(repository)
    for force in (False, True):
        assert deliver(store, commits[-1].sha, repository, "x", force=force) == ("refs/heads/x", False)
        with pytest.raises(InputError, match="is checked out"):
            deliver(store, commits[0].sha, repository, "x", force=force)
    assert tinykernel.snapshot(repository) == before


def test_checked_out_ref_is_refused(repository: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    for ref in ("main", "refs/heads/main", "side"):
        with pytest.raises(InputError, match="is checked out"):
            claim(repository, ref, force=True, same="".__eq__)


def test_symbolic_ref_is_refused(repository: Path) -> None:
    tinykernel.git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    with pytest.raises(InputError, match="refs/heads/alias points to refs/heads/main"):
        claim(repository, "alias", force=True, same="".__eq__)


@pytest.mark.parametrize(
    "ref",
    [
        "-x",
        "a..b",
        "a b",
        "a~1",
        "x.lock",
        "/",
        "",
        "a\x1b",
        "refs/heads/../HEAD",
        "a@{1}",
        "HEAD",
        "refs/heads/-x",
        "refs/tags/HEAD",
    ],
)
def test_odd_names_are_refused(repository: Path, ref: str) -> None:
    with pytest.raises(InputError, match="is not a valid ref name"):
        claim(repository, ref, force=True, same="".__eq__)


@pytest.mark.parametrize(("ref", "other"), [("x/y", "x"), ("x/y/z", "x"), ("a", "a/b"), ("refs/tags/v1/x", "v1")])
def test_ref_in_the_way_of_a_folder(repository: Path, ref: str, other: str) -> None:
    for branch in ("x", "a/b"):
        tinykernel.git(repository, "branch", branch)
    with pytest.raises(InputError, match=f"cannot be beside refs/.*/{other},"):
        claim(repository, ref, force=True, same="".__eq__)
    for beside in ("a/c", "xy", "refs/tags/x/y", "v1/x"):
        assert claim(repository, beside, force=True, same="".__eq__)[1] == ""


@pytest.mark.parametrize("ref", ["refs/heads/x", "refs/tags/x"])
def test_full_ref(repository: Path, cache: Path, ref: str) -> None:
    store, commits = _commit(_base(repository, cache), cache)
    assert deliver(store, commits[-1].sha, repository, ref, force=False) == (ref, True)
    assert tinykernel.git(repository, "rev-parse", ref) == commits[-1].sha


@pytest.mark.parametrize("ref", ["refs/replace/x", "refs/remotes/origin/x", "refs/stash", "refs/x", "refs/heads"])
def test_refs_that_are_neither_branch_nor_tag(repository: Path, ref: str) -> None:
    with pytest.raises(InputError, match="neither below refs/heads/ nor below refs/tags/"):
        claim(repository, ref, force=True, same="".__eq__)


def test_the_branch_before_by_its_short_name(repository: Path) -> None:
    """As `git check-ref-format --branch` takes it."""
    tinykernel.git(repository, "branch", "before")
    tinykernel.git(repository, "checkout", "--quiet", "before")
    tinykernel.git(repository, "checkout", "--quiet", "main")
    with pytest.raises(InputError, match="refs/heads/before exists already"):
        claim(repository, "@{-1}", force=False, same="".__eq__)


def test_a_hook_that_refuses_is_named(repository: Path, cache: Path) -> None:
    hook = repository / ".git/hooks/reference-transaction"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    store, commits = _commit(_base(repository, cache), cache)
    with pytest.raises(InputError, match="refs/heads/x was refused by the repository's reference-transaction hook"):
        deliver(store, commits[-1].sha, repository, "x", force=False)


@pytest.mark.parametrize("name", [b"line\nend", b'quo"te\\\n', b"comma,at@", b"latin-\xe9", b" spaces "])
@pytest.mark.parametrize("linked", [False, True])
def test_odd_paths(cache: Path, tmp_path: Path, name: bytes, *, linked: bool) -> None:
    repository = tinykernel.repository(tmp_path / os.fsdecode(name))
    if linked:
        tinykernel.git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / os.fsdecode(b"2" + name)))
        repository = tmp_path / os.fsdecode(b"2" + name)
    store, commits = _commit(_base(repository, cache), cache)
    deliver(store, commits[-1].sha, repository, "x", force=False)
    assert tinykernel.git(repository, "rev-parse", "x") == commits[-1].sha


def test_shallow_clone_and_bare_repository(repository: Path, cache: Path, tmp_path: Path) -> None:
    tinykernel.git(repository, "commit", "--quiet", "--allow-empty", "--message=two")
    tinykernel.git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    tinykernel.git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    shas = set()
    for name in ("linux", "shallow", "bare.git"):
        store, commits = _commit(_base(tmp_path / name, cache), cache)
        deliver(store, commits[-1].sha, tmp_path / name, "x", force=False)
        shas.add(tinykernel.git(tmp_path / name, "rev-parse", "x"))
    assert len(shas) == 1


def test_plain_directory_is_the_same_base_each_time(cache: Path, tmp_path: Path) -> None:
    folder = tinykernel.plain(tmp_path / "plain")
    (folder / ".gitignore").write_text("*.c\n")
    before = tinykernel.snapshot(folder)
    with opened(_base(folder, cache), cache, _ignore) as store:
        first = store.base
    with opened(_base(folder, cache), tmp_path / "other", _ignore) as store:
        assert store.base == first
        names = tinykernel.git(store.repository, "ls-tree", "-r", "--name-only", first).split()
    assert set(names) == {*tinykernel.FILES, ".gitignore"}
    assert tinykernel.snapshot(folder) == before
    (folder / "Kbuild").write_text("other")
    with opened(_base(folder, cache), cache, _ignore) as store:
        assert store.base != first


def test_a_plain_directory_is_taken_byte_by_byte(cache: Path, tmp_path: Path) -> None:
    """Whatever its attributes say; a repository in it is files like any others, and what is neither file nor link is not."""
    folder = tinykernel.plain(tmp_path / "plain")
    tinykernel.repository(folder / "inner")
    (folder / ".gitattributes").write_text("* text eol=lf ident working-tree-encoding=UTF-16 filter=none\n")
    odd = {"dos.c": b"/* $Id$ */\r\n", os.fsdecode(b"caf\xe9"): b"", "line\nend": b"x"}
    for name, text in odd.items():
        (folder / name).write_bytes(text)
    (folder / "link").symlink_to("nowhere")
    (folder / "folder-link").symlink_to("kernel")
    os.mkfifo(folder / "fifo")
    for changed in ("", "Kbuild", "kernel/kexec_file.c"):
        if changed:
            (folder / changed).unlink()
            (folder / changed).mkdir()
            (folder / changed / "below").write_text("what was a file is a folder")
        with opened(_base_of(folder), cache, _ignore) as store:
            listed = tinykernel.git(store.repository, "ls-tree", "-rz", "--name-only", store.base).split("\0")
            files = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() or one.is_symlink()}
            assert {*listed} - {""} == {one for one in files if ".git" not in one.split("/")} | {"folder-link"}
            with open_tree(store.repository, store.base) as tree:
                assert {name: tree.read(name) for name in odd} == odd


def _base_of(folder: Path) -> Base:
    return Base(str(folder), "x", "6.1", None, "", folder)


def test_some_files_of_a_plain_directory(cache: Path, tmp_path: Path) -> None:
    base = _base(tinykernel.plain(tmp_path / "plain"), cache)
    with opened(base, cache, _ignore, {"Kbuild": b"k\n", "scripts/tool.sh": b""}) as store:
        listed = tinykernel.git(store.repository, "ls-tree", "-r", "--format=%(objectmode) %(path)", store.base)
        assert listed.splitlines() == ["100644 Kbuild", "100755 scripts/tool.sh"]
        assert not tinykernel.git(store.repository, "for-each-ref")


def test_folder_whose_name_is_no_utf8(cache: Path, tmp_path: Path) -> None:
    folder = tinykernel.plain(tmp_path / os.fsdecode(b"linux-\xff"))
    store, commits = _commit(_base(folder, cache), cache)
    assert tinykernel.git(store.repository, "rev-list", "--count", f"{store.base}..{commits[-1].sha}") == "2"


def test_left_over_index_lock(cache: Path, tmp_path: Path) -> None:
    base = _base(tinykernel.plain(tmp_path / "plain"), cache)
    with opened(base, cache, _ignore) as store:
        (store.repository / "folder.index.lock").write_bytes(b"")
        first = store.base
    with opened(base, cache, _ignore) as store:
        assert store.base == first


def test_cache_that_cannot_be_made(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    base = _base(repository, tmp_path / "cache")
    with pytest.raises(InputError, match="the cache folder"), opened(base, tmp_path / "file" / "cache", _ignore):
        pass


def test_repository_without_objects(repository: Path, cache: Path) -> None:
    base = _base(repository, cache)
    (repository / ".git/objects").rename(repository / ".git/gone")
    with pytest.raises(InfrastructureError, match="not a git repository"), opened(base, cache, _ignore):
        pass


def test_a_ref_that_somebody_else_moved_meanwhile(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, commits = _commit(_base(repository, cache), cache)
    tip = tinykernel.git(repository, "commit-tree", "-m", "theirs", "HEAD^{tree}")
    real = store_module.claim

    def late(target: Path, ref: str, *, force: bool, same: Callable[[str], bool]) -> tuple[str, str]:
        claimed = real(target, ref, force=force, same=same)
        tinykernel.git(target, "update-ref", "refs/heads/x", tip)
        return claimed

    monkeypatch.setattr(store_module, "claim", late)
    with pytest.raises(InputError, match="refs/heads/x was changed by another process meanwhile"):
        deliver(store, commits[-1].sha, repository, "x", force=True)
    assert tinykernel.git(repository, "rev-parse", "x") == tip

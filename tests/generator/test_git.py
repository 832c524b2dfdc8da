# SPDX-License-Identifier: GPL-2.0-only
"""Git in a clean environment, and the files of a commit."""

from __future__ import annotations

import errno
import fcntl
import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.git import GitTree, date_of, environment, git, line, open_tree, sweep, talk
from generator.process import run
from generator.theirs import resolve_commit
from patchset.errors import InfrastructureError
from tests import tinykernel

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


def test_what_a_hook_or_a_shell_sets_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    local = run(["git", "rev-parse", "--local-env-vars"], seconds=10).text.split()
    for name in (*local, "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_TEMPLATE_DIR", "GIT_QUARANTINE_PATH", "LANGUAGE"):
        monkeypatch.setenv(name, "x")
    mine = environment()
    assert {name for name in mine if mine[name] == "x"} == set()
    assert {name for name in local if mine[name] is not None} == {"GIT_NO_REPLACE_OBJECTS"}


def test_foreign_git_dir_does_not_count(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_COMMON_DIR", str(tmp_path / "common"))
    assert line(repository, "rev-parse", "--show-toplevel") == str(repository)


def test_user_settings_do_not_count(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[diff]\n\tnoprefix = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert not line(repository, "config", "diff.noprefix")


def test_failure(repository: Path) -> None:
    with pytest.raises(InfrastructureError, match=r"git ended with 128: fatal"):
        git(repository, "cat-file", "-p", "no-such-object")
    assert not line(repository, "cat-file", "-p", "no-such-object")


def test_tree(repository: Path) -> None:
    commit = resolve_commit(repository, "v1")
    (repository / "Kbuild").write_text("not committed")
    with open_tree(repository, commit) as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"
        assert tree.read("no/such file missing") is None
        assert tree.read("nowhere") is None
        assert tree.read("kernel") is None
        assert tree.read("kernel/kexec_file.c") == b"int kexec_file;\n"


def test_tree_reads_empty_and_binary_files(repository: Path) -> None:
    (repository / "empty").write_bytes(b"")
    (repository / "binary").write_bytes(bytes(range(256)) * 300)
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=more")
    with open_tree(repository, resolve_commit(repository, "HEAD")) as tree:
        assert tree.read("empty") == b""
        assert tree.read("binary") == bytes(range(256)) * 300
        assert tree.read("Kbuild") == b"# Kbuild\n"


def test_tree_that_was_told_what_is_read(repository: Path) -> None:
    """In any order, what was not told too, and what is not there; a pipe's worth of bytes stops nobody."""
    (repository / "big").write_bytes(b"x" * 300_000)
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=more")
    with open_tree(repository, resolve_commit(repository, "HEAD")) as tree:
        tree.expect(["big", "nowhere", "Kbuild", "kernel", "Kbuild"])
        tree.expect(["Kbuild"])
        assert tree.read("Kbuild") == b"# Kbuild\n"
        assert tree.read("kernel/kexec_file.c") == b"int kexec_file;\n"
        assert [tree.read(path) for path in ("kernel", "nowhere")] == [None, None]
        assert tree.date() == 1700000000
        assert tree.read("big") == b"x" * 300_000
        assert tree.read("Kbuild") == b"# Kbuild\n"


def test_tree_follows_links_that_stay_inside(repository: Path) -> None:
    links = {"in": "Kbuild", "kernel/up": "../Kbuild", "out": "/etc/passwd", "dangling": "nowhere", "round": "round"}
    for name, target in links.items():
        (repository / name).symlink_to(target)
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=links")
    with open_tree(repository, resolve_commit(repository, "HEAD")) as tree:
        read = {name: tree.read(name) for name in links}
        assert read == {"in": b"# Kbuild\n", "kernel/up": b"# Kbuild\n", "out": None, "dangling": None, "round": None}
        assert tree.read("Kbuild/below") is None
        assert tree.read("Kbuild") == b"# Kbuild\n"


def test_tree_whose_git_ends(repository: Path, tmp_path: Path) -> None:
    with (
        open_tree(tmp_path / "nowhere", "HEAD") as tree,
        pytest.raises(InfrastructureError, match="before it answered"),
    ):
        tree.read("Kbuild")
    assert repository.is_dir()


def test_a_file_that_is_cut_off_is_none() -> None:
    said = SimpleNamespace(stdin=io.BytesIO(), stdout=io.BytesIO(b"0123 blob 100\nonly a part"))
    with pytest.raises(InfrastructureError, match="before it answered"):
        GitTree(cast("subprocess.Popen[bytes]", said), "HEAD").read("Kbuild")


def test_pipes_that_may_not_hold_more(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(errno.EPERM, "the user's pipes hold enough")

    monkeypatch.setattr(fcntl, "fcntl", refused)
    with open_tree(repository, "HEAD") as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"


def test_date(repository: Path) -> None:
    with open_tree(repository, "HEAD") as tree:
        assert tree.date() == 1700000000


@given(st.binary())
def test_date_of_anything(text: bytes) -> None:
    assert date_of(text) >= 0


def test_talk(repository: Path) -> None:
    with talk(repository, "cat-file", "--batch-check=%(objecttype)") as say:
        assert say([b"HEAD\n", b"HEAD:Kbuild\n"], 2) == ["commit", "blob"]
        assert say([b"HEAD:nothing\n"], 1) == ["HEAD:nothing missing"]
        assert not say([], 0)


def test_talk_with_one_that_ends(repository: Path) -> None:
    with (
        pytest.raises(InfrastructureError, match=r"git ended with 129: .*"),
        talk(repository, "cat-file", "--no-such-option") as say,
    ):
        say([b"HEAD\n"], 1)
    with (
        pytest.raises(InfrastructureError, match=r"git ended with 1[0-9]*: fatal: Unsupported command: nonsense"),
        talk(repository, "fast-import", "--quiet") as say,
    ):
        say([b"nonsense\n"], 0)


LEFT = (
    *("objects/pack/tmp_pack_x", "objects/pack/pack-1.keep", "objects/pack/multi-pack-index.lock"),
    *("fast_import_crash_7", "refs/respin.lock", "packed-refs.lock"),
)


def test_what_a_stopped_git_leaves_is_swept_up_and_nothing_else_is(tmp_path: Path) -> None:
    tinykernel.git(tmp_path, "init", "--quiet", "--bare", ".")
    before = tinykernel.snapshot(tmp_path)
    for path in LEFT:
        (tmp_path / path).write_text("x")
    sweep(tmp_path)
    assert tinykernel.snapshot(tmp_path) == before

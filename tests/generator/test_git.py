# SPDX-License-Identifier: GPL-2.0-only
"""Git in a clean environment, and the files of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.git import environment, git, line, sweep, talk
from generator.process import run
from patchset.errors import InfrastructureError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux") / ".git"


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
    assert line(repository, "rev-parse", "--absolute-git-dir") == str(repository)


def test_user_settings_do_not_count(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[diff]\n\tnoprefix = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert not line(repository, "config", "diff.noprefix")


def test_user_attributes_do_not_count(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the file that git reads where no setting names one."""
    (tmp_path / "git").mkdir()
    (tmp_path / "git/attributes").write_text("* diff=mine\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert line(repository, "check-attr", "diff", "--", "Kbuild") == "Kbuild: diff: unspecified"


def test_ours_may_be_owned_by_somebody_else(strange: Path, repository: Path) -> None:
    """As a cache that several users share; nobody has told git to trust it."""
    del strange
    assert line(repository, "rev-parse", "--git-dir")


def test_a_broken_one_of_ours_is_not_looked_for_further_up(repository: Path) -> None:
    inner = repository.parent / "kernel" / "store.git"
    inner.mkdir()
    with pytest.raises(InfrastructureError, match="fatal: not a git repository"):
        git(inner, "update-ref", "refs/heads/x", "HEAD")


def test_failure(repository: Path) -> None:
    with pytest.raises(InfrastructureError, match=r"git ended with 128: fatal"):
        git(repository, "cat-file", "-p", "no-such-object")
    assert not line(repository, "cat-file", "-p", "no-such-object")


def test_talk(repository: Path) -> None:
    with talk(repository, "cat-file", "--batch-check=%(objecttype)") as say:
        assert say(b"HEAD\nHEAD:Kbuild\n", 2) == ["commit", "blob"]
        assert say(b"HEAD:nothing\n", 1) == ["HEAD:nothing missing"]
        assert not say(b"", 0)


def test_talk_with_one_that_ends(repository: Path) -> None:
    with (
        pytest.raises(InfrastructureError, match=r"git ended with 129: .*"),
        talk(repository, "cat-file", "--no-such-option") as say,
    ):
        say(b"HEAD\n", 1)
    with (
        pytest.raises(InfrastructureError, match=r"git ended with 1[0-9]*: fatal: Unsupported command: nonsense"),
        talk(repository, "fast-import", "--quiet") as say,
    ):
        say(b"nonsense\n", 0)


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

# SPDX-License-Identifier: GPL-2.0-only
"""Git in repositories of others: whom it trusts, and that nothing of theirs runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.theirs import identity, resolve_commit
from patchset.errors import InputError
from tests import tinykernel

if TYPE_CHECKING:
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

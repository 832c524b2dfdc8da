# SPDX-License-Identifier: GPL-2.0-only
"""A kernel in a folder of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.bases import find
from generator.commit import Stamp, commit_all
from generator.store import opened
from generator.subfolder import Split, split
from patchset.errors import InputError
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Base


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """Return a vendor's repository: the kernel is one of its folders."""
    repository = tmp_path / "product"
    tinykernel.plain(repository / "vendor" / "linux-stable")
    (repository / "README").write_text("a product\n")
    tinykernel.git(tmp_path, "init", "--quiet", "--initial-branch=main", str(repository))
    tinykernel.git(repository, "add", ".")
    tinykernel.git(repository, "commit", "--quiet", "--message=first")
    tinykernel.git(repository, "tag", "v1")
    return repository


def _find(spec: str, cache: Path) -> Base:
    return find(spec, cache, lambda _: None)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("v6.1", ("v6.1", "")),
        ("v6.1:linux", ("v6.1", "linux")),
        ("main@{1}:a/b/", ("main@{1}", "a/b")),
        ("v6.1:./a//b", ("v6.1", "a/b")),
        ("v6.1:", ("v6.1", "")),
        ("HEAD^{/x86: fix}", ("HEAD^{/x86: fix}", "")),
        ("HEAD^{/x86: fix}:linux", ("HEAD^{/x86: fix}", "linux")),
        ("@{2026-11-28 10:00}:linux", ("@{2026-11-28 10:00}", "linux")),
        (":/x86: fix", (":/x86: fix", "")),
        ("v6.1:a:b", ("v6.1", "a:b")),
        ("a b:linux", ("a b:linux", "")),
        ("", ("", "")),
    ],
)
def test_split(words: str, parts: tuple[str, str]) -> None:
    assert split(words) == Split(*parts)


def test_its_files_are_the_base(product: Path, tmp_path: Path) -> None:
    before = tinykernel.snapshot(product)
    base = _find(f"{product}@v1:vendor/linux-stable", tmp_path / "cache")
    head = tinykernel.git(product, "rev-parse", "HEAD")
    assert (base.name, base.version, base.origin) == (f"product-linux-stable-{head[:12]}", "6.1.7", product)
    assert base.date == int(tinykernel.git(product, "log", "-1", "--format=%ct"))
    assert not base.public
    with base.open() as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"
        assert tree.read("README") is None
    assert _find(f"{product}@main:./vendor/linux-stable/", tmp_path / "cache").commit == base.commit
    assert tinykernel.snapshot(product) == before


def test_commits_are_made_on_it(product: Path, tmp_path: Path) -> None:
    base = _find(f"{product}@v1:vendor/linux-stable", tmp_path / "cache")
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        commits = commit_all(store, tinykernel.patches(), Stamp("A U Thor <author@example.org>", base.date))
        listed = tinykernel.git(store.repository, "ls-tree", "-r", "--name-only", commits[-1].sha).split()
    assert "Kbuild" in listed
    assert not [path for path in listed if path.startswith("vendor")]


def test_of_the_current_repository(product: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(product)
    wanted = _find(f"{product}@v1:vendor/linux-stable", tmp_path / "cache").commit
    for words in ("v1:vendor/linux-stable", "@v1:vendor/linux-stable", ".@v1:vendor/linux-stable"):
        assert _find(words, tmp_path / "cache").commit == wanted
    monkeypatch.chdir(tmp_path)
    assert _find("product@v1:vendor/linux-stable", tmp_path / "cache").commit == wanted


@pytest.mark.parametrize(
    ("folder", "hint"),
    [
        ("vendor/linux-stabel", "did you mean vendor/linux-stable?"),
        ("vendro", "did you mean vendor?"),
        ("README", ""),
        ("nowhere/near", ""),
        ("../product", ""),
    ],
)
def test_no_such_folder(product: Path, tmp_path: Path, folder: str, hint: str) -> None:
    with pytest.raises(InputError, match=f"^{product} has no folder '{folder}' in [0-9a-f]{{12}}$") as caught:
        _find(f"{product}@v1:{folder}", tmp_path / "cache")
    assert caught.value.hint == hint


def test_a_folder_that_is_no_kernel(product: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a kernel tree"):
        _find(f"{product}@v1:vendor", tmp_path / "cache")


def test_no_such_revision(product: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="has no revision 'v9'"):
        _find(f"{product}@v9:vendor/linux-stable", tmp_path / "cache")
    monkeypatch.chdir(product)
    with pytest.raises(InputError, match=f"^{product} has no revision 'v11'$") as caught:
        _find("@v11:vendor/linux-stable", tmp_path / "cache")
    assert caught.value.hint == "did you mean v1?"

# SPDX-License-Identifier: GPL-2.0-only
"""The words for a base: a path, a revision of the current repository, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.bases import find
from generator.named import Named, named, repository_here
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder of a repository with a few revisions."""
    repository = tinykernel.repository(tmp_path / "linux")
    tinykernel.git(repository, "commit", "--quiet", "--allow-empty", "--message=two")
    tinykernel.git(repository, "tag", "v6.1.8")
    tinykernel.git(repository, "branch", "topic/one", "v1")
    (repository / "kernel").mkdir(exist_ok=True)
    monkeypatch.chdir(repository / "kernel")
    return repository


REVISIONS = [
    "v1",
    "@v1",
    "HEAD~1",
    "@HEAD~1",
    "@~1",
    "topic/one",
    "heads/topic/one",
    "main@{1}",
    "@main@{1}",
    "main^{/.}~1",
]
TIP = ["HEAD", "@", "v6.1.8", "main", "@main", "@{0}"]


@pytest.mark.parametrize(("revision", "of"), [*((one, "v1") for one in REVISIONS), *((one, "main") for one in TIP)])
def test_a_revision_of_the_current_repository_is_a_base(here: Path, tmp_path: Path, revision: str, of: str) -> None:
    base = find(revision, tmp_path, lambda _: None)
    assert base.commit == tinykernel.git(here, "rev-parse", of)
    assert (base.spec, base.repository, base.name) == (revision, here, f"linux-{base.commit[:12]}")


def test_a_path_that_exists_comes_first(here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(here)
    (here / "v1").mkdir()
    assert named("v1") == Named(here.relative_to(here) / "v1", "")
    assert named(".@v1") == Named(here.relative_to(here), "v1")
    with pytest.raises(InputError, match="v1 is not a kernel tree") as caught:
        find("v1", tmp_path, lambda _: None)
    assert caught.value.hint == "did you mean .@v1?"
    with pytest.raises(InputError, match="kernel is not a kernel tree") as caught:
        find("kernel", tmp_path, lambda _: None)
    assert not caught.value.hint
    tinykernel.git(here, "rm", "--quiet", "Kbuild")
    tinykernel.git(here, "commit", "--quiet", "--message=none")
    with pytest.raises(InputError, match="main is not a kernel tree") as caught:
        find("main", tmp_path, lambda _: None)
    assert not caught.value.hint


def test_a_bare_repository_and_none(here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tinykernel.git(tmp_path, "clone", "--quiet", "--bare", str(here), "bare.git")
    monkeypatch.chdir(tmp_path / "bare.git" / "refs")
    assert repository_here() == tmp_path / "bare.git"
    assert named("v1") == Named(tmp_path / "bare.git", "v1")
    monkeypatch.chdir(tmp_path)
    assert repository_here() is None
    with pytest.raises(InputError, match=r"^there is no folder v1$"):
        named("v1")
    with pytest.raises(InputError, match=r"^@v1 is a revision, and the current folder is not in a git repository$"):
        named("@v1")


def test_a_broken_repository_is_not_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    with pytest.raises(InfrastructureError, match=f"{tmp_path} holds a repository that git cannot use: .*fatal: "):
        named("v1")
    with pytest.raises(InputError, match="below is not a kernel tree"):
        find(str(tmp_path / "below"), tmp_path, lambda _: None)


def test_the_nearest_revision_is_named(here: Path) -> None:
    with pytest.raises(InputError, match=f"^there is no folder v6.1.9, and {here} has no revision 'v6.1.9'$") as caught:
        named("v6.1.9")
    assert caught.value.hint == "did you mean v6.1.8?"
    with pytest.raises(InputError, match=f"^{here} has no revision 'v6.1.9'$"):
        named("@v6.1.9")
    for words in ("@{-9}", "@{u}", "@~99", "@^9"):
        with pytest.raises(InputError, match=f"^{here} has no revision '{re.escape(words)}'$"):
            named(words)
    with pytest.raises(InputError, match=f"^{here} has no revision '@{{-9}}'$"):
        find(f"{here}@{{-9}}", here, lambda _: None)
    for words in ("./v6.1.8", "/v6.1.8", "~v6.1.8"):
        with pytest.raises(InputError, match=f"^there is no folder {words}$"):
            named(words)


@pytest.mark.parametrize("url", ["https://git.kernel.org/x.git", "git://host/x", "ssh://me@host/x", "file:///x", "git@host:x/y.git", "https://host/x@v6.1"])  # fmt: skip
def test_a_url_is_refused_by_name(here: Path, url: str) -> None:
    assert here
    with pytest.raises(InputError) as caught:
        named(url)
    assert (caught.value.message, "clone" in caught.value.hint) == (
        f"'{url}' is a URL, and respin does not fetch repositories",
        True,
    )


@pytest.mark.parametrize("words", ["ubuntu:22.04", "fedora:40", "Debian:6.1", "ubuntu:"])
def test_an_unknown_distribution_is_refused_with_what_is_possible(words: str) -> None:
    with pytest.raises(InputError, match=f"^respin knows no distribution '{words.partition(':')[0]}'") as caught:
        find(words, Path(), lambda _: None)
    assert "debian:6.1" in caught.value.hint


def test_a_folder_that_looks_like_a_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ubuntu:22.04").mkdir()
    assert named("ubuntu:22.04").folder.is_dir()


def test_an_empty_word_is_not_the_current_folder(here: Path) -> None:
    assert here
    with pytest.raises(InputError, match=r"^the base is empty$"):
        named("")

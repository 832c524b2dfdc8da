# SPDX-License-Identifier: GPL-2.0-only
"""Rendered patches as commits: reproducible, and nothing but what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import commit
from generator.bases import find
from generator.commit import Commit, Stamp, commit_all
from generator.store import Store, opened
from patchset.errors import InfrastructureError, InputError, InterruptedRunError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.rendering import RenderedPatch

STAMP = Stamp("Ännchen <ann@example.org>", 1700000100)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    base = find(str(tinykernel.repository(tmp_path / "linux")), tmp_path / "cache", lambda _: None)
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        yield store


def _show(store: Store, commit: Commit, pretty: str) -> str:
    return tinykernel.git(store.repository, "log", "-1", f"--format={pretty}", commit.sha)


def test_same_input_same_ids(store: Store, tmp_path: Path) -> None:
    first = commit_all(store, tinykernel.patches(), STAMP)
    assert commit_all(store, tinykernel.patches(), STAMP) == first
    again = find(str(tinykernel.repository(tmp_path / "elsewhere")), tmp_path / "cache2", lambda _: None)
    with opened(again, tmp_path / "cache2", lambda _: None) as other:
        assert commit_all(other, tinykernel.patches(), STAMP) == first


def test_other_input_other_ids(store: Store) -> None:
    first = commit_all(store, tinykernel.patches(), STAMP)
    later = commit_all(store, tinykernel.patches(), STAMP._replace(date=1))
    signed = commit_all(store, tinykernel.patches(), STAMP._replace(signoff=True))
    assert len({first[1].sha, later[1].sha, signed[1].sha}) == 3
    assert first[1].tree == later[1].tree == signed[1].tree


def test_what_a_commit_is(store: Store) -> None:
    one, two = commit_all(store, tinykernel.patches(), STAMP)
    assert (one.number, one.name, one.subject, one.tests) == (1, "1-one", "kexec: one", False)
    assert one.paths == ("kernel/kexec_file.c", "scripts/tool.sh")
    assert two.paths == ("kernel/dm_crypt.c",)
    assert _show(store, one, "%P %an %ae %cn %at %ct %ai") == (
        f"{store.base} Ännchen ann@example.org Ännchen 1700000100 1700000100 2023-11-14 22:15:00 +0000"
    )
    assert _show(store, two, "%P %at %T") == f"{one.sha} 1700000101 {two.tree}"
    assert _show(store, one, "%B") == "kexec: one\n\nBecause."


def test_modes_stay(store: Store) -> None:
    *_, last = commit_all(store, tinykernel.patches(), STAMP)
    listing = tinykernel.git(store.repository, "ls-tree", "-r", last.sha).splitlines()
    modes = {line.split("\t")[1]: line.split()[0] for line in listing}
    assert modes == {
        **dict.fromkeys(("Makefile", "Kbuild", "kernel/kexec_file.c", "kernel/dm_crypt.c"), "100644"),
        "scripts/tool.sh": "100755",
    }


def test_a_link_is_not_written_over(tmp_path: Path) -> None:
    repository = tinykernel.repository(tmp_path / "linux")
    (repository / "scripts/tool.sh").unlink()
    (repository / "scripts/tool.sh").symlink_to("../Kbuild")
    tinykernel.git(repository, "commit", "--quiet", "--all", "--message=link")
    base = find(str(repository), tmp_path / "cache", lambda _: None)
    with (
        opened(base, tmp_path / "cache", lambda _: None) as store,
        pytest.raises(InputError, match=r"scripts/tool\.sh is not a regular file"),
    ):
        commit_all(store, tinykernel.patches(), STAMP)
    assert not list(store.repository.glob("objects/pack/tmp_*"))


@pytest.mark.parametrize("error", [InfrastructureError, InterruptedRunError, RuntimeError])
def test_what_ends_early_leaves_no_half_pack(
    store: Store, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def second(number: int, patch: RenderedPatch, stamp: Stamp, base: str, modes: dict[str, str]) -> bytes:
        if number > 1:
            raise error("somebody pressed Ctrl-C")
        return real(number, patch, stamp, base, modes)

    real = commit._commit  # noqa: SLF001 - the moment between two commits
    monkeypatch.setattr(commit, "_commit", second)
    with pytest.raises(error, match="somebody pressed"):
        commit_all(store, tinykernel.patches(), STAMP)
    assert not list(store.repository.glob("objects/pack/tmp_*"))
    assert not list(store.repository.glob("objects/pack/*.keep"))
    assert not list(store.repository.glob("fast_import_crash_*"))
    assert not tinykernel.git(store.repository, "for-each-ref")


def test_signoff(store: Store) -> None:
    one, _ = commit_all(store, tinykernel.patches(), STAMP._replace(signoff=True))
    trailers = _show(store, one, "%(trailers:only)").strip()
    assert trailers == "Signed-off-by: Ännchen <ann@example.org>"


def test_no_ref_is_made(store: Store) -> None:
    commit_all(store, tinykernel.patches(), STAMP)
    assert not tinykernel.git(store.repository, "for-each-ref")


def test_a_failure_leaves_no_crash_report(store: Store) -> None:
    with pytest.raises(InfrastructureError, match="fatal: "):
        commit_all(store._replace(base="1" * 40), tinykernel.patches(), STAMP)
    assert not list(store.repository.glob("fast_import_crash_*"))

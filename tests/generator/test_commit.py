# SPDX-License-Identifier: GPL-2.0-only
"""Rendered patches as commits: reproducible, and nothing but what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.base import find
from generator.commit import Commit, Stamp, Stream, commit_all, committing
from generator.store import Store, opened
from patchset.errors import FindingsError, InfrastructureError, InputError, InterruptedRunError
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

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


def test_a_patch_is_committed_before_the_next_one_is_there() -> None:
    said: list[bytes] = []

    def say(parts: Iterable[bytes], answers: int) -> list[str]:
        said.extend(parts)
        return ["100644 blob 0\tpath"] * answers

    stream = Stream(say, "0123", STAMP)
    for number, patch in enumerate(tinykernel.patches(), 1):
        stream.add(patch)
        assert [one.split(b"\n")[1] for one in said if one.startswith(b"commit ")][-1] == b"mark :%d" % number
        assert said[-4] in patch.files.values()


def test_each_commit_can_be_read_before_the_next_patch_is_there(store: Store) -> None:
    seen: list[Commit] = []

    def look(commit: Commit) -> None:
        assert _show(store, commit, "%H %T") == f"{commit.sha} {commit.tree}"
        assert not tinykernel.git(store.repository, "for-each-ref")
        seen.append(commit)

    with committing(store, STAMP, look) as stream:
        for number, patch in enumerate(tinykernel.patches()):
            stream.add(patch)
            assert len(seen) == number
        assert list(stream.end()) == seen
    assert commit_all(store, tinykernel.patches(), STAMP) == tuple(seen)
    assert not list(store.repository.glob("objects/pack/*.keep"))


@pytest.mark.parametrize("error", [FindingsError, InfrastructureError, InterruptedRunError, RuntimeError])
@pytest.mark.parametrize("each", [None, len])
def test_a_rendering_that_ends_early_leaves_no_half_pack(
    store: Store, error: type[Exception], each: Callable[[Commit], object] | None
) -> None:
    def renders_two_patches() -> None:
        with committing(store, STAMP, each) as stream:
            for one in tinykernel.patches():
                stream.add(one)
            raise error("it does not apply, or somebody pressed Ctrl-C")

    with pytest.raises(error, match="it does not apply"):
        renders_two_patches()
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

# SPDX-License-Identifier: GPL-2.0-only
"""What the cache holds, and what of it goes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import filelock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kernel import worktree
from respin import holdings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

MIB = 1 << 20


def tree(cache: Path, name: str, age: int) -> Path:
    """Make a work tree of one MiB that was held some hours ago."""
    folder = cache / "trees" / name
    folder.mkdir(parents=True)
    (folder / "vmlinux").write_bytes(os.urandom(MIB))
    lock = folder.with_name(f"{name}.lock")
    lock.touch()
    os.utime(lock, (time.time() - age * 3600,) * 2)
    return folder


def names(cache: Path) -> set[str]:
    return {one.name for one in (cache / "trees").iterdir() if one.is_dir()}


def test_what_it_holds(respin: Respin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    tree(cache, "a", 1)
    (cache / "results").mkdir()
    code, out, err = respin("cache", "--cache", cache)
    assert (code, err) == (0, "")
    assert [row.split()[1:3] for row in out[:-1]] == [["trees", "2"], ["results", "0"]]
    assert out[-1].split() == ["1.0M", str(cache)]


def test_nothing_yet(respin: Respin, tmp_path: Path) -> None:
    assert respin("cache", "--cache", tmp_path / "none")[1] == [f"     0  {tmp_path / 'none'}"]


def test_the_oldest_goes_first_and_only_as_much_as_must(respin: Respin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for name, age in (("a", 3), ("b-parsed", 9), ("b", 2), ("c", 5)):
        tree(cache, name, age)
    code, out, _ = respin("cache", "--cache", cache, "--prune", "3.5M")
    assert (code, out[0]) == (0, "removed trees/c: 1.0M")
    assert names(cache) == {"a", "b", "b-parsed"}
    respin("cache", "--cache", cache, "--prune", "0")
    assert names(cache) == set()


def test_what_somebody_holds_stays(respin: Respin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with filelock.FileLock(tree(cache, "a", 3).with_name("a.lock")):
        respin("cache", "--cache", cache, "--prune", "0")
    assert names(cache) == {"a"}


def test_kernels_of_guests_go_where_none_is_in_use(respin: Respin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for name, age in (("old", 48), ("new", 0)):
        (cache / "crash" / name).mkdir(parents=True)
        image = cache / "crash" / name / "bzImage"
        image.write_bytes(os.urandom(MIB))
        os.utime(image, (time.time() - age * 3600,) * 2)
    _, out, _ = respin("cache", "--cache", cache, "--prune", "0")
    assert out[0] == "removed kernels of the crash test: 1.0M"
    assert [one.name for one in (cache / "crash").iterdir()] == ["new"]


@pytest.mark.parametrize("size", ["", "much", "-1", "1X", "1G2", "∞"])
def test_a_size_that_is_none(respin: Respin, tmp_path: Path, size: str) -> None:
    code, out, err = respin("cache", "--cache", tmp_path, f"--prune={size}")
    assert (code, out) == (2, [])
    assert f"'{size}' is not a size" in err


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("12", 12), ("2K", 2048), ("1.5m", 3 * MIB // 2), ("20 GiB", 20 << 30), ("1TB", 1 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert holdings.parsed(text) == size


@given(st.integers(0, 1 << 60))
def test_a_size_is_told_to_a_tenth(size: int) -> None:
    assert holdings.parsed(holdings.told(size)) == pytest.approx(size, rel=0.06)


def test_only_so_many_bases_are_kept(tmp_path: Path) -> None:
    for age in range(worktree.KEPT + 3):
        tree(tmp_path, f"{age:04x}", age + 1)
        tree(tmp_path, f"{age:04x}-parsed", age + 2)
    worktree.forget(tmp_path / "trees")
    assert {name[:4] for name in names(tmp_path)} == {f"{age:04x}" for age in range(worktree.KEPT)}


def test_a_tree_without_a_lock_beside_it_goes_too(tmp_path: Path) -> None:
    tree(tmp_path, "new", 1)
    old = tree(tmp_path, "old", 9)
    old.with_name("old.lock").unlink()
    os.utime(old, (1, 1))
    worktree.forget(tmp_path / "trees", keep=1)
    assert names(tmp_path) == {"new"}

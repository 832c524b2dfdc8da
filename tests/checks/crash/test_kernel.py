# SPDX-License-Identifier: GPL-2.0-only
"""The guests' kernels: built once, and kept whole."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from checks.crash import kernel
from checks.kernel import image
from checks.kernel.image import KernelImage
from checks.kernel.kconfig import RefusedSymbol
from patchset.errors import InfrastructureError
from patchset.plan import Compiler, Configuration
from tests.checks.made import commit, context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = Configuration("crash", "a guest", "x86_64", symbols={"SMP": "y"})
DEBUG = Configuration("crash", "a guest", "x86_64", symbols={"DEBUG_INFO_DWARF5": "y"})


class FakeTree:
    source = "/nowhere"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        yield

    def checkout(self, sha: str) -> None:
        pass

    def checkout_line(self, sha: str) -> str:
        return f"git checkout {sha}"


class FakeBuilder:
    def __init__(self) -> None:
        self.tree = FakeTree()
        self.toolchains = {Compiler.GCC: ("gcc 12",)}


@pytest.fixture
def makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[KernelImage]:
    """What making a kernel comes to, one after another; each makes both files unless it says otherwise."""
    build = tmp_path / "build"
    build.mkdir()
    for name in ("bzImage", "vmlinux"):
        (build / name).write_text(name)
    outcomes = [KernelImage(build, build / "bzImage", 0, "", (), ("make",))]

    def make(*arguments: Any, **more: Any) -> KernelImage:  # noqa: ANN401 - whatever it is asked
        del arguments, more
        return outcomes.pop()

    monkeypatch.setattr(kernel, "make_builder", lambda *_: FakeBuilder())
    monkeypatch.setattr(image, "make", make)
    return outcomes


@pytest.mark.parametrize(("configuration", "names"), [(PLAIN, ["bzImage"]), (DEBUG, ["bzImage", "vmlinux"])])
def test_a_kernel_is_built_once(
    tmp_path: Path, makes: list[KernelImage], configuration: Configuration, names: list[str]
) -> None:
    where = context(tmp_path, commit(1))
    first, again = (kernel.built(where, None, configuration) for _ in range(2))  # type: ignore[arg-type]
    assert first == again
    assert not makes
    assert sorted(file.name for file in first.image.parent.iterdir()) == names
    assert first.image.read_text() == "bzImage"
    assert (first.symbols is not None) == (configuration is DEBUG)


@pytest.mark.parametrize(
    ("refused", "message"),
    [((), "does not build: make ended with 2"), ((RefusedSymbol("SMP", "y", "n"),), "CONFIG_SMP=y")],
)
def test_what_is_no_kernel_is_not_kept(
    tmp_path: Path, makes: list[KernelImage], refused: tuple[RefusedSymbol, ...], message: str
) -> None:
    makes[:] = [KernelImage(tmp_path, None, 2, "", refused, ("make",))]
    with pytest.raises(InfrastructureError, match=message):
        kernel.built(context(tmp_path, commit(1)), None, PLAIN)  # type: ignore[arg-type]
    assert not list((tmp_path / "cache").rglob("bzImage"))


def test_the_kernels_asked_for_last_are_kept(tmp_path: Path, makes: list[KernelImage]) -> None:
    where = context(tmp_path, commit(1))
    folder = tmp_path / "cache" / "crash"
    now = time.time()
    for number in range(kernel.KEPT + 2):
        file = folder / f"crash-{number}" / "bzImage"
        file.parent.mkdir(parents=True)
        file.write_text("old")
        os.utime(file, (now, now - 86400 - number))
    young = folder / f"crash-{kernel.KEPT + 1}" / "bzImage"
    os.utime(young, (now, now - 60))
    made = kernel.built(where, None, PLAIN)  # type: ignore[arg-type]
    left = {file.parent for file in folder.glob("*/bzImage")}
    assert left == {made.image.parent, young.parent, *(folder / f"crash-{number}" for number in range(kernel.KEPT - 2))}
    os.utime(made.image, (now, now - 86400 * 2))
    kernel.built(where, None, PLAIN)  # type: ignore[arg-type]
    assert made.image.stat().st_mtime > now - 60
    assert not makes


def test_a_kernel_that_a_guest_may_have_is_kept_beyond_the_number(tmp_path: Path, makes: list[KernelImage]) -> None:
    folder = tmp_path / "cache" / "crash"
    for number in range(kernel.KEPT + 3):
        (folder / f"crash-{number}").mkdir(parents=True)
        (folder / f"crash-{number}" / "bzImage").write_text("young")
    kernel.built(context(tmp_path, commit(1)), None, PLAIN)  # type: ignore[arg-type]
    assert len(list(folder.glob("*/bzImage"))) == kernel.KEPT + 4
    assert not makes

# SPDX-License-Identifier: GPL-2.0-only
"""The guests' kernels: built once, and kept whole."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from checks.crash import kernel
from checks.kernel import image
from checks.kernel.image import Image
from checks.kernel.kconfig import Refused
from patchset.errors import InfrastructureError
from patchset.plan import Compiler, Configuration
from tests.checks.made import commit, context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = Configuration("crash", "a guest", "x86_64", {"SMP": "y"})
DEBUG = Configuration("crash", "a guest", "x86_64", {"DEBUG_INFO_DWARF5": "y"})


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
def makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """What making a kernel comes to, one after another; each makes both files unless it says otherwise."""
    build = tmp_path / "build"
    build.mkdir()
    for name in ("bzImage", "vmlinux"):
        (build / name).write_text(name)
    outcomes = [Image(build, build / "bzImage", 0, "", (), ("make",))]

    def make(*arguments: Any, **more: Any) -> Image:  # noqa: ANN401 - whatever it is asked
        del arguments, more
        return outcomes.pop()

    monkeypatch.setattr(kernel, "make_builder", lambda *_: FakeBuilder())
    monkeypatch.setattr(image, "make", make)
    return outcomes


@pytest.mark.parametrize(("configuration", "names"), [(PLAIN, ["bzImage"]), (DEBUG, ["bzImage", "vmlinux"])])
def test_a_kernel_is_built_once(
    tmp_path: Path, makes: list[Image], configuration: Configuration, names: list[str]
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
    [((), "does not build: make ended with 2"), ((Refused("SMP", "y", "n"),), "CONFIG_SMP=y")],
)
def test_what_is_no_kernel_is_not_kept(
    tmp_path: Path, makes: list[Image], refused: tuple[Refused, ...], message: str
) -> None:
    makes[:] = [Image(tmp_path, None, 2, "", refused, ("make",))]
    with pytest.raises(InfrastructureError, match=message):
        kernel.built(context(tmp_path, commit(1)), None, PLAIN)  # type: ignore[arg-type]
    assert not list((tmp_path / "cache").rglob("bzImage"))

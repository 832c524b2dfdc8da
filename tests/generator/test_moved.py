# SPDX-License-Identifier: GPL-2.0-only
"""A file that went elsewhere: where its functions are now is part of the advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.bases import find
from generator.moved import MOST, likeliest, traced
from generator.render import render
from tests import fake, tinykernel

if TYPE_CHECKING:
    from pathlib import Path

    from generator.base import Base


def moved(folder: Path, *, plain: bool, text: str = "") -> Base:
    kernel = fake.plain(folder / "linux") if plain else fake.repository(folder / "linux")
    gadget = kernel / "kernel/gadget.c"
    (kernel / "kernel/moved.c").write_text(text or gadget.read_text())
    (kernel / "kernel/declares.h").write_text("int gadget_open(struct gadget *g);\n")
    gadget.unlink()
    if not plain:
        tinykernel.git(kernel, "add", "--all")
        tinykernel.git(kernel, "commit", "--quiet", "--message=move the gadgets")
    return find(str(kernel), folder / "cache", lambda _: None)


def hints(base: Base) -> set[str]:
    with base.open() as tree:
        rendering = render(fake.load(), tree, with_tests=False)
    return {one.hint for one in traced(rendering, base).failures if one.missing}


@pytest.mark.parametrize("plain", [False, True], ids=["repository", "folder"])
def test_the_file_that_has_the_functions_is_named(tmp_path: Path, plain: bool) -> None:
    said = "kernel/moved.c has gadget_open() now: if it took the file's place, add it to the edit's `files`"
    assert hints(moved(tmp_path, plain=plain)) == {said}


def test_a_function_that_is_nowhere_leaves_the_advice_as_it_was(tmp_path: Path) -> None:
    base = moved(tmp_path, plain=False, text="int gadget_open2(void)\n{\n\treturn gadget_open(0);\n}\n")
    assert hints(base) == {"name the file that took its place in the edit's `files`"}


def test_nothing_is_searched_where_no_file_is_missing(tmp_path: Path) -> None:
    base = moved(tmp_path, plain=False)
    with base.open() as tree:
        rendering = render(fake.load(), tree, with_tests=False)._replace(failures=())
    assert traced(rendering, base) is rendering


def test_the_likeliest_files_are_read_first() -> None:
    paths = ["mm/gadget.c", "kernel/other.c", "kernel/gadget_core.c", "drivers/x/y/z.c", "kernel/sub/gadget.c"]
    order = ["kernel/sub/gadget.c", "mm/gadget.c", "kernel/gadget_core.c", "kernel/other.c", "drivers/x/y/z.c"]
    assert likeliest("kernel/gadget.c", paths) == order
    assert len(likeliest("kernel/gadget.c", (f"mm/{one}.c" for one in range(2 * MOST)))) == MOST

# SPDX-License-Identifier: GPL-2.0-only
"""Whatever else a base holds: its mails, applied by git, give the tree that was rendered."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.bases import find
from generator.commit import Stamp, commit_all
from generator.patchfiles import Style, write_patches
from generator.render import render
from generator.store import opened
from tests import fake, tinykernel
from tests.memorytree import MemoryTree

STAMP = Stamp("Ännchen <ann@example.org>", 1_700_000_100)
NOISE = ["\n", "/* noise */\n", "int noise_{};\n", "void noise_{}(void)\n{{\n\tnoise();\n}}\n\n", "#define NOISE_{}\t1\n", "/* \u00e4 \u4e16 */\n"]  # fmt: skip
MARKS = {"include/widget.h": "struct widget {", "kernel/widget.c": "static int widget_limit", "kernel/gadget.c": "struct gadget_box {"}  # fmt: skip
CHANGES = st.lists(st.tuples(st.sampled_from(sorted(MARKS)), st.sampled_from(NOISE)), max_size=8)


def changed(changes: list[tuple[str, str]]) -> dict[str, bytes]:
    """Return the stand-in's files with unrelated text in them."""
    files = {
        str(path.relative_to(fake.FAKELINUX)): path.read_bytes() for path in fake.FAKELINUX.rglob("*") if path.is_file()
    }
    for number, (path, noise) in enumerate(changes):
        mark = MARKS[path].encode()
        files[path] = files[path].replace(mark, noise.format(number).encode() + mark, 1)
    return files


@settings(max_examples=6)
@given(CHANGES)
def test_git_am_gives_the_rendered_tree(changes: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel = fake.repository(folder / "linux")
        files = changed(changes)
        for path, text in files.items():
            (kernel / path).write_bytes(text)
        tinykernel.git(kernel, "commit", "--quiet", "--all", "--allow-empty", "--message=noise")
        base = find(str(kernel), folder / "cache", lambda _: None)
        with base.open() as tree:
            rendering = render(fake.load(), tree, with_tests=True)
        assert rendering.verdict == "applies"
        with opened(base, folder / "cache", lambda _: None) as store:
            commits = commit_all(store, rendering.patches, STAMP)
            mails = write_patches(store, commits, folder / "out", Style("t", base_line=True))
        tinykernel.git(kernel, "am", "--quiet", *map(str, mails))
        assert tinykernel.git(kernel, "rev-parse", "HEAD^{tree}") == commits[-1].tree
        expected = files | {path: text for patch in rendering.patches for path, text in patch.files.items()}
        assert {path: (kernel / path).read_bytes() for path in expected} == expected


@given(CHANGES)
def test_rendering_adds_and_removes_the_same_whatever_stands_beside(changes: list[tuple[str, str]]) -> None:
    series = fake.load()
    beside = render(series, MemoryTree(changed(changes)), with_tests=True)
    alone = render(series, MemoryTree(changed([])), with_tests=True)
    for one, other in zip(beside.patches, alone.patches, strict=True):
        assert one.message == other.message
        assert one.files.keys() == other.files.keys()
    assert [made.edit.id for made in beside.made] == [made.edit.id for made in alone.made]
    quiet = {path: text for patch in beside.patches for path, text in patch.files.items()}
    for number, (path, noise) in reversed(list(enumerate(changes))):
        quiet[path] = quiet[path].replace(noise.format(number).encode() + MARKS[path].encode(), MARKS[path].encode(), 1)
    assert quiet == {path: text for patch in alone.patches for path, text in patch.files.items()}


@given(CHANGES)
def test_rendering_again_gives_the_same(changes: list[tuple[str, str]]) -> None:
    files, series = changed(changes), fake.load()
    first = render(series, MemoryTree(files), with_tests=True)
    again = render(series, MemoryTree(dict(reversed(files.items()))), with_tests=True)
    assert first == again

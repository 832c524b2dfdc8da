# SPDX-License-Identifier: GPL-2.0-only
"""The real series on Debian's real kernels: where it goes, what comes out, and what is refused."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from checks.kernel import kbuild
from generator.commit import Stamp, commit_all
from generator.patchfiles import Style, write_patches
from generator.probe import answer
from generator.render import render
from generator.source import Sources
from generator.store import opened
from generator.tree import Overlay
from respin.cli import cli
from tests import middle
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.base import Base
    from generator.tree import Tree
    from patchset.types import Series

STAMP = Stamp("A U Thor <author@example.org>", 1_700_000_000)


@pytest.fixture
def tree(base: Base) -> Iterator[Tree]:
    with base.open() as opened_tree:
        yield opened_tree


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_every_edit_finds_its_place(series: Series, tree: Tree) -> None:
    rendering = render(series, tree, with_tests=True)
    assert [failure.reasons for failure in rendering.failures] == []
    assert rendering.verdict == "applies"
    assert [len(patch.files) > 0 for patch in rendering.patches] == [True] * 6


def test_each_patch_turns_its_own_marker_and_no_later_one(series: Series, tree: Tree) -> None:
    rendering = render(series, tree, with_tests=False)
    after = Overlay(tree)
    for number, patch in enumerate(rendering.patches, 1):
        for path, text in patch.files.items():
            after.write(path, text)
        seen = [answer(series.probes[one.patch.marker], after, Sources()) for one in rendering.patches]
        assert seen == [True] * number + [False] * (len(seen) - number)


def test_a_patch_that_is_put_in_the_middle(series: Series, tree: Tree, tmp_path: Path) -> None:
    before = render(series, tree, with_tests=False).patches
    rendering = render(middle.grown(tmp_path), tree, with_tests=False)
    assert rendering.verdict == "applies"
    assert [one.patch.name for one in rendering.patches] == ["random", "save", "pass", "middle", "protect", "retrieve"]
    assert [one.files for one in rendering.patches[:3]] == [one.files for one in before[:3]]
    assert list(rendering.patches[3].files) == ["kernel/crash_luks_key.c"]


def test_a_base_with_the_series_or_a_part_of_it_is_told_so(series: Series, tree: Tree) -> None:
    rendering = render(series, tree, with_tests=False)
    part, whole = Overlay(tree), Overlay(tree)
    for patch in rendering.patches:
        for path, text in patch.files.items():
            whole.write(path, text)
            if patch.patch.number == 1:
                part.write(path, text)
    assert render(series, part, with_tests=False).verdict == "partly present"
    assert render(series, whole, with_tests=False).verdict == "already present"
    assert render(series, whole, with_tests=False).patches == ()


def test_a_base_with_mainlines_feature_is_told_so(series: Series, tree: Tree) -> None:
    rendering = render(series, tree, with_tests=False)
    assert rendering.present == ()
    probe = series.probes[series.present[0].probe]
    mainline = Overlay(tree)
    for path in probe.files:
        mainline.write(path, (tree.read(path) or b"") + b'\nconfig CRASH_DM_CRYPT\n\tbool "dm-crypt"\n')
    found = render(series, mainline, with_tests=False)
    assert (found.verdict, found.patches) == ("already present", ())


def test_the_mails_go_through_git_am_on_the_pristine_tree_and_give_the_rendered_one(
    base: Base, series: Series, cache: Path, tmp_path: Path, tree: Tree
) -> None:
    rendering = render(series, tree, with_tests=False)
    with opened(base, cache, print) as store:
        commits = commit_all(store, rendering.patches, STAMP)
        files = write_patches(store, commits, tmp_path / "mails", Style("respin test", base_line=True))
        pristine = tmp_path / "pristine"
        git(tmp_path, "clone", "--quiet", "--shared", "--no-checkout", str(store.repository), str(pristine))
        git(pristine, "sparse-checkout", "set", "--no-cone", *(f"/{path}" for one in commits for path in one.paths))
        git(pristine, "checkout", "--quiet", "--detach", store.base)
        git(pristine, "-c", "user.name=C", "-c", "user.email=c@example.org", "am", "--quiet", *map(str, files))
        assert len(files) == len(series.chosen(with_tests=False))
        assert git(pristine, "rev-parse", "HEAD^{tree}") == commits[-1].tree
        assert f"base-commit: {store.base}" in files[0].read_text()


def test_the_same_input_gives_the_same_commits(base: Base, series: Series, cache: Path, tree: Tree) -> None:
    rendering = render(series, tree, with_tests=True)
    with opened(base, cache, print) as store:
        first = commit_all(store, rendering.patches, STAMP)
        again = commit_all(store, rendering.patches, STAMP)
    assert first == again
    assert len({one.sha for one in first}) == len(first)


BREAKAGES = {
    "renamed": (b"int kexec_locate_mem_hole(", b"int kexec_find_mem_hole(", "kexec_find_mem_hole"),
    "doubled": (
        b"int kexec_locate_mem_hole(",
        b"int kexec_locate_mem_hole(struct kexec_buf *kbuf)\n{\n\treturn 0;\n}\n\nint kexec_locate_mem_hole(",
        "2 of 2 definitions",
    ),
    "conditional": (
        b"int kexec_locate_mem_hole(",
        b"#ifdef CONFIG_SOMETHING\nint kexec_locate_mem_hole(",
        "under #if CONFIG_SOMETHING",
    ),
}


@pytest.mark.parametrize("how", BREAKAGES)
def test_a_changed_base_is_an_error_that_says_where(series: Series, tree: Tree, how: str) -> None:
    old, new, expected = BREAKAGES[how]
    path = "kernel/kexec_file.c"
    text = (tree.read(path) or b"").replace(old, new, 1)
    if how == "conditional":
        head, tail = text.split(new, 1)
        text = head + new + tail.replace(b"\n}\n", b"\n}\n#endif\n", 1)
    changed = Overlay(tree)
    changed.write(path, text)
    rendering = render(series, changed, with_tests=False)
    told = [" ".join([*failure.reasons, *failure.nearest]) for failure in rendering.failures if failure.patch == 1]
    assert rendering.verdict == "conflicts"
    assert any(expected in one for one in told), told


def test_a_base_without_the_files_reports_every_edit_at_once(series: Series) -> None:
    rendering = render(series, MemoryTree({}), with_tests=False)
    edits = [edit for patch in series.chosen(with_tests=False) for edit in patch.edits]
    edits = [edit for edit in edits if not (edit.when or edit.optional)]
    made = {path for edit in edits if edit.at[0].scope == "create" for path in edit.files}
    wanted = {edit.id for edit in edits if not made & set(edit.files)}
    assert {failure.edit.id for failure in rendering.failures} >= wanted
    assert len(wanted) > len(series.patches)


def test_explain_and_apply_on_a_plain_copy(base: Base, series: Series, cache: Path, tmp_path: Path, tree: Tree) -> None:
    """The whole verbs, on the few files that the series touches, in a plain directory."""
    rendering = render(series, tree, with_tests=False)
    touched = {path for patch in rendering.patches for path in patch.files}
    tested = {path for patch in render(series, tree, with_tests=True).patches for path in patch.files}
    wanted = (
        touched | tested | {"Makefile", "Kbuild"} | {path for probe in series.probes.values() for path in probe.files}
    )
    copy = tmp_path / "copy"
    for path in wanted:
        text = tree.read(path)
        if text is not None:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(text)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    common = ["--cache", str(cache)]
    explained = CliRunner().invoke(cli, ["explain", str(copy), *common], standalone_mode=False)
    assert explained.return_value == 0
    verdict, unsearched = explained.output.splitlines()[-2:]
    assert verdict.endswith(": applies")
    assert unsearched.endswith("--only kbuf-init")
    applied = CliRunner().invoke(cli, ["apply", base.spec, "--to", str(copy), *common])
    assert applied.exit_code == 0, applied.output
    assert {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()} >= touched
    assert (copy / "kernel/kexec_file.c").read_bytes() == rendering.patches[-1].files.get(
        "kernel/kexec_file.c", rendering.patches[2].files["kernel/kexec_file.c"]
    )
    reversed_ = CliRunner().invoke(cli, ["apply", base.spec, "--to", str(copy), "--reverse", *common])
    assert reversed_.exit_code == 0, reversed_.output
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_every_rule_has_its_lines(base: Base, cache: Path) -> None:
    """R20 alone is held by no line of the kernel's, but by the rendering."""
    listed = CliRunner().invoke(cli, ["rules", base.spec, "--cache", str(cache)])
    assert listed.exit_code == 0, listed.output
    rules = re.split(r"^(?=R\d\d )", listed.output, flags=re.MULTILINE)[1:]
    without = [rule[:3] for rule in rules if not re.search(r"^ {7}patch \d: \S+:\d+", rule, re.MULTILINE)]
    assert (len(rules), without) == (23, ["R20"])


def test_what_takes_in_a_file_is_compiled_without_ccache(base: Base) -> None:
    assert base.repository
    where = ("*.c", ":!tools", ":!Documentation", ":!*/mkpiggy.c")  # mkpiggy is a program that prints it
    found = {
        line.partition(":")[2]
        for line in git(base.repository, "grep", "--name-only", r"\.incbin", base.commit, "--", *where).splitlines()
    }
    assert found == {name.replace("%", "kernel") for name in kbuild.TAKING_IN if name.endswith(".c")}

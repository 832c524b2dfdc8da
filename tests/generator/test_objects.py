# SPDX-License-Identifier: GPL-2.0-only
"""The files of a commit: what is there, what is not, and what should be."""

from __future__ import annotations

import contextlib
import io
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.folder import FolderTree
from generator.links import PathKind, follow
from generator.objects import GitTree, date_of
from generator.theirs import open_tree, resolve_commit
from patchset.errors import InfrastructureError, InputError
from tests import tinykernel

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tinykernel.repository(tmp_path / "linux")


def test_tree(repository: Path) -> None:
    commit = resolve_commit(repository, "v1")
    (repository / "Kbuild").write_text("not committed")
    with open_tree(repository, commit) as tree:
        assert tree.read("Kbuild") == b"# Kbuild\n"
        assert tree.read("no/such file missing") is None
        assert tree.read("nowhere") is None
        assert tree.read("kernel") is None
        assert tree.read("kernel/kexec_file.c") == b"int kexec_file;\n"


def test_tree_reads_empty_and_binary_files(repository: Path) -> None:
    (repository / "empty").write_bytes(b"")
    (repository / "binary").write_bytes(bytes(range(256)) * 300)
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=more")
    with open_tree(repository, resolve_commit(repository, "HEAD")) as tree:
        assert tree.read("empty") == b""
        assert tree.read("binary") == bytes(range(256)) * 300
        assert tree.read("Kbuild") == b"# Kbuild\n"


LINKS = {
    "in": "Kbuild",
    "kernel/up": "../Kbuild",
    "below": "kernel",
    "out": "/etc/passwd",
    "above": "kernel/../../linux/Kbuild",
    "dangling": "nowhere",
    "notdir": "Kbuild/x",
    "round": "round",
    "deep": "dangling/x",
}
LOST = {
    "out": "link out -> /etc/passwd leads out of the tree",
    "above": r"link above -> kernel/\.\./\.\./linux/Kbuild leads out of the tree",
    "dangling": "link dangling -> nowhere leads to nothing",
    "notdir": "link notdir -> Kbuild/x leads to nothing",
    "round": "link round -> round leads in circles",
    "deep": "link dangling -> nowhere leads to nothing",
    "below/none": "link below -> kernel leads to nothing",
}


@pytest.fixture(params=["commit", "folder"])
def linked(request: pytest.FixtureRequest, repository: Path) -> Iterator[GitTree | FolderTree]:
    for name, target in LINKS.items():
        (repository / name).symlink_to(target)
    if request.param == "folder":
        yield FolderTree(repository)
        return
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=links")
    with open_tree(repository, "HEAD") as tree:
        yield tree


def test_links_that_stay_inside(linked: GitTree | FolderTree) -> None:
    read = [linked.read(path) for path in ("in", "kernel/up", "below/kexec_file.c", "Kbuild/below", "below")]
    assert read == [b"# Kbuild\n", b"# Kbuild\n", b"int kexec_file;\n", None, None]


@pytest.mark.parametrize("path", LOST)
def test_a_link_that_leads_nowhere_is_named(linked: GitTree | FolderTree, path: str) -> None:
    with pytest.raises(InputError, match=f"^{path} cannot be read: the {LOST[path]}$"):
        linked.read(path)
    assert linked.read("Kbuild") == b"# Kbuild\n"


def test_tree_whose_git_ends(tmp_path: Path) -> None:
    with (
        open_tree(tmp_path / "nowhere", "HEAD") as tree,
        pytest.raises(InfrastructureError, match="cannot be read: git ended with 128: fatal: "),
    ):
        tree.read("Kbuild")


def test_a_file_that_is_cut_off_is_none() -> None:
    def process(said: bytes) -> subprocess.Popen[bytes]:
        fake = SimpleNamespace(stdin=io.BytesIO(), stdout=io.BytesIO(said), stderr=None, args=["git"], wait=lambda: -9)
        return cast("subprocess.Popen[bytes]", fake)

    with pytest.raises(InfrastructureError, match="Kbuild cannot be read: git was killed by SIGKILL"):
        GitTree(process(b"0123 blob 100\nonly a part"), "HEAD").read("Kbuild")


PATHS = ["Makefile", "kernel/kexec_file.c"]
"""At the top, and in a folder that has a tree object of its own."""


def _objects(repository: Path, path: str) -> dict[str, str]:
    """Return the objects on the way to a file, by what they are."""
    parts = {"the commit": "HEAD", "/": "HEAD^{tree}", "kernel/": "HEAD:kernel", path: f"HEAD:{path}"}
    return {what: tinykernel.git(repository, "rev-parse", name) for what, name in parts.items()}


@pytest.mark.parametrize("harm", ["missing", "damaged"])
@pytest.mark.parametrize("what", ["the commit", "/", "kernel/", "kernel/kexec_file.c"])
def test_an_object_that_cannot_be_read_is_no_file_that_is_not_there(repository: Path, what: str, harm: str) -> None:
    commit = tinykernel.git(repository, "rev-parse", "HEAD")
    sha = _objects(repository, "kernel/kexec_file.c")[what]
    file = repository / ".git/objects" / sha[:2] / sha[2:]
    file.unlink() if harm == "missing" else _spoil(file)
    with open_tree(repository, commit) as tree, pytest.raises(InfrastructureError, match=sha) as raised:
        tree.read("kernel/kexec_file.c")
    assert raised.value.message.startswith(f"{'kernel/kexec_file.c' if harm == 'damaged' else what} cannot be read: ")


def _spoil(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"spoilt")


def test_what_a_lost_object_is_not_needed_for_is_read(repository: Path) -> None:
    sha = _objects(repository, "kernel/kexec_file.c")["kernel/kexec_file.c"]
    (repository / ".git/objects" / sha[:2] / sha[2:]).unlink()
    with open_tree(repository, "HEAD") as tree:
        assert (tree.read("kernel/none.c"), tree.read("Kbuild")) == (None, b"# Kbuild\n")


@pytest.mark.parametrize("name", [b"a\nb", b"caf\xe9.c", b"x 5", b"tab\tx", b'"quoted"', b"ends "])
def test_odd_names(repository: Path, name: bytes) -> None:
    path = os.fsdecode(name)
    (repository / path).write_bytes(b"odd\n")
    tinykernel.git(repository, "add", "--all")
    tinykernel.git(repository, "commit", "--quiet", "--message=odd")
    with open_tree(repository, "HEAD") as tree:
        assert [tree.read(one) for one in (path, f"no {path}", "Kbuild")] == [b"odd\n", None, b"# Kbuild\n"]


PIECES = st.sampled_from(["..", ".", "", "a", "b", "file", "up", "round", "out", "inner"])
FOUND: dict[str, PathKind | str] = {
    "a": PathKind.FOLDER,
    "a/b": PathKind.FOLDER,
    "a/file": PathKind.FILE,
    "file": PathKind.FILE,
    "a/up": "../..",
    "up": "a/b",
    "round": "a/../round",
    "out": "/",
    "a/inner": "b/../file",
    "b": "a",
}


@given(st.lists(PIECES, max_size=8))
def test_no_path_leads_out_of_the_tree_or_on_for_ever(parts: list[str]) -> None:
    with contextlib.suppress(InputError):
        there = follow("/".join(parts), FOUND.get)
        assert there is None or FOUND[there] is PathKind.FILE


def test_a_tree_of_git_with_other_ids(tmp_path: Path) -> None:
    folder = tinykernel.plain(tmp_path / "linux")
    tinykernel.git(folder, "init", "--quiet", "--object-format=sha256")
    tinykernel.git(folder, "add", "--all")
    tinykernel.git(folder, "commit", "--quiet", "--message=one")
    with open_tree(folder, "HEAD") as tree:
        assert (tree.read("none"), tree.read("kernel/none"), tree.read("Kbuild")) == (None, None, b"# Kbuild\n")


def test_date(repository: Path) -> None:
    with open_tree(repository, "HEAD") as tree:
        assert tree.date() == 1700000000


@given(st.binary())
def test_date_of_anything(text: bytes) -> None:
    assert date_of(text) >= 0

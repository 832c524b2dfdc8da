# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of bases: which one knows which words; a further one is a module and its line in KINDS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import bases
from generator.bases.debian import Debian
from generator.bases.folder import FolderProvider
from generator.bases.git import Git
from patchset.errors import InputError
from tests import tinykernel
from tests.tinybase import Tiny

if TYPE_CHECKING:
    from pathlib import Path

    from generator.bases.provider import Provider


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("debian:6.1", Debian),
        ("debian:", Debian),
        ("plain", FolderProvider),
        ("bare.git", Git),
        ("linux", Git),
        ("linux@v1", Git),
        ("plain@v1", Git),
        ("v1", Git),
        ("", Git),
        ("Debian:6.1", Git),
        ("x" * 5000, Git),
    ],
)
def test_each_kind_knows_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, kind: type[Provider]
) -> None:
    monkeypatch.chdir(tmp_path)
    tinykernel.plain(tmp_path / "plain")
    tinykernel.repository(tmp_path / "linux")
    tinykernel.git(tmp_path, "clone", "--quiet", "--bare", "linux", "bare.git")
    assert type(next(one for one in bases.KINDS if one.matches(words))) is kind


def test_a_further_kind_is_found_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "KINDS", (Tiny(), *bases.KINDS))
    said: list[str] = []
    base = bases.find("tiny:small", tmp_path, said.append)
    assert (base.spec, base.version, said) == ("tiny:small", "6.1.7", ["unpacking a tiny kernel"])
    with pytest.raises(InputError, match="there is no folder") as caught:
        bases.find("./nowhere", tmp_path, said.append)
    assert caught.value.hint == (
        "a base is PATH[@REV[:FOLDER]], a revision of the current repository, a plain folder's PATH, "
        "debian:VERSION, e.g. debian:6.1, or tiny:SIZE"
    )

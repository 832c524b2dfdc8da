# SPDX-License-Identifier: GPL-2.0-only
"""`respin bases`, completion and a tree's file, with one kind of base more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import bases
from generator.bases.debian import Debian
from tests import completion
from tests.tinybase import Tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a kind, on a machine without apt."""
    more = (Tiny(), *bases.KINDS)
    for module in ("generator.bases", "respin.commands.bases", "respin.completion"):
        monkeypatch.setattr(f"{module}.KINDS", more)
    monkeypatch.setattr(Debian, "offers", lambda *_: ())
    monkeypatch.setattr(Debian, "completions", lambda *_: ())


def test_a_further_kind_is_listed(respin: Respin, tmp_path: Path) -> None:
    cache, large = tmp_path / "own", f"{'tiny:large':32}  on offer"
    assert respin("bases", "--cache", cache)[:2] == (0, [f"{'tiny:small':32}  on offer", large])
    bases.find("tiny:small", cache, lambda _: None)
    assert respin("bases", "--cache", cache)[1] == [f"{'tiny:small':32}  cached    conflicts", large]


def test_nothing_is_on_offer(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tiny, "offers", lambda *_: ())
    code, out, err = respin("bases")
    assert (code, out, "give a PATH" in err) == (0, [], True)


def test_a_further_kind_is_completed() -> None:
    assert completion.of("explain", [], "tiny:l") == ["tiny:l", "tiny:large"]


@pytest.mark.parametrize(("word", "wrong"), [("tiny:small", ""), ("tiny:9", "'base' must be tiny:SIZE, debian:VERSION or @REV")])  # fmt: skip
def test_a_further_kind_can_be_named_in_a_tree(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch, word: str, wrong: str
) -> None:
    monkeypatch.chdir(kernel)
    (kernel / "respin.toml").write_text(f'base = "{word}"\n')
    code, out, err = respin("explain")
    assert (code, wrong in err, bool(out)) == (2 if wrong else 1, True, not wrong)

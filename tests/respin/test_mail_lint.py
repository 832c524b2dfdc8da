# SPDX-License-Identifier: GPL-2.0-only
"""The check `mail-lint` on the stand-in kernel: right, wrong in the definition, and of a series that is not posted."""

from __future__ import annotations

import json
import shlex
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from patchset.loader import read
from respin import session
from tests import fake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from patchset.types import Series

    Respin = Callable[..., tuple[int, list[str], str]]

LINT = """\
[[waiver]]
line = "T01"
reason = "nobody signs a stand-in off"
[[waiver]]
line = "S01"
match = "no tag"
reason = "it is on no server"
[[waiver]]
line = "S05"
match = "links to them"
reason = "it was never posted"
[[waiver]]
line = "S08"
reason = "there is nothing to compare with"
[[waiver]]
line = "M04"
reason = "there is no list"
[[waiver]]
line = "B05"
reason = "the option is a stand-in"
"""


@pytest.fixture
def definition(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the verbs a copy of the series; return its folder."""
    del respin  # which gives them the series itself
    folder = tmp_path / "series"
    shutil.copytree(fake.FAKESERIES, folder)
    (folder / "lint.toml").write_text(LINT)

    def load(name: str) -> Series:
        del name
        return read(folder, folder / "c")

    monkeypatch.setattr(session, "load", load)
    return folder


def linted(respin: Respin, kernel: Path, tmp_path: Path, *more: str) -> tuple[int, dict[int, dict[str, Any]]]:
    code, _, err = respin("check", kernel, "--only", "mail-lint", "--json", tmp_path / "r.json", *more)
    assert not err, err
    results = json.loads((tmp_path / "r.json").read_text())["results"]
    return code, {one["patch"]: one for one in results}


def rules(result: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in result["findings"] if one["severity"] != "note"}


def test_right_mails_pass(respin: Respin, kernel: Path, definition: Path, tmp_path: Path) -> None:
    assert definition.is_dir()
    code, results = linted(respin, kernel, tmp_path)
    assert (code, [(number, one["status"], rules(one)) for number, one in results.items()]) == (0, [(0, "PASS", set()), (1, "PASS", set()), (2, "PASS", set())])  # fmt: skip
    assert "3 mails judged" in results[0]["summary"]
    assert linted(respin, kernel, tmp_path)[1][0]["cached"]


SPOILED = {
    "a long line": ("random.txt", "A widget always lies where the one before it lay, and that is not where it should. So let it lie elsewhere.\n", 1, {"P05"}),
    "no message": ("gadget.txt", "\n", 2, {"P04"}),
    "a place holder": ("random.txt", "EDITME\n", 1, {"S10"}),
    "a letter without provenance": ("cover.txt", "Widgets.\n\n{{ changes }}\n", 0, {"S12"}),
    "a letter without changes": ("cover.txt", "Widgets.\n\n{{ provenance }} {{ tested }}\n", 0, {"S05"}),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILED)
def test_wrong_mails_fail(respin: Respin, kernel: Path, definition: Path, tmp_path: Path, how: str) -> None:
    name, text, patch, wanted = SPOILED[how]
    (definition / name).write_text(text)
    (definition / "lint.toml").write_text("generated = true\n" + LINT)
    code, results = linted(respin, kernel, tmp_path)
    assert (code, rules(results[patch])) == (1, wanted)
    assert results[patch]["reproduce"] == f"respin check {kernel} --only mail-lint"


def test_a_line_to_reproduce_repeats_what_was_given(
    respin: Respin, kernel: Path, definition: Path, tmp_path: Path
) -> None:
    (definition / "gadget.txt").write_text("\n")
    options = {"--series": "fake", "--from": "Ann O'Hara <ann@example.org>", "--date": "@1700000000"}
    options |= {"--cache": str(tmp_path / "other cache")}
    given = [word for pair in options.items() for word in pair]
    for _ in range(2):
        code, results = linted(respin, kernel, tmp_path, *given, "--signoff")
        program, *words = shlex.split(results[2]["reproduce"])
        assert (code, program, words[:4]) == (1, "respin", ["check", str(kernel), "--only", "mail-lint"])
        assert sorted(words[4:]) == sorted([*given, "--signoff"])
        given = words[4:]
        given.remove("--signoff")
    assert results[2]["cached"]


def test_a_series_that_is_not_posted(respin: Respin, kernel: Path, definition: Path) -> None:
    (definition / "history.toml").unlink()
    code, out, err = respin("check", kernel, "--only", "mail-lint")
    assert (code, out) == (2, [])
    assert "the series fake does not ask for mail-lint: it has no history.toml" in err


def test_a_base_without_maintainers_is_an_error(respin: Respin, kernel: Path, definition: Path, tmp_path: Path) -> None:
    assert definition.is_dir()
    shutil.rmtree(kernel / ".git")
    (kernel / "scripts/get_maintainer.pl").unlink()
    code, results = linted(respin, kernel, tmp_path)
    assert (code, results[0]["status"]) == (3, "ERROR")

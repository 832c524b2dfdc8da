# SPDX-License-Identifier: GPL-2.0-only
"""What was proven once is kept, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import cache
from checks.contract import Finding, Result, Scope, Severity, Status, Tool
from checks.programs import Programs
from tests import killed
from tests.checks.made import result

if TYPE_CHECKING:
    from pathlib import Path

NAME = "ab" * 32
WORDS = st.lists(st.text(max_size=4), max_size=4)


@given(WORDS, WORDS)
def test_a_key_changes_with_any_word(one: list[str], other: list[str]) -> None:
    assert (cache.key("a", 1, *one) == cache.key("a", 1, *other)) is (one == other)


def test_words_do_not_run_into_each_other() -> None:
    several = (("ab",), ("a", "b"), ("", "ab"), ("ab", ""), ("b", "a"), ("1:a",), ())
    keys = {cache.key("a", 1, *words) for words in several}
    assert len(keys) == 7


def test_a_key_changes_with_the_kind_and_the_version() -> None:
    assert (
        len(
            {
                cache.key("a", 1, "w"),
                cache.key("a", 2, "w"),
                cache.key("b", 1, "w"),
                cache.key("a", 12),
                cache.key("a", 1, "2"),
            }
        )
        == 5
    )


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    finding = Finding(Severity.WARNING, "a\nb \u2026", "a.c", 3, "R07")
    made = Result("fake", Scope.PATCH, Status.FAIL, "bad", 1.25, 2, (finding,), "make it", data={"a": [1]})
    cache.keep(tmp_path, NAME, [made])
    (told,) = cache.results(tmp_path, NAME)
    assert told.cached
    assert (told.status, told.findings, told.seconds, told.scope) == (made.status, made.findings, 1.25, Scope.PATCH)
    assert told.data == made.data


def test_what_was_kept_keeps_its_date(tmp_path: Path) -> None:
    made = Result("fake", Scope.PATCH, Status.PASS, "good", date="2026-11-24T09:00:00Z")
    cache.keep(tmp_path, "d", (made,))
    assert [each.date for each in cache.results(tmp_path, "d")] == ["2026-11-24T09:00:00Z"]


@pytest.mark.parametrize("status", [Status.ERROR, Status.MISS, Status.SKIP])
def test_what_is_not_certain_is_not_kept(tmp_path: Path, status: Status) -> None:
    cache.keep(tmp_path, NAME, [result(Status.PASS), result(status)])
    assert cache.results(tmp_path, NAME) == ()
    cache.keep(tmp_path, NAME, [])
    assert not list(tmp_path.iterdir())


def test_a_write_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write(tmp_path, NAME, ["old"])
    with pytest.raises(TypeError):
        cache.write(tmp_path, NAME, ["new", object()])
    assert cache.read(tmp_path, NAME) == ["old"]

    def fail(source: str, target: Path) -> None:
        raise OSError(source, target)

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match=NAME):
        cache.write(tmp_path, NAME, ["new"])
    assert cache.read(tmp_path, NAME) == ["old"]
    monkeypatch.undo()
    cache.write(tmp_path, NAME, ["new"])
    assert cache.read(tmp_path, NAME) == ["new"]
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


@pytest.mark.slow
def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    code = "from pathlib import Path\nfrom checks import cache\ncache.write(Path(sys.argv[1]), sys.argv[2], 1)\n"
    killed.at_rename(code, tmp_path, NAME)
    cache.write(tmp_path, NAME, 1)
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


JUNK = [
    b"", b"\0\xff", b"{", b"5", b"null", b"[]", b"[1]", b'{"a": 1}', b'"text"', b"[{}]", b"[[]]", b"[" * 100_000,
    b'[{"status": "PASS", "scope": "patch", "findings": []}]',
    b'[{"check":"a","scope":"patch","status":"GOOD","summary":"","findings":[]}]',
    b'[{"check":"a","scope":"patch","status":"PASS","summary":"","findings":[1]}]',
    b'[{"check":"a","scope":"patch","status":"PASS","summary":"","findings":[],"more":1}]',
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_no_result(tmp_path: Path, junk: bytes) -> None:
    cache.write(tmp_path, NAME, [])
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(junk)
    assert cache.results(tmp_path, NAME) == ()


def test_nothing_kept_is_no_result(tmp_path: Path) -> None:
    assert cache.results(tmp_path, NAME) == ()
    assert cache.read(tmp_path, NAME) is None


def test_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, body in (
        ("talks", "echo talks 1.2; echo more"),
        ("mumbles", "echo 'mumbles 3' >&2"),
        ("silent", "echo 4 >&2; exit 1"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    names = ("talks", "mumbles", "silent", "no-such-tool")
    told = Programs().versions([Tool(name, "x") for name in names])
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names[:3]]
    assert told == (
        f"talks: talks 1.2 {digests[0]}", f"mumbles: mumbles 3 {digests[1]}", f"silent:  {digests[2]}", "no-such-tool: -",
    )  # fmt: skip


def test_a_tool_that_was_built_anew_is_another_one_and_a_copy_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    for name, body, seconds in (("a", "echo 1.2 # x", 7), ("b", "echo 1.2 # y", 7), ("c", "echo 1.2 # x", 9)):
        (tmp_path / name).mkdir()
        tool = tmp_path / name / "tool"
        tool.write_text(f"#!/bin/sh\n{body}\n")
        tool.chmod(0o755)
        os.utime(tool, (seconds, seconds))
        monkeypatch.setenv("PATH", f"{tmp_path / name}:/usr/bin:/bin")
        told += Programs().versions([Tool("tool", "x")])
    assert (told[0] == told[1], told[0] == told[2]) == (False, True)

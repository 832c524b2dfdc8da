# SPDX-License-Identifier: GPL-2.0-only
"""A verdict is kept under its check's version: no code changes behind it in silence."""

from __future__ import annotations

import ast
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.checks import versions

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = tomllib.loads(versions.FILE.read_text("utf-8"))


def test_there_is_a_row_for_everything_that_is_kept() -> None:
    assert [*WRITTEN] == [*versions.versions()]


@pytest.mark.parametrize("name", versions.versions())
def test_the_version_is_of_this_code(name: str) -> None:
    _, number = versions.versions()[name]
    said = versions.complaint(name, WRITTEN[name], number, versions.digest(*versions.behind(name)))
    assert not said, f"{said}; then: python -m tests.checks.versions"


def test_what_makes_a_checks_mails_is_code_behind_it() -> None:
    assert versions.digest(*versions.behind("mail-lint")) != versions.digest("checks.proofs.mail_lint")


def test_what_is_said_of_a_row() -> None:
    row = {"version": 1, "code": "ab"}
    assert versions.complaint("build", row, 1, "ab") == ""
    assert versions.complaint("build", row, 1, "cd").startswith(
        "code that build stands on has changed: raise its version"
    )
    assert versions.complaint("build", row, 2, "cd") == "the version of build is 2"


def test_a_digest_follows_from_code_alone(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    one, two = tmp_path / "checks/one.py", tmp_path / "checks/two.py"
    (tmp_path / "checks/__init__.py").write_text("")
    two.write_text('"""Two."""\nX = 1\n')
    one.write_text('"""One."""\nfrom checks.two import X\n\nY = X  # why\n')
    before = versions.digest("checks.one", root=tmp_path)
    two.write_text('"""What two is."""\n\n# a comment\nX = 1\n"""More."""\n')
    assert versions.digest("checks.one", root=tmp_path) == before
    two.write_text('"""Two."""\nX = 2\n')
    assert versions.digest("checks.one", root=tmp_path) != before
    assert versions.digest("checks.two", root=tmp_path) != before


def test_a_text_in_code_is_code() -> None:
    text = 'def f() -> str:\n    """Say it."""\n    return "word"\n'
    assert versions.code(text, ast.parse(text)) == 'def f() -> str:\nreturn "word"'

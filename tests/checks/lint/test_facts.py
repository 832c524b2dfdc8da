# SPDX-License-Identifier: GPL-2.0-only
"""What only a repository knows: S01, S02, P02, P06, P07, T03, M03; and M05, which patatt does."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.lint import facts, judge
from checks.lint.lines import IDS
from checks.lint.posting import Case, Need
from checks.lint.repository import opened
from patchset.errors import InputError
from patchset.lint import Lint, Profile
from tests import fake, tinykernel
from tests.checks.lint.made import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checks.lint.posting import Posting

TIP = Lint(frozenset({Profile.TIP}))


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    """Make a kernel with a history of two, a tag on the first, and a topic of two patches."""
    folder = fake.repository(tmp_path / "linux")
    change(folder, "arch/x86/widget.c", "int x;\n", "x86/widget: Add a box")
    tinykernel.git(folder, "tag", "v2")
    tinykernel.git(folder, "checkout", "--quiet", "-b", "topic")
    change(folder, "arch/x86/widget.c", "int x;\nint y;\n", "x86/widget: Add y")
    return folder


def change(folder: Path, path: str, text: str, message: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    tinykernel.git(folder, "add", "--all")
    tinykernel.git(folder, "commit", "--quiet", f"--message={message}")


def mails(folder: Path, *options: str) -> Posting:
    text = tinykernel.git(folder, "format-patch", "--stdout", "--base=v2", *options, "v2..topic")
    return read(text + "\n")


def found(line: str, posting: Posting, linux: Path, change: Callable[[Case], Case] = lambda case: case) -> list[str]:
    with opened(linux) as here:
        known = facts.find(here, posting.base)
        assert known is not None
        has = judge.needs(posting, known, None, posted=True)
        case = change(Case(posting, facts=known, has=has | {Need.ASKED}))
        return [one.finding.message for one in judge.judge(case, TIP, [line]) if one.finding.rule == line]


def test_mails_that_are_right(linux: Path) -> None:
    posting = mails(linux)
    for line in ("S01", "S02", "P02", "P06", "P07", "T03"):
        assert found(line, posting, linux) == []


def test_a_base_that_nobody_has(linux: Path) -> None:
    tinykernel.git(linux, "tag", "--delete", "v2")
    text = tinykernel.git(linux, "format-patch", "--stdout", "--base=main", "main..topic")
    assert found("S01", read(text + "\n"), linux)[0].startswith("no tag and no remote branch contains")


def test_what_does_not_apply(linux: Path) -> None:
    text = tinykernel.git(linux, "format-patch", "--stdout", "--base=v2", "v2..topic").replace("\n int x;", "\n int z;")
    assert "does not apply on the base-commit: x86/widget: Add y" in found("S02", read(text + "\n"), linux)[0]


def test_what_gives_another_tree(linux: Path) -> None:
    tree = tinykernel.git(linux, "rev-parse", "topic^{tree}")
    posting = mails(linux)
    assert found("S02", posting, linux, lambda case: replace(case, trees=[tree])) == []
    assert f"the mail gives the tree {tree[:12]}" in found("S02", posting, linux, lambda case: replace(case, trees=["0" * 40]))[0]  # fmt: skip


def amended(folder: Path, message: str) -> Posting:
    tinykernel.git(folder, "commit", "--quiet", "--amend", f"--message={message}")
    return mails(folder)


def test_a_prefix_that_nobody_uses(linux: Path) -> None:
    assert "has the prefix `x86/gadget:`" in found("P02", amended(linux, "x86/gadget: Add y"), linux)[0]


def test_functions_that_are_not_there(linux: Path) -> None:
    posting = amended(linux, "x86/widget: Add y\n\ngadget_open() calls gadget_shut() in kernel/gadget.c.\n")
    assert found("P06", posting, linux) == ["there is no gadget_shut() in the tree"]


def test_commits_that_are_not_there_or_another(linux: Path) -> None:
    sha = tinykernel.git(linux, "rev-parse", "--short=12", "v2")
    for text, said in (
        (f'commit {sha} ("x86/widget: Add a box")', None),
        (f'commit {sha} ("x86/widget: Add a\nbox")', None),
        (f'commit {sha} ("x86/widget: Add two")', f"commit {sha} has another subject: x86/widget: Add a box"),
        ('commit 0123456789ab ("x86")', "commit 0123456789ab is not in the repository"),
    ):
        assert found("P07", amended(linux, f"x86/widget: Add y\n\nSee {text}.\n"), linux) == ([said] if said else [])


def test_fixes_of_what_is_not_there(linux: Path) -> None:
    own, sha = (tinykernel.git(linux, "rev-parse", "--short=12", one) for one in ("topic", "v2"))
    tinykernel.git(linux, "branch", "kept")
    for text, said in (
        (f'{sha} ("x86/widget: Add a box")', None),
        (f'{sha} ("x86/widget: Add")', f"Fixes: {sha} has another subject: x86/widget: Add a box"),
        (f'{own} ("x86/widget: Add y")', f"Fixes: {own} is not a commit of the base"),
        ('0123456789ab ("x86")', "Fixes: 0123456789ab is not a commit of the base"),
    ):
        posting = amended(linux, f"x86/widget: Add y\n\nWhy.\n\nFixes: {text}\n")
        assert found("T03", posting, linux) == ([said] if said else [])


def test_whom_the_script_names(linux: Path) -> None:
    tinykernel.git(linux, "checkout", "--quiet", "-B", "topic", "v2")
    change(linux, "kernel/gadget.c", (linux / "kernel/gadget.c").read_text() + "int y;\n", "gadget: Add y")
    posting = mails(linux, "--to=someone@example.org")

    def ask(case: Case) -> Case:
        assert case.facts is not None
        return replace(case, asked=case.facts.asked(posting.patches, 2))

    who = "everything@example.org, somebody@example.org"
    assert found("M03", posting, linux, ask) == [f"get_maintainer.pl names {who}, who do not get it"]
    text = posting.patches[0].raw.replace(b"\nSubject:", f"\nCc: {who}\nSubject:".encode())
    right = read(text)
    assert found("M03", right, linux, lambda case: replace(ask(case), posting=right)) == []


def test_a_repository_without_the_base_knows_nothing(linux: Path, tmp_path: Path) -> None:
    with opened(linux) as here:
        for base in ("0" * 40, "", "--help", "main"):
            assert facts.find(here, base) is None
    with pytest.raises(InputError, match="is not a git repository"), opened(tmp_path):
        pass
    posting = mails(linux)
    assert Need.BASE not in judge.needs(posting, None, None, posted=True)


def test_an_import_has_no_history(linux: Path) -> None:
    posting = mails(linux)
    with opened(linux) as here:
        known = facts.find(here, tinykernel.git(linux, "rev-parse", "main~1"))
        assert known is not None
        assert judge.needs(posting, known, None, posted=True) & {Need.BASE, Need.HISTORY} == {Need.BASE}


@pytest.mark.parametrize("valid", [True, False])
def test_a_signature_is_patatts_business(
    linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, valid: bool
) -> None:
    tool = tmp_path / "bin" / "patatt"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\ncat >/dev/null\n{'true' if valid else 'echo BADSIG ann; exit 1'}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    posting = mails(linux)
    assert found("M05", posting, linux) == []
    signed = read(posting.patches[0].raw.replace(b"\nSubject:", b"\nX-Developer-Signature: v=1\nSubject:"))
    assert found("M05", signed, linux) == ([] if valid else ["patatt: BADSIG ann"])
    assert "M05" in IDS


def test_the_repository_that_one_is_in_chooses_neither_patatts_programs_nor_its_keys(
    linux: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool, asked = tmp_path / "bin" / "patatt", tmp_path / "asked"
    tool.parent.mkdir()
    tool.write_text(
        f"#!/bin/sh\ncat >/dev/null\ngit config patatt.gpg-bin >{asked}\ngit rev-parse --git-dir >>{asked}\n:\n"
    )
    tool.chmod(0o755)
    tinykernel.git(linux, "config", "patatt.gpg-bin", "/bin/false")
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_DIR", str(linux / ".git"))
    monkeypatch.chdir(linux)
    monkeypatch.setattr(tempfile, "tempdir", str(linux / "kernel"))
    assert facts.attested_by(mails(linux).patches[0]) == ""
    assert asked.read_text() == ""


def test_a_patch_id_is_made_whatever_stands_in_the_configuration_of_the_current_folder(
    linux: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = mails(linux).patches[0]
    (linux / ".git/config").write_text("[broken\n")
    monkeypatch.chdir(linux)
    moved = replace(mail, diff=re.sub(r"^@@ -[0-9]+(,[0-9]+)? .[0-9]+", r"@@ -7\1 +7", mail.diff, flags=re.MULTILINE))
    assert moved.diff != mail.diff
    assert facts.same_patch(mail, moved)
    assert not facts.same_patch(mail, replace(mail, diff=mail.diff.replace("\n+", "\n+int x;\n+", 1)))

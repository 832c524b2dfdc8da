# SPDX-License-Identifier: GPL-2.0-only
"""B04: semantic patches over the versions of touched files, with a stand-in for spatch."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Context, Result, Severity, Status
from checks.parsers.coccinelle import SpatchComplaint, options, parse, too_old
from checks.proofs.coccinelle import Coccinelle
from generator import process
from generator.process import Completed, DeadlineError
from tests.checks.made import committed, subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OUTPUT = """\
kernel/a.c:5:2-7: WARNING: NULL check before some freeing functions is not needed.
kernel/a.c:9:5-8: Unneeded variable: "ret". Return "0" on line 10
note: something else
kernel/b.c:1: no column
"""


def test_what_is_reported() -> None:
    assert parse(OUTPUT) == (
        SpatchComplaint("kernel/a.c", 5, "WARNING: NULL check before some freeing functions is not needed."),
        SpatchComplaint("kernel/a.c", 9, 'Unneeded variable: "ret". Return "0" on line N'),
    )


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("// Options: --no-includes --include-headers\n", ("--no-includes", "--include-headers")),
        ("// Options:\n@r@\n", ()),
        ("//  Options: --all-includes", ("--all-includes",)),
        ('// Options: --a "b', ()),
        ("@r@\n", ()),
    ],
)
def test_options(head: str, words: tuple[str, ...]) -> None:
    assert options(f"/// doc\n{head}") == words


@pytest.mark.parametrize(
    ("needs", "has", "wanted"),
    [
        ("1.0.4", "spatch version 1.1.1 compiled", ""),
        ("1.10", "spatch version 1.9.2", "1.10"),
        ("1.1.1", "spatch version 1.1.1.deb", ""),
        ("1.0", "no idea", ""),
    ],
)
def test_what_a_script_requires(needs: str, has: str, wanted: str) -> None:
    assert too_old(f"// Requires: {needs}\n", has) == wanted
    assert too_old("// no such line\n", has) == ""


@given(
    st.text() | st.lists(st.sampled_from([*OUTPUT.splitlines(), "// Options: '", "// Requires: 9.x"])).map("\n".join)
)
def test_nothing_raises(text: str) -> None:
    parse(text)
    options(text)
    too_old(text, text)


SPATCH = """\
#!/bin/sh
[ "$1" = --version ] && { echo "spatch version 1.1.1"; exit 0; }
echo run >> "$CALLS"
touch "$TMPDIR/ocaml_cocci_1.ml"
while [ "$1" != --cocci-file ]; do shift; done
script=$2; shift 2
case $(cat "$script") in *FAIL*) echo "no OCaml" >&2; exit 255;; esac
word=$(sed -n 's/^find //p' "$script")
for file; do
    case $file in -*) continue;; esac
    grep -n "$word" "$file" | sed "s|^\\([0-9]*\\):.*|$file:\\1:1-2: WARNING: $word on line \\1|"
done
"""
TREE = {
    "Makefile": "VERSION = 6\n",
    "scripts/coccinelle/free/bad.cocci": "// Options: --no-includes\nfind BAD\n",
    "scripts/coccinelle/locks/worse.cocci": "find WORSE\n",
    "kernel/a.c": "int a; // BAD\n",
    "kernel/untouched.c": "WORSE\n",
}


@pytest.fixture(autouse=True)
def _fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "spatch").write_text(SPATCH)
    (folder / "spatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))


def calls(folder: Path) -> int:
    file = folder / "calls"
    return len(file.read_text().splitlines()) if file.exists() else 0


def run(folder: Path, *patches: Mapping[str, str], tree: Mapping[str, str] = TREE) -> list[Result]:
    lender = folder / "lender"
    base = committed(lender, 0, tree)
    commits = [committed(lender, number, files) for number, files in enumerate(patches, 1)]
    what = replace(subject(folder, *commits), repository=lender / ".git", base=base.sha, base_tree=base.tree)
    return list(Coccinelle().run(Context(what, folder / "cache", 2)))


def test_a_new_complaint_belongs_to_the_patch_that_brings_it(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        {"kernel/a.c": "int b;\nint a; // BAD\n"},
        {"kernel/b.c": "int c; // WORSE\n"},
        {"kernel/b.c": "\nint c; // WORSE\n"},
    )
    assert [one.status for one in told] == [Status.PASS, Status.FAIL, Status.PASS]
    assert told[0].summary == "no new complaint (2 of 2 scripts, 1 file)"
    (bad,) = told[1].findings
    assert (bad.severity, bad.file, bad.line, bad.rule) == (Severity.WARNING, "kernel/b.c", 1, "B04")
    assert bad.message == "worse: WARNING: WORSE on line N"
    assert "spatch -D report" in told[1].reproduce
    assert told[1].reproduce.endswith("/kernel/b.c)")


def test_what_spatch_does_not_see_of_a_touched_function_is_told(tmp_path: Path) -> None:
    scoped = "int f(int a)\n{\n\tscoped_guard(mutex, &m) {\n\t}\n\treturn a;\n}\n"
    told = run(tmp_path, {"kernel/a.c": scoped}, {"kernel/a.c": f"{scoped}int other;\n"})
    assert [one.status for one in told] == [Status.PASS, Status.PASS]
    (note,) = told[0].findings
    assert (note.severity, note.file, note.line) == (Severity.NOTE, "kernel/a.c", 3)
    assert note.message == "spatch 1.1.1 skips f(), which uses scoped_guard()"
    assert told[1].findings == ()


def test_what_spatch_leaves_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "tmp"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    monkeypatch.setattr(tempfile, "tempdir", None)  # which Python looks up once
    run(tmp_path, {"kernel/a.c": "int b;\n"})
    assert calls(tmp_path) == 2
    assert not list(room.iterdir())


def test_a_script_that_cannot_run_is_told(tmp_path: Path) -> None:
    more = {"scripts/coccinelle/a.cocci": "FAIL\n", "scripts/coccinelle/b.cocci": "// Requires: 2.0\nfind BAD\n"}
    (told,) = run(tmp_path, {"kernel/a.c": "int b;\n"}, tree=TREE | more)
    assert (told.status, told.summary) == (Status.PASS, "no new complaint (2 of 4 scripts, 1 file)")
    assert [(one.severity, one.message) for one in told.findings] == [
        (Severity.NOTE, "scripts/coccinelle/a.cocci did not run: spatch ended with 255: no OCaml"),
        (Severity.NOTE, "scripts/coccinelle/b.cocci did not run: it requires coccinelle 2.0"),
    ]


@pytest.mark.parametrize(
    ("patch", "scripts", "words"),
    [
        ({"kernel/a.c": "int b;\n"}, "FAIL\n", "no script of scripts/coccinelle could run"),
        ({"README": "a\n"}, "find BAD\n", "it has none of the touched files"),
    ],
)
def test_what_was_not_read_is_no_pass(tmp_path: Path, patch: dict[str, str], scripts: str, words: str) -> None:
    tree = {path: scripts if path.endswith(".cocci") else text for path, text in TREE.items()}
    (told,) = run(tmp_path, patch, tree=tree)
    assert told.status is Status.ERROR
    assert words in told.summary


def test_a_tree_without_scripts(tmp_path: Path) -> None:
    (told,) = run(tmp_path, {"kernel/a.c": "int b;\n"}, tree={"kernel/a.c": "int a;\n"})
    assert told.status is Status.ERROR


def test_a_version_is_read_once(tmp_path: Path) -> None:
    patches: list[dict[str, str]] = [{"kernel/a.c": "int b; // BAD\n"}, {"kernel/a.c": "int a; // WORSE\n"}]
    first = run(tmp_path, *patches)
    assert calls(tmp_path) == 2
    commits = [committed(tmp_path / "lender", number, files) for number, files in enumerate([TREE, *patches])]
    what = replace(
        subject(tmp_path, *commits[1:]), repository=tmp_path / "lender/.git", base=commits[0].sha,
        base_tree=commits[0].tree,
    )  # fmt: skip
    again = Coccinelle().run(Context(what, tmp_path / "cache", 2))
    assert [(one.status, one.findings) for one in again] == [(one.status, one.findings) for one in first]
    assert calls(tmp_path) == 2


def test_a_script_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = process.run

    def slow(argv: list[str], *, seconds: float, **more: object) -> Completed:
        if argv[0] == "spatch" and any("worse" in word for word in argv):
            raise DeadlineError(f"spatch timed out after {seconds:.0f} s")
        return real(argv, seconds=seconds, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", slow)
    (told,) = run(tmp_path, {"kernel/a.c": "int b;\n"})
    assert told.summary == "no new complaint (1 of 2 scripts, 1 file)"
    assert "timed out after 300 s" in told.findings[0].message

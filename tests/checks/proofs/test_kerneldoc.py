# SPDX-License-Identifier: GPL-2.0-only
"""B04: what kernel-doc says, which of it is new, and a whole run with a stand-in for the script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Context, Severity, Status
from checks.parsers.compiler import Diagnostic, DiagnosticKind
from checks.parsers.kerneldoc import parse, scanned
from checks.proofs.kerneldoc import KernelDoc
from tests.checks.made import committed, subject

if TYPE_CHECKING:
    from pathlib import Path

    from checks.contract import Result

PERL = """\
kernel/a.c:3: info: Scanning doc for function widget_add
kernel/a.c:9: warning: Function parameter or member 'x' not described in 'widget_add'
kernel/a.c:20: warning: This comment starts with '/**', but isn't a kernel-doc comment. Refer to the guide
 * Add a widget
kernel/a.c:30: warning: This comment starts with '/**', but isn't a kernel-doc comment. Refer to the guide
 * Take it away
kernel/b.h:7: error: Cannot parse struct or union!
kernel/b.h:9: info: Scanning doc for struct widget
1 errors
3 warnings
"""
PYTHON = """\
Info: kernel/a.c:3 Scanning doc for function widget_add
Warning: kernel/a.c:9 function parameter 'x' not described in 'widget_add'
Error: kernel/b.h:7 Cannot parse struct or union!
"""
GUIDE = "This comment starts with '/**', but isn't a kernel-doc comment. Refer to the guide"


def test_the_perl_script() -> None:
    assert parse(PERL) == (
        Diagnostic(
            DiagnosticKind.WARNING, "kernel/a.c", "Function parameter or member 'x' not described in 'widget_add'", 9
        ),
        Diagnostic(DiagnosticKind.WARNING, "kernel/a.c", f"{GUIDE}: Add a widget", 20),
        Diagnostic(DiagnosticKind.WARNING, "kernel/a.c", f"{GUIDE}: Take it away", 30),
        Diagnostic(DiagnosticKind.ERROR, "kernel/b.h", "Cannot parse struct or union!", 7),
    )
    assert [one.line for one in parse(PERL)] == [9, 20, 30, 7]
    assert scanned(PERL) == 2


def test_the_python_script() -> None:
    assert [(one.kind, one.file, one.line, one.text) for one in parse(PYTHON)] == [
        (DiagnosticKind.WARNING, "kernel/a.c", 9, "function parameter 'x' not described in 'widget_add'"),
        (DiagnosticKind.ERROR, "kernel/b.h", 7, "Cannot parse struct or union!"),
    ]
    assert scanned(PYTHON) == 1


def test_the_same_twice_is_told_where_it_is_first() -> None:
    assert [one.line for one in parse("a.c:1: warning: x\na.c:2: warning: y\na.c:5: warning: x\n")] == [1, 2]


@given(st.lists(st.sampled_from([*PERL.splitlines(), *PYTHON.splitlines(), "", "*", ":1: warning: "]) | st.text()))
def test_it_never_raises(lines: list[str]) -> None:
    parse("\n".join(lines))


SCRIPT = """\
#!/bin/sh
# knows -Wall
for file; do
    case $file in -*) continue;; esac
    grep -q SILENT $file && exit 0
    grep -q BROKEN $file && exit 7
    grep -n '^/\\*\\*' $file | sed "s|^\\([0-9]*\\):.*|$file:\\1: info: Scanning doc for something|" >&2
    grep -n BAD $file | sed "s|^\\([0-9]*\\):\\(.*\\)|$file:\\1: warning: it is \\2|" >&2
done
"""
DOC = "int a;\n/**\n * f - does\n */\n"


def run(folder: Path, *texts: str, base: str = DOC, script: str = SCRIPT) -> list[Result]:
    lender = folder / "lender"
    first = committed(lender, 0, {"scripts/kernel-doc": script, "kernel/a.c": base} if script else {"kernel/a.c": base})
    commits = [committed(lender, number, {"kernel/a.c": text}) for number, text in enumerate(texts, 1)]
    what = replace(subject(folder, *commits), repository=lender / ".git", base=first.sha, base_tree=first.tree)
    return list(KernelDoc().run(Context(what, folder / "cache", 1)))


def test_a_new_complaint_belongs_to_the_patch_that_brings_it(tmp_path: Path) -> None:
    told = run(tmp_path, DOC + "/* moved */\n// BAD 1\n", DOC + "// BAD 2\n// BAD 1\n", base=DOC + "\n")
    assert [one.status for one in told] == [Status.FAIL, Status.FAIL]
    assert [[(each.message, each.file, each.line) for each in one.findings] for one in told] == [
        [("it is // BAD 1", "kernel/a.c", 6)],
        [("it is // BAD 2", "kernel/a.c", 5)],
    ]
    assert told[0].findings[0].severity is Severity.WARNING
    assert "scripts/kernel-doc -v -none -Wall kernel/a.c" in told[0].reproduce


def test_what_the_base_has_is_not_new_wherever_it_moved(tmp_path: Path) -> None:
    (told,) = run(tmp_path, f"int b;\n{DOC}// BAD 1\n", base=DOC + "// BAD 1\n")
    assert (told.status, told.findings) == (Status.PASS, ())
    assert told.summary == "no new complaint (1 documented things in the touched files)"


@pytest.mark.parametrize(
    ("text", "words"),
    [("SILENT\n", "kernel-doc read nothing"), ("BROKEN\n", "ended with 7"), ("", "the base: ")],
)
def test_what_was_not_read_is_no_pass(tmp_path: Path, text: str, words: str) -> None:
    (told,) = run(tmp_path, DOC + text + "int c;\n", base=DOC if text else DOC + "SILENT\n")
    assert told.status is Status.ERROR
    assert words in told.summary


def test_a_tree_without_the_script(tmp_path: Path) -> None:
    (told,) = run(tmp_path, DOC + "int c;\n", script="")
    assert (told.status, told.summary) == (Status.ERROR, "the base: the tree has no scripts/kernel-doc")


def test_a_patch_without_a_c_file(tmp_path: Path) -> None:
    lender = tmp_path / "lender"
    first = committed(lender, 0, {"scripts/kernel-doc": SCRIPT, "kernel/a.c": DOC})
    commit = committed(lender, 1, {"Documentation/a.rst": "a\n"})
    what = replace(subject(tmp_path, commit), repository=lender / ".git", base=first.sha, base_tree=first.tree)
    (told,) = KernelDoc().run(Context(what, tmp_path / "cache", 1))
    assert (told.status, told.summary) == (Status.SKIP, "the patch touches no C file")

# SPDX-License-Identifier: GPL-2.0-only
"""B04: sparse over the touched objects, with a stand-in for make: no evidence is never success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Context, Result, Severity, Status
from checks.parsers.sparse import checked, parse
from checks.proofs.sparse import Sparse
from tests.checks.made import committed, subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MERGE = """\
#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -O ] && out=$2; shift; done
[ -e broken-kconfig ] && { echo "kernel/Kconfig:3: syntax error"; exit 1; }
cp "$1" "$out/.config"
"""
MAKE = """\
#!/bin/sh
echo "make $*" >> "$FAKE/calls"
while [ $# -gt 0 ]; do
    case $1 in
    -C) source=$2; shift;;
    C=2) check=1;;
    *.o) objects="$objects $1";;
    esac
    shift
done
[ -n "$check" ] && echo "  CHECK   $source/scripts/mod/empty.c"
for object in $objects; do
    file=$source/${object%.o}.c
    grep -q BREAKS "$file" && [ -z "$check" ] && { echo "$file:1:1: error: no"; exit 2; }
    [ -z "$check" ] && { echo "$file:1:1: warning: of gcc"; continue; }
    grep -q SILENT "$file" && continue
    echo "  CHECK   $file"
    grep -n LOCKED "$file" | sed "s|^\\([0-9]*\\):.*|$file:\\1:5: warning: context imbalance in 'f' - wrong count at exit|"
    grep -n BAD "$file" | sed "s|^\\([0-9]*\\):\\(.*\\)|$file:\\1:2: warning: symbol '\\2' was not declared|"
done
exit 0
"""
PLAN = """\
[[configuration]]
name = "on"
title = "the option y"
arch = "x86_64"
set = { OURS = "y" }
"""
TREE = {
    "Makefile": "VERSION = 6\n",
    "Kbuild": "obj-y += kernel/\n",
    "kernel/Makefile": "obj-$(CONFIG_OURS) += a.o\nobj-$(CONFIG_NET) += net.o\n",
    "scripts/kconfig/merge_config.sh": MERGE,
    "kernel/a.c": "BAD old\n",
}


@pytest.fixture(autouse=True)
def _fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "make").write_text(MAKE)
    (folder / "make").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(tmp_path))


def calls(folder: Path) -> list[str]:
    file = folder / "calls"
    return file.read_text().splitlines() if file.exists() else []


def context(folder: Path, *patches: Mapping[str, str], plan: str = PLAN, tree: Mapping[str, str] = TREE) -> Context:
    lender = folder / "lender"
    base = committed(lender, 0, tree)
    commits = [committed(lender, number, files) for number, files in enumerate(patches, 1)]
    what = replace(subject(folder, *commits, plan=plan), repository=lender / ".git", base=base.sha, base_tree=base.tree)
    return Context(what, folder / "cache", 2)


def run(folder: Path, *patches: Mapping[str, str], tree: Mapping[str, str] = TREE) -> list[Result]:
    return list(Sparse().run(context(folder, *patches, tree=tree)))


def test_a_new_complaint_belongs_to_the_patch_that_brings_it(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        {"kernel/a.c": "int a;\nBAD old\n"},
        {"kernel/a.c": "BAD new\nBAD old\n", "kernel/net.c": "BAD net\n"},
        {"kernel/a.c": "\nBAD new\nBAD old\n"},
    )
    assert [one.status for one in told] == [Status.PASS, Status.FAIL, Status.PASS]
    assert told[0].summary == "no new complaint (1 object)"
    (bad,) = told[1].findings
    assert (bad.severity, bad.file, bad.line, bad.rule) == (Severity.WARNING, "kernel/a.c", 1, "B04")
    assert bad.message == "symbol 'BAD new' was not declared"
    assert all(word in told[1].reproduce for word in ("checkout", "merge_config.sh", "C=2 CHECK=sparse", "kernel/a.o"))


def test_the_objects_are_made_before_sparse_runs(tmp_path: Path) -> None:
    run(tmp_path, {"kernel/a.c": "int a;\n"})
    assert [("C=2" in call, call.endswith("kernel/a.o")) for call in calls(tmp_path)] == [
        (False, True),
        (True, True),
    ] * 2


GUARDED = "int f(int a)\n{\n\tguard(mutex)(&m);\n\treturn a; // LOCKED\n}\n"


def test_a_complaint_of_a_lock_that_a_guard_releases_is_a_note(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        {"kernel/a.c": GUARDED},
        {"kernel/a.c": f"{GUARDED}int g(void)\n{{\n\tscoped_guard(mutex, &m) {{ }}\n}}\n"},
        {"kernel/a.c": GUARDED.replace("guard(mutex)(&m)", "mutex_lock(&m)")},
    )
    assert [(one.status, one.summary) for one in told] == [
        (Status.PASS, "no new complaint (1 object)"),
        (Status.PASS, "no new complaint (1 object)"),
        (Status.FAIL, "1 new complaint (1 object)"),
    ]
    assert [(one.severity, one.file, one.message) for each in told[:2] for one in each.findings] == [
        (
            Severity.NOTE,
            "kernel/a.c",
            "context imbalance in 'f' - wrong count at exit: that proves nothing: f() uses guard(), which sparse 0.6.4 does not follow",
        ),
        (
            Severity.NOTE,
            "kernel/a.c",
            "its locks are not checked: g() uses scoped_guard(), which sparse 0.6.4 does not follow",
        ),
    ]


def test_a_lock_that_is_held_without_a_guard_is_a_finding(tmp_path: Path) -> None:
    (told,) = run(tmp_path, {"kernel/a.c": GUARDED.replace("guard(mutex)(&m)", "mutex_lock(&m)")})
    assert (told.status, told.findings[0].severity) == (Status.FAIL, Severity.WARNING)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SILENT\n", "sparse was not run on kernel/a.o"),
        ("BREAKS\n", "make ended with 2"),
    ],
)
def test_what_was_not_read_is_no_pass(tmp_path: Path, text: str, words: str) -> None:
    (told,) = run(tmp_path, {"kernel/a.c": text})
    assert told.status is Status.ERROR
    assert words in told.summary
    assert "C=2" in told.reproduce


def test_a_configuration_that_builds_none_of_it(tmp_path: Path) -> None:
    (told,) = run(tmp_path, {"kernel/net.c": "int net;\n"})
    assert told.status is Status.ERROR
    assert "builds no object of the series: nothing was read" in told.summary


def test_a_kernel_that_cannot_be_configured(tmp_path: Path) -> None:
    (told,) = run(tmp_path, {"kernel/a.c": "int a;\n", "broken-kconfig": "", "kernel/Kconfig": "config A\n"})
    assert (told.status, told.summary) == (
        Status.ERROR,
        "the kernel cannot be configured: kernel/Kconfig:3: syntax error",
    )


def test_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    asked = context(tmp_path, {"kernel/a.c": "BAD a\n"})
    first = Sparse().run(asked)
    before = len(calls(tmp_path))
    again = Sparse().run(asked)
    assert [(one.status, one.findings) for one in again] == [(one.status, one.findings) for one in first]
    assert len(calls(tmp_path)) == before


def test_what_kbuild_says_of_the_checker() -> None:
    assert checked("  CC      kernel/a.o\n  CHECK   ../source/kernel/a.c\nCHECK b.c\n  CHECK   x.h\n") == (
        "../source/kernel/a.c", "b.c",
    )  # fmt: skip


SAID = """\
  CC      kernel/a.o
  CHECK   /k/source/kernel/a.c
/k/source/kernel/a.c:44:53: warning: incorrect type in initializer (different address spaces)
/k/source/kernel/a.c:44:53:    expected char *q
/k/source/kernel/a.c:44:53:    got char [noderef] __user *p
/k/source/kernel/a.c:50:66: warning: Using plain integer as NULL pointer
/k/source/kernel/a.c:51:5: error: too many errors
"""


def test_the_types_that_a_complaint_names_belong_to_it() -> None:
    assert [(one.file, one.line, one.text) for one in parse(SAID, root="/k/source")] == [
        (
            "kernel/a.c",
            44,
            "incorrect type in initializer (different address spaces); expected char *q; got char [noderef] __user *p",
        ),
        ("kernel/a.c", 50, "Using plain integer as NULL pointer"),
        ("kernel/a.c", 51, "too many errors"),
    ]
    other = SAID.replace("*q", "*other")
    assert parse(other, root="/k/source")[0].identity != parse(SAID, root="/k/source")[0].identity


@given(st.text() | st.lists(st.sampled_from(SAID.splitlines())).map("\n".join))
def test_nothing_raises(text: str) -> None:
    parse(text, root="/k")
    checked(text)

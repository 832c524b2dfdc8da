# SPDX-License-Identifier: GPL-2.0-only
"""R03: the check over a repository, and what it says when an architecture is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.contract import Context, Result, Severity, Status
from checks.proofs.kbuf import KbufInit, architecture
from tests.checks.made import committed, subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAN = '[member]\nstruct = "box"\nname = "lid"\n'
HEADER = "struct box {\n\tint size;\n};\n"
WITH = HEADER.replace("};", "\tbool lid;\n};")
STACK = "int load(void)\n{\n\tstruct box b;\n\n\tb.size = 1;\n\treturn add(&b);\n}\n"
FIXED = STACK.replace("box b;", "box b = {};")
BASE = {
    "Makefile": "VERSION = 6\n",
    "include/box.h": HEADER,
    "arch/arm64/load.c": STACK,
    "arch/s390/load.c": STACK.replace("b;", "b = { .size = 1 };", 1),
    "arch/x86/other.c": "int other;\n",
}


def run(folder: Path, *patches: Mapping[str, str], plan: str = PLAN, base: Mapping[str, str] = BASE) -> Result:
    lender = folder / "lender"
    first = committed(lender, 0, base)
    commits = [committed(lender, number, files) for number, files in enumerate(patches, 1)]
    what = replace(
        subject(folder, *commits, plan=plan), repository=lender / ".git", base=first.sha, base_tree=first.tree
    )
    (result,) = KbufInit().run(Context(what, folder / "cache", 1))
    return result


def test_an_architecture_that_was_left_out(tmp_path: Path) -> None:
    told = run(tmp_path, {"include/box.h": WITH}, {"arch/x86/other.c": "int more;\n"})
    assert told.status is Status.FAIL
    (bad,) = told.findings
    assert (bad.severity, bad.file, bad.line, bad.rule) == (Severity.ERROR, "arch/arm64/load.c", 3, "R03")
    assert bad.message.startswith("[arm64] b in load(), from patch 1 on: line 6 uses it")
    assert "git --git-dir" in told.reproduce


def test_all_architectures_initialised(tmp_path: Path) -> None:
    told = run(tmp_path, {"include/box.h": WITH, "arch/arm64/load.c": FIXED})
    assert told.status is Status.PASS
    assert told.summary == "nobody reads box.lid uninitialised (2 objects: arm64 1, s390 1)"
    assert [(one.severity, one.file) for one in told.findings] == [(Severity.NOTE, "arch/arm64/load.c")]
    assert [one["file"] for one in told.data["declared"]] == ["arch/arm64/load.c", "arch/s390/load.c"]


def test_initialised_too_late_in_the_series(tmp_path: Path) -> None:
    told = run(tmp_path, {"include/box.h": WITH}, {"arch/arm64/load.c": FIXED})
    assert told.status is Status.FAIL
    assert "from patch 1 on" in told.findings[0].message


def test_a_patch_that_declares_one(tmp_path: Path) -> None:
    whole = {"include/box.h": WITH, "arch/arm64/load.c": FIXED}
    told = run(tmp_path, whole, {"arch/x86/new.c": STACK, "arch/x86/other.c": WITH.replace("box", "sack")})
    assert told.status is Status.FAIL
    assert told.findings[0].message.startswith("[x86] b in load(), from patch 2 on")


def test_writers_are_told(tmp_path: Path) -> None:
    asks = "void ask(struct box *b)\n{\n\tb->lid = true;\n}\n"
    told = run(tmp_path, {"include/box.h": WITH, "arch/arm64/load.c": FIXED, "kernel/ask.c": asks})
    assert told.status is Status.PASS
    assert told.data["writers"] == [{"file": "kernel/ask.c", "function": "ask", "line": 3, "text": "b->lid = true"}]
    assert "ask writes lid: b->lid = true" in [one.message for one in told.findings]


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"kernel/a.c": "int a;\n"}, "no patch adds box.lid: nothing was read"),
        ({"include/box.h": WITH + "typedef struct box box_t;\n"}, "include/box.h cannot be judged"),
        ({"include/box.h": WITH + "struct shelf {\n\tstruct box b;\n};\n"}, "struct shelf has it as a part"),
    ],
)
def test_what_was_not_read_is_no_pass(tmp_path: Path, patch: dict[str, str], words: str) -> None:
    told = run(tmp_path, patch | {"arch/arm64/load.c": FIXED})
    assert told.status is Status.ERROR
    assert words in told.summary
    assert told.reproduce


def test_a_tree_without_objects_is_no_pass(tmp_path: Path) -> None:
    told = run(tmp_path, {"include/box.h": WITH}, base={"Makefile": "VERSION = 6\n", "include/box.h": HEADER})
    assert (told.status, told.summary) == (Status.ERROR, "the tree declares no struct box: nothing was read")


def test_content_follows_the_trees(tmp_path: Path) -> None:
    lender = tmp_path / "lender"
    commits = [committed(lender, number, {"kernel/a.c": f"int a = {number};\n"}) for number in range(2)]
    what = Context(subject(tmp_path, *commits, plan=PLAN), tmp_path / "cache", 1)
    assert KbufInit().content(what) == ("b" * 40, commits[0].tree, commits[1].tree)


@pytest.mark.parametrize(
    ("path", "name"),
    [("arch/arm64/a.c", "arm64"), ("arch/a.c", "a.c"), ("kernel/arch/a.c", "generic"), ("a.c", "generic")],
)
def test_architecture(path: str, name: str) -> None:
    assert architecture(path) == name

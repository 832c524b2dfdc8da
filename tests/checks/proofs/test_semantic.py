# SPDX-License-Identifier: GPL-2.0-only
"""B01: libclang over a stand-in for a kernel, whose `make prepare0` writes one command, and what the errors say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checks.contract import Context, Result, Severity, Status
from checks.kernel import clang
from checks.kernel.clang import Error, Job
from checks.kernel.prepared import Prepared
from checks.proofs.semantic import Semantic, judge
from generator import process
from generator.process import Completed
from patchset.errors import InfrastructureError
from tests.checks.made import committed, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OLD = Error("kernel/a.c", "use of undeclared identifier 'old'", 3, fatal=False)
NEW = Error("kernel/a.c", "use of undeclared identifier 'new'", 4, fatal=False)
FATAL = Error("include/a.h", "'gone.h' file not found", 1, fatal=True)
A = "kernel/a.c"


def tell(base: list[Error], yes: list[Error], no: list[Error]) -> tuple[Status, str, list[str]]:
    seen = {(A, ""): tuple(base), (A, "y"): tuple(yes), (A, "n"): tuple(no)}
    status, summary, findings = judge(seen, [A])
    return status, summary, [each.message for each in findings]


@pytest.mark.parametrize(
    ("yes", "no", "values"), [([NEW], [NEW], "y and n"), ([NEW], [], "y"), ([], [NEW], "n"), ([NEW, NEW], [], "y")]
)
def test_a_new_error(yes: list[Error], no: list[Error], values: str) -> None:
    status, summary, told = tell([OLD], [OLD, *yes], [OLD, *no])
    assert (status, told) == (Status.FAIL, [f"[option {values}] {NEW.text}"])
    assert summary == "1 new error (1 file, the option y and n)"


def test_an_error_of_the_base_is_not_new_wherever_it_moved() -> None:
    assert tell([OLD], [replace(OLD, line=99)], [OLD])[0] is Status.PASS


def test_where_the_base_has_a_fatal_error_nothing_is_checked() -> None:
    status, summary, told = tell([FATAL], [FATAL, NEW], [FATAL])
    assert (status, summary) == (Status.ERROR, "no file could be checked: nothing was read")
    assert told == ["not checked: the base has a fatal error of its own: include/a.h:1: 'gone.h' file not found"]
    seen = {(A, ""): (FATAL,), ("b.c", ""): (), ("b.c", "y"): (), ("b.c", "n"): ()}
    assert judge(seen, [A, "b.c"])[:2] == (Status.PASS, "no new error (1 file, the option y and n; 1 not checked)")


def test_a_fatal_error_that_the_series_brings_is_a_finding() -> None:
    assert tell([], [FATAL], [FATAL])[0] is Status.FAIL


def test_a_new_file_has_no_base() -> None:
    assert judge({(A, "y"): (NEW,), (A, "n"): ()}, [A])[0] is Status.FAIL


def test_what_was_left_out_is_said() -> None:
    status, _, findings = judge({}, [], ["arch/arm64/a.c"])
    assert status is Status.ERROR
    assert [(one.severity, one.file) for one in findings] == [(Severity.NOTE, "arch/arm64/a.c")]


@pytest.fixture
def ready(tmp_path: Path) -> Prepared:
    for path, text in {A: "#include <a.h>\nint b = A;\n", "include/a.h": "#define A 1\n"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return Prepared(tmp_path, tmp_path, ("-Iinclude", f"-working-directory={tmp_path}"), {}, "stamp")


def parse(ready: Prepared, *jobs: Job, **files: bytes) -> list[list[str]]:
    rendered = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    told = clang.parse(ready, rendered, jobs, kept=ready.source / "cache", workers=2)
    return [[str(each.text) for each in told[job]] for job in jobs]


@pytest.mark.slow
def test_rendered_files_are_read_in_memory(ready: Prepared) -> None:
    base, now = Job(A, rendered=False), Job(A, rendered=True)
    assert parse(ready, base, now, kernel__a_c=b"#include <a.h>\nint b = A + C;\n") == [
        [], ["use of undeclared identifier 'C'"],
    ]  # fmt: skip
    assert parse(ready, now, include__a_h=b"#define A none\n") == [["use of undeclared identifier 'none'"]]
    assert (ready.source / A).read_text() == "#include <a.h>\nint b = A;\n"


@pytest.mark.slow
def test_a_file_that_the_series_adds_is_found(ready: Prepared) -> None:
    told = clang.parse(
        ready,
        {A: b'#include "new.h"\nint b = NEW;\n', "kernel/new.h": b"#define NEW mistake\n"},
        [Job(A, rendered=True)],
        kept=ready.source / "cache",
        workers=1,
    )
    ((error,),) = told.values()
    assert (error.file, error.line, error.fatal) == (A, 2, False)


@pytest.mark.slow
def test_definitions_reach_the_parser(ready: Prepared) -> None:
    jobs = Job(A, rendered=True), Job(A, rendered=True, defines=("-DCONFIG_OURS=1",))
    assert parse(ready, *jobs, kernel__a_c=b"#ifdef CONFIG_OURS\nint b = C;\n#endif\n") == [
        [], ["use of undeclared identifier 'C'"],
    ]  # fmt: skip


@pytest.mark.slow
def test_a_file_that_another_takes_in_counts_for_that(ready: Prepared) -> None:
    jobs = Job("kernel/b.c", rendered=True), Job(A, rendered=True)
    first = {"kernel__b_c": b"int c;\n", "kernel__a_c": b'#include "b.c"\nint b = A;\n'}
    assert parse(ready, *jobs, **first) == [[], ["use of undeclared identifier 'A'"]]
    assert parse(ready, *jobs, **{**first, "kernel__b_c": b"enum { A };\n"}) == [[], []]
    assert clang.included("kernel/b.c", {A: b'#include <linux/c.h>\n#include "../kernel/b.c"\n'})
    assert not clang.included("kernel/b.c", {A: b'#include "bb.c"\n// #include "b.c"\n'})


@pytest.mark.slow
def test_a_header_that_is_not_there_is_fatal(ready: Prepared) -> None:
    told = clang.parse(ready, {A: b"#include <gone.h>\n"}, [Job(A, rendered=True)], kept=ready.source, workers=1)
    assert [error.fatal for errors in told.values() for error in errors] == [True]


@pytest.mark.slow
def test_what_was_parsed_is_not_parsed_again(ready: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, calls = (Job(A, rendered=False), Job(A, rendered=True)), list[str]()
    first = parse(ready, *jobs, kernel__a_c=b"int b = C;\n", include__a_h=b"")
    real = process.run

    def counted(argv: Sequence[str], **more: Any) -> Completed:  # noqa: ANN401 - whatever it is called with
        calls.append(argv[-1])
        return real(argv, **more)

    monkeypatch.setattr(process, "run", counted)
    assert parse(ready, *jobs, kernel__a_c=b"int b = C;\n", include__a_h=b"") == first
    assert calls == []
    assert parse(ready, *jobs, kernel__a_c=b"#include <a.h>\nint b = A;\n", include__a_h=b"#define A 2\n") == [[], []]
    assert calls == ["checks.kernel.clangworker"]


@pytest.mark.parametrize("answer", [b"", b"[]", b"[[{}]]", b"{}", b"[[1]]", b"[[], []]"])
def test_an_answer_that_is_none(ready: Prepared, monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(process, "run", lambda argv, **_: Completed(tuple(argv), 0, answer, b"", 0.1))
    with pytest.raises(InfrastructureError):
        parse(ready, Job(A, rendered=False))


MERGE = """\
#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -O ] && out=$2; shift; done
cp "$1" "$out/.config"
"""
MAKE = """\
VERSION = 6
prepare0:
\tmkdir -p $(O)/kernel
\techo 'cmd_kernel/bounds.s := gcc -I$(CURDIR)/include -S kernel/bounds.c' > $(O)/kernel/.bounds.s.cmd
"""
PLAN = """\
[build]
introduces = ["OURS"]

[[configuration]]
name = "on"
title = "the option y"
arch = "x86_64"
set = { KEXEC = "y", OURS = "y" }
"""
TREE = {
    "Makefile": MAKE,
    "Kbuild": "obj-y += kernel/\n",
    "scripts/kconfig/merge_config.sh": MERGE,
    "include/a.h": "int add(int a);\n",
    "kernel/Makefile": "obj-y += a.o\nobj-$(CONFIG_OURS) += ours.o\nobj-$(CONFIG_NET) += net.o\n",
    A: "#include <a.h>\nint b(void) { return old + add(1); }\n",
    "kernel/net.c": "int net;\n",
    "drivers/big.c": "int big;\n",
}


def run(folder: Path, *patches: Mapping[str, str], plan: str = PLAN, tree: Mapping[str, str] = TREE) -> Result:
    lender = folder / "lender"
    base = committed(lender, 0, tree)
    commits = [committed(lender, number, files) for number, files in enumerate(patches, 1)]
    what = replace(subject(folder, *commits, plan=plan), repository=lender / ".git", base=base.sha, base_tree=base.tree)
    (result,) = Semantic().run(Context(what, folder / "cache", 2))
    return result


@pytest.mark.slow
def test_a_run_that_finds_an_error_of_the_new_option(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        {A: TREE[A] + "#ifdef CONFIG_OURS\nint c(void) { return add(); }\n#endif\n"},
        {"kernel/net.c": "int net, more;\n", "kernel/ours.c": "int d = 1;\n"},
    )
    assert (told.status, told.summary) == (Status.FAIL, "1 new error (2 files, the option y and n)")
    bad, left = told.findings
    assert (bad.file, bad.line, bad.rule) == (A, 4, "B01")
    assert bad.message.startswith("[option y] too few arguments to function call")
    assert left.file == "kernel/net.c"


@pytest.mark.slow
def test_a_run_that_finds_none(tmp_path: Path) -> None:
    told = run(tmp_path, {A: TREE[A] + "int c(void) { return add(2); }\n", "include/a.h": "int add(int more);\n"})
    assert (told.status, told.summary) == (Status.PASS, "no new error (1 file, the option y and n)")
    assert not list((tmp_path / "cache").rglob("big.c"))


@pytest.mark.slow
def test_a_file_of_the_option_alone_is_not_parsed_without_it(tmp_path: Path) -> None:
    """A header has stubs where the option is n: beside them, the file that the option builds would define all again."""
    stubs = "#ifdef CONFIG_OURS\nint ours(void);\n#else\nstatic inline int ours(void) { return 0; }\n#endif\n"
    told = run(
        tmp_path, {"include/ours.h": stubs, "kernel/ours.c": "#include <ours.h>\nint ours(void) { return 1; }\n"}
    )
    assert (told.status, told.summary) == (Status.PASS, "no new error (1 file, the option y and n)")


@pytest.mark.slow
def test_a_cache_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "real")
    told = run(tmp_path, {A: TREE[A] + "\n", "include/a.h": "int add(int a, int b);\n"})
    assert told.status is Status.FAIL


@pytest.mark.slow
def test_a_header_that_the_patch_breaks(tmp_path: Path) -> None:
    told = run(tmp_path, {A: TREE[A] + "\n", "include/a.h": "int add(int a, int b);\n"})
    assert told.status is Status.FAIL


def test_a_base_that_cannot_be_prepared(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="make prepare0 failed"):
        run(tmp_path, {A: "int a;\n"}, tree={**TREE, "Makefile": "prepare0:\n\tfalse\n"})
    shutil.rmtree(tmp_path / "lender")
    with pytest.raises(InfrastructureError, match="no command that can be read"):
        run(tmp_path, {A: "int a;\n"}, tree={**TREE, "Makefile": MAKE.replace("cmd_kernel", "kernel")})


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["source", "on"])
def test_a_prepared_base_that_lost_something_is_made_again(tmp_path: Path, lost: str) -> None:
    patch = {A: TREE[A] + "\n", "include/a.h": "int add(int more);\n"}
    assert run(tmp_path, patch).status is Status.PASS
    (folder,) = (tmp_path / "cache/trees").glob("*-parsed")
    shutil.rmtree(folder / lost)
    shutil.rmtree(tmp_path / "cache/results")
    shutil.rmtree(tmp_path / "lender")
    assert run(tmp_path, patch).status is Status.PASS
    assert (folder / "source" / A).is_file()

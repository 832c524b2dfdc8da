# SPDX-License-Identifier: GPL-2.0-only
"""B07: what counted lines allow to say of a patch, and what counters that were lost do not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.contract import Result, Scope, Severity, Status
from checks.kernel import image
from checks.kernel.covered import CoveredFile, judge
from checks.kernel.image import KernelImage
from checks.parsers import gcov
from checks.parsers.gcov import CountedLine
from checks.proofs import coverage
from checks.proofs.coverage import CoverageCheck
from checks.vm import complaints, oneshot
from checks.vm import suites as kunit_suites
from checks.vm.suites import SuitesRun
from generator import process
from patchset.coverage import Coverage, WaivedLine
from tests.checks.made import SHA, TREE, commit, committed, context, reread
from tests.checks.parsers.test_gcov import document, printed
from tests.checks.proofs.test_kunit import GOOD, WANTED, console, report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context

C = """\
int widget(int x)
{
	if (!x)
		return 1;

	if (x > 9)
		return 1;

	return x;
}
"""
SOURCE = CoveredFile("kernel/a.c", C.splitlines(), dict.fromkeys(range(1, 11), SHA))
RAN = tuple(CountedLine("kernel/a.c", number, 1) for number in (1, 3, 4, 6, 7, 9))
ASKED = Coverage(WANTED, ("1-patch",), 80, ())
START = Result("coverage", Scope.PATCH, Status.SKIP, "")


def tell(
    *idle: int, asked: Coverage = ASKED, lines: Sequence[CountedLine] = RAN, source: CoveredFile = SOURCE
) -> Result:
    counted = [replace(line, count=0) if line.number in idle else line for line in lines]
    (result,) = judge([commit(1)], [source], counted, asked, START)
    return result


def waived(*text: str) -> Coverage:
    return replace(ASKED, waived=(WaivedLine(("kernel/a.c", "kernel/b.c"), "\n".join(text), "why"),))


def errors(result: Result) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in result.findings if one.severity is Severity.ERROR]


def test_all_lines_run() -> None:
    told = tell()
    assert (told.status, told.summary, errors(told)) == (Status.PASS, "100.0 % of 6 lines run", [])
    assert told.data == {
        "files": {"kernel/a.c": {"lines": 6, "run": 6, "branches": 0, "taken": 0}},
        "lines": 6, "run": 6, "branches": 0, "taken": 0,
    }  # fmt: skip


def test_a_line_that_does_not_run_is_a_finding() -> None:
    told = tell(7)
    assert told.status is Status.FAIL
    assert errors(told) == [(7, "no suite runs it, and no reason is given: return 1;")]


def test_a_reason_makes_it_a_note() -> None:
    told = tell(7, asked=waived("if (x > 9)", "return 1;"))
    assert (told.status, errors(told)) == (Status.PASS, [])
    assert "does not run: return 1;: why" in [one.message for one in told.findings]


def test_a_reason_of_a_line_that_runs_is_a_finding() -> None:
    told = tell(asked=waived("if (x > 9)", "return 1;"))
    assert told.status is Status.FAIL
    assert errors(told) == [(7, "it runs, but the plan says that it cannot: return 1;")]


def test_a_reason_that_fits_two_lines_excuses_neither_that_runs() -> None:
    assert errors(tell(7, asked=waived("return 1;")))[0][0] == 4
    assert errors(tell(4, 7, asked=replace(waived("return 1;"), least=50))) == []


@pytest.mark.parametrize("text", [("return 2;",), ("if (!x)", "return x;"), ("}", "return 1;")])
def test_a_reason_of_no_line_is_told(text: tuple[str, ...]) -> None:
    told = tell(asked=waived(*text))
    assert told.status is Status.PASS
    assert told.findings[-1].message == f"no line here is {text[-1]!r}, which the plan waives"
    assert tell(7, asked=waived(*text)).status is Status.FAIL


def test_a_reason_does_not_count_as_covered() -> None:
    told = tell(7, asked=replace(waived("if (x > 9)", "return 1;"), least=90))
    assert (told.status, errors(told)) == (Status.FAIL, [])
    assert "at least 90 % must run" in told.summary


def test_branches_are_shown() -> None:
    told = tell(lines=[*RAN[:1], replace(RAN[1], branches=(3, 0))])
    assert told.summary == "100.0 % of 2 lines run, 1 of 2 branches"
    assert (told.findings[-1].message, told.findings[-1].line) == ("1 of 2 branches not taken: if (!x)", 3)


def test_lines_of_others_do_not_count() -> None:
    told = tell(7, source=replace(SOURCE, owners={**SOURCE.owners, 7: TREE}))
    assert (told.status, told.summary) == (Status.PASS, "100.0 % of 5 lines run")


def test_a_file_of_which_no_line_was_counted_is_named() -> None:
    """gcov lists no line of a function that the compiler has folded away, nor of a macro."""
    other = replace(SOURCE, path="include/a.h")
    (told,) = judge([commit(1)], [SOURCE, other, replace(other, path="b.c", owners={1: TREE})], RAN, ASKED, START)
    assert (told.status, told.summary) == (
        Status.PASS, "100.0 % of 6 lines run; no line of include/a.h was counted"
    )  # fmt: skip
    (note,) = [one for one in told.findings if one.file != "kernel/a.c"]
    assert (note.file, note.severity) == ("include/a.h", Severity.NOTE)
    assert note.message == "no line that the patch adds here was counted: no code came of it"


@pytest.mark.parametrize("lines", [(), (CountedLine("kernel/b.c", 3, 1),), (CountedLine("kernel/a.c", 99, 1),)])
def test_nothing_counted_is_no_success(lines: Sequence[CountedLine]) -> None:
    assert tell(lines=lines).status is Status.ERROR


# The check as a whole, on a repository, with a guest that others play

PLAN = """\
[[configuration]]
name = "full"
title = "all"
arch = "x86_64"
[kunit]
suites = ["kexec", "keys"]
configuration = "full"
[coverage]
fragment = "coverage.config"
exempt = "coverage.toml"
patches = ["1-patch"]
least = 80
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Context, Path]:
    """Return a context with a built kernel, and its build folder; gcov finds line 7 idle."""
    base = committed(tmp_path / "k", 0, {"kernel/a.c": "int old;\n", "Makefile": "\n"})
    first = committed(tmp_path / "k", 1, {"kernel/a.c": f"int old;\n{C}"})
    suites = committed(tmp_path / "k", 2, {"kernel/a_test.c": "\n"})._replace(tests=True)
    (tmp_path / "coverage.config").write_text("CONFIG_GCOV_KERNEL=y\n")
    (tmp_path / "coverage.toml").write_text("")
    asked = context(tmp_path, first._replace(paths=("kernel/a.c",)), suites, plan=PLAN)
    subject = replace(asked.subject, repository=tmp_path / "k" / ".git", base=base.sha, base_tree=base.tree)
    build = tmp_path / "build"
    (build / "kernel").mkdir(parents=True)
    (build / "kernel" / "a.gcno").write_text("notes")
    kernel = KernelImage(build, build / "bzImage", 0, "", (), ("make",))

    def make(*_: object, **words: object) -> KernelImage:
        assert words["variables"] == ["GCOV_PROFILE_a.o=y"]
        return kernel

    def run(argv: Sequence[str], **words: object) -> process.Completed:
        if argv[0] != "gcov":
            return real(argv, **words)  # type: ignore[arg-type]
        assert argv[-1] == "kernel/a.gcda"
        source = subject_source[0]
        lines: list[dict[str, object]] = [
            {"line_number": line.number + 1, "count": int(line.number != 7)} for line in RAN
        ]
        text = document(*lines, file=f"{source}/kernel/a.c")
        return process.Completed(tuple(argv), 0, text.encode(), b"", 0.0)

    real = process.run
    subject_source = [tmp_path / "cache" / "trees" / base.tree[:16] / "source"]
    monkeypatch.setattr(image, "make", make)
    monkeypatch.setattr(process, "run", run)
    return replace(asked, subject=subject), build


def boot(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    evidence = SuitesRun(0, "", report(GOOD), f"{console(GOOD)}\n{text}")
    monkeypatch.setattr(kunit_suites, "boot", lambda *_: evidence)


def test_a_guest_that_counted(made: tuple[Context, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked, build = made
    boot(monkeypatch, printed(b"counters", path=f"{build}/kernel/a.gcda"))
    (told,) = CoverageCheck().run(asked)
    assert (told.status, told.patch, told.data["run"]) == (Status.FAIL, 1, 5)
    assert [(line, text) for line, text in errors(told)] == [
        (8, "no suite runs it, and no reason is given: return 1;")
    ]  # fmt: skip
    assert "make" in told.reproduce
    Path(str(asked.subject.series.folder), "coverage.toml").write_text(
        '[[line]]\nfiles = ["kernel/a.c"]\ntext = """\nif (x > 9)\n\treturn 1;"""\nreason = "why"\n'
    )
    (told,) = CoverageCheck().run(reread(asked))
    assert (told.status, told.reproduce) == (Status.PASS, "")


def test_a_cache_below_a_link_counts_as_well(made: tuple[Context, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """kbuild names files by their real path."""
    asked, build = made
    asked.cache.mkdir()
    link = asked.cache.with_name("link")
    link.symlink_to(asked.cache)
    boot(monkeypatch, printed(b"counters", path=f"{build}/kernel/a.gcda"))
    (told,) = CoverageCheck().run(replace(asked, cache=link))
    assert (told.status, told.data["run"]) == (Status.FAIL, 5)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("respin: end", "the guest has no counters of"),
        (printed(b"counters", path="/elsewhere/kernel/a.gcda"), "the guest has no counters of"),
        (f"respin: gcda {hashlib.sha256(b'').hexdigest()} /b/a.gcda\nAAAA\nrespin: gcda end", "did not arrive whole"),
    ],
)
def test_a_guest_that_delivered_nothing_is_a_miss(
    made: tuple[Context, Path], monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    boot(monkeypatch, text)
    (told,) = CoverageCheck().run(made[0])
    assert told.status is Status.MISS
    assert why in told.summary
    assert told.reproduce


def test_suites_that_fail_cover_nothing(made: tuple[Context, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    suites = GOOD | {"keys": {"wiped": "FAIL"}}
    monkeypatch.setattr(kunit_suites, "boot", lambda *_: SuitesRun(0, "", report(suites), console(suites)))
    (told,) = CoverageCheck().run(made[0])
    assert (told.status, told.patch) == (Status.FAIL, 0)
    assert told.findings


def test_a_kernel_that_was_not_built_is_an_error(made: tuple[Context, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kunit_suites, "boot", lambda *_: SuitesRun(2, "make: no", "", None))
    (told,) = CoverageCheck().run(made[0])
    assert told.status is Status.ERROR


def test_without_suites_there_is_nothing_to_count(tmp_path: Path) -> None:
    (tmp_path / "coverage.config").write_text("CONFIG_GCOV_KERNEL=y\n")
    (tmp_path / "coverage.toml").write_text("")
    (told,) = CoverageCheck().run(context(tmp_path, commit(1), plan=PLAN))
    assert (told.status, "--with-tests" in told.summary) == (Status.SKIP, True)
    assert {oneshot.script(coverage.SCRIPT), complaints.text()} <= {
        *CoverageCheck().content(context(tmp_path, commit(1)))
    }


def test_files_that_are_not_of_the_build_are_not_written(tmp_path: Path) -> None:
    counters = gcov.counters(printed(b"x", path=f"{tmp_path}/build/../a.gcda"))
    (tmp_path / "a.gcno").write_text("")
    assert list(coverage._copied(counters, tmp_path / "build")) == []  # noqa: SLF001 - the edge of it
    assert not (tmp_path / "build" / "a.gcda").exists()

# SPDX-License-Identifier: GPL-2.0-only
"""The whole proof on Debian's real kernels, and proofs that fail because something real is broken."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checks.contract import Context, Result, Severity, Status, Subject, Weight
from checks.registry import CHECKS
from checks.runner import run_checks, select
from checks.verdict import exit_code
from generator.commit import Stamp, commit_all
from generator.render import render
from generator.rendering import demand
from generator.store import opened
from patchset.loader import read
from respin.report.model import SCHEMA
from tests.integration.conftest import BASES
from tests.mutants.mutant import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.base import Base
    from patchset.types import Series

STAMP = Stamp("A U Thor <author@example.org>", 1_700_000_000)
RESPIN = str(Path(sys.executable).with_name("respin"))
JOBS = len(os.sched_getaffinity(0))


def run_respin(*arguments: str) -> dict[str, Any]:
    """Run the program; return its JSON report, with its exit code as `exit`."""
    done = subprocess.run([RESPIN, *arguments, "--json", "-"], check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report | {"exit": done.returncode}


@pytest.fixture
def definition(series: Series, tmp_path: Path) -> Iterator[Path]:
    """Give a copy of the series' definition and templates, to break something in."""
    folder = tmp_path / "definition"
    with_resources = Path(str(series.folder))
    shutil.copytree(with_resources, folder / "series")
    shutil.copytree(Path(str(series.templates)), folder / "c")
    yield folder
    shutil.rmtree(folder)


def broken(definition: Path, fragment: str, old: str, new: str) -> Series:
    """Change one fragment of the copied definition."""
    file = definition / "c" / fragment
    text = file.read_text()
    assert text.count(old) == 1, f"{fragment} has {text.count(old)} times {old!r}"
    file.write_text(text.replace(old, new))
    return read(definition / "series", definition / "c")


def check(base: Base, series: Series, cache: Path, only: str) -> tuple[Result, ...]:
    with base.open() as tree:
        patches = demand(render(series, tree, with_tests=True), base.spec).patches
    with opened(base, cache, print) as store:
        commits = commit_all(store, patches, STAMP)
        tree_id = subprocess.run(
            ["git", "-C", str(store.repository), "rev-parse", f"{store.base}^{{tree}}"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        subject = Subject(
            base.spec, base.name, base.version, store.repository, store.base, tree_id, series, commits
        )  # fmt: skip
    return run_checks(Context(subject, cache, JOBS), select([only], [], subject.series))


LATER = [check.id for check in CHECKS.values() if check.weight is Weight.HEAVY]
"""What only the oldest base gets here, so that a cold run stays short; `respin run debian:6.12` does it all."""


def test_every_patch_builds_in_every_configuration(oldest: Base, definition: Path, cache: Path) -> None:
    """With gcc; clang doubles the time: `make run` has both, and the test of a broken patch one configuration."""
    plan = definition / "series" / "checks.toml"
    text = plan.read_text()
    assert text.count("clang = true\n") == 1
    plan.write_text(text.replace("clang = true\n", ""))
    results = check(oldest, read(definition / "series", definition / "c"), cache, "build")
    assert [(one.patch, one.status) for one in results] == [(number, Status.PASS) for number in range(1, 7)], results
    names = {each["name"] for one in results for each in one.data["configurations"]}
    assert {"full", "option-off", "no-crash-dump", "i386", "allnoconfig"} <= names


@pytest.mark.parametrize(("spec", "skip"), list(zip(BASES, (["build"], LATER), strict=True)))
def test_run_proves_the_series(spec: str, skip: list[str], tmp_path: Path) -> None:
    import jsonschema  # noqa: PLC0415 - slow to import

    junit, page = tmp_path / "junit.xml", tmp_path / "page.html"
    files = ["--junit", str(junit), "--html", str(page)]
    report = run_respin("run", spec, "--skip", ",".join(skip), *files, "-o", str(tmp_path / "out"))
    told = [(one["check"], one["patch"], one["status"], one["summary"], one["findings"]) for one in report["results"]]
    assert {one["status"] for one in report["results"]} == {"PASS"}, told
    assert (report["exit"], report["status"]) == (0, "PASS"), told
    assert {one["check"] for one in report["results"]} == CHECKS.keys() - skip
    if "coverage" not in skip:
        assert [one["patch"] for one in report["results"] if one["check"] == "coverage"] == [1, 2, 3, 5]
    assert [one["patch"] for one in report["results"] if one["check"] == "checkpatch"] == [1, 2, 3, 4, 5, 6]
    jsonschema.validate({key: value for key, value in report.items() if key != "exit"}, SCHEMA)
    assert "testcase" in junit.read_text()
    assert "Everything that ran has passed." in page.read_text("utf-8")
    assert page.stat().st_size < 2_000_000
    assert len(list((tmp_path / "out").glob("*.patch"))) == 5


def test_a_second_run_finds_every_verdict_by_content() -> None:
    words = ("check", BASES[0], "--skip", "build")
    run_respin(*words)
    began = time.monotonic()
    report = run_respin(*words)
    assert {one["status"] for one in report["results"]} == {"PASS"}, report["results"]
    assert time.monotonic() - began < 30.0


def test_checkpatch_fails_on_a_patch_that_is_no_kernel_style(oldest: Base, definition: Path, cache: Path) -> None:
    series = broken(definition, "random/locate.c.j2", "\tif (kbuf->random)\n", "        if(kbuf->random)\n")
    results = check(oldest, series, cache, "checkpatch")
    assert {one.patch for one in results if one.status is Status.FAIL} == {1}
    rules = {finding.rule for one in results for finding in one.findings if one.patch == 1}
    assert "CODE_INDENT" in rules
    assert exit_code(results) == 1


def test_kbuf_init_fails_where_architectures_are_left_uninitialised(base: Base, definition: Path, cache: Path) -> None:
    """R03: without the initialisers that patch 1 brings, each architecture that needs them is named."""
    series = broken(definition, "random/init.c.j2", '{{ old | replace(";", " = { };") }}', "{{ old }} /* left */")
    (result,) = check(base, series, cache, "kbuf-init")
    assert result.status is Status.FAIL, result
    bad = {finding.file.split("/")[1] for finding in result.findings if finding.severity is Severity.ERROR}
    assert bad == {"arm64", "riscv", "s390"}
    assert all("from patch 1 on" in one.message for one in result.findings if one.severity is Severity.ERROR)


def test_kernel_doc_fails_where_a_member_has_no_description(base: Base, definition: Path, cache: Path) -> None:
    series = broken(definition, "random/kexec-buf-member.h.j2", "@random:", "@haphazard:")
    results = check(base, series, cache, "kernel-doc")
    assert [one.status for one in results] == [Status.FAIL] + [Status.PASS] * 5, results
    assert {(one.file, one.rule) for one in results[0].findings} == {("include/linux/kexec.h", "B04")}
    assert any("'random' not described" in one.message for one in results[0].findings)


def test_semantic_fails_before_anything_is_built(base: Base, definition: Path, cache: Path) -> None:
    """A name that is not there, with the option y and n, and one in a KUnit suite, with the option y alone."""
    broken(definition, "random/random-hole.c.j2", "return rnd % ceil;", "return rnd % kexec_no_such_image;")
    series = broken(definition, "kunit/kexec_random_test.c.j2", "sum = 0, i, limit;", "sum = 0, i, limit = no_limit;")
    (result,) = check(base, series, cache, "semantic")
    assert result.status is Status.FAIL, result
    told = {(one.file, one.message) for one in result.findings if one.severity is Severity.ERROR}
    assert told == {
        ("kernel/kexec_file.c", "[option y and n] use of undeclared identifier 'kexec_no_such_image'"),
        ("kernel/kexec_random_test.c", "[option y] use of undeclared identifier 'no_limit'"),
    }


def test_coccinelle_fails_on_a_needless_check(oldest: Base, definition: Path, cache: Path) -> None:
    series = broken(
        definition,
        "save/crash_luks_key.c.j2",
        "out:\n\tkfree_sensitive(rec);\n",
        "out:\n\tif (rec)\n\t\tkfree_sensitive(rec);\n",
    )
    results = check(oldest, series, cache, "coccinelle")
    assert {one.patch: one.status for one in results}[2] is Status.FAIL, results
    bad = [one for result in results for one in result.findings if one.severity is not Severity.NOTE]
    assert [(one.file, one.message) for one in bad] == [
        (
            "kernel/crash_luks_key.c",
            "ifnullfree: WARNING: NULL check before some freeing functions is not needed.",
        )
    ]


def test_build_fails_at_the_patch_that_does_not_compile(oldest: Base, definition: Path, cache: Path) -> None:
    narrow(definition / "series" / "checks.toml", "option-on")
    broken(definition, "protect/hide.c.j2", "__va(addr)", "kexec_no_such_image")
    # gcc says nothing of an assignment that does nothing; clang does.
    read = "\tret = luks_key_read(rec);\n"
    series = broken(definition, "retrieve/oldmem.c.j2", read, f"{read}\tret = ret;\n")
    results = check(oldest, series, cache, "build")
    status = {one.patch: one.status for one in results}
    assert [status[number] for number in (1, 2, 3)] == [Status.PASS] * 3
    assert status[4] is Status.FAIL
    failed = next(one for one in results if one.patch == 4)
    told = [(finding.file, finding.message) for finding in failed.findings]
    assert any(file == "arch/x86/kernel/machine_kexec_64.c" and "kexec_no_such_image" in text for file, text in told)
    assert failed.reproduce
    told = [(finding.rule, finding.message) for one in results if one.patch == 5 for finding in one.findings]
    where = {text.partition("]")[0] for rule, text in told if rule == "B02" and "to itself" in text}
    assert where == {"[option-on-clang"}


def test_coverage_fails_when_a_case_is_gone(oldest: Base, definition: Path, cache: Path) -> None:
    series = broken(definition, "kunit/crash_luks_key_test.c.j2", "\tKUNIT_CASE(r15_truncated),\n", "")
    results = check(oldest, series, cache, "coverage")
    assert {one.patch: one.status for one in results} == {
        1: Status.PASS, 2: Status.PASS, 3: Status.PASS, 5: Status.FAIL,
    }  # fmt: skip
    (failed,) = (one for one in results if one.status is Status.FAIL)
    told = [finding.message for finding in failed.findings if finding.severity is Severity.ERROR]
    assert told == ["no suite runs it, and no reason is given: return ret;"]
    assert failed.reproduce


def test_ctrl_c_in_the_middle_of_a_build_leaves_nothing_running(cache: Path, tmp_path: Path) -> None:
    """A cold cache that has the sources: the run is in its work tree or its build when the signal comes."""
    cold = tmp_path / "cold"
    cold.mkdir()
    (cold / "bases").symlink_to(cache / "bases")
    began: list[str] = []
    with subprocess.Popen(
        [RESPIN, "check", BASES[0], "--only", "build", "--cache", str(cold)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + 240
            # Once seen is enough: between two commands of make there is a moment with none.
            while not (began := compiling(str(cold))) and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert began, f"no build began: {err}"
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not compiling(str(cold))


def compiling(folder: str) -> list[str]:
    """Return the command lines of processes that work below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            here = str(entry.with_name("cwd").readlink())
        except OSError:
            continue
        if "respin check" not in words and "pytest" not in words and (folder in words or here.startswith(folder)):
            found.append(words)
    return [one for one in found if "make" in one or "cc1" in one or "gcc" in one or "ld" in one.split()[:1]]

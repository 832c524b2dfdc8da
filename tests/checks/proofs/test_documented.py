# SPDX-License-Identifier: GPL-2.0-only
"""B06: code and documentation name the same parameters, files and words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Status
from checks.proofs.documented import ABI, PARAMETERS, Added, DocumentedCheck, added, judge
from patchset.documented import Documented, SysFile
from patchset.errors import InputError
from patchset.plan import PlanForm
from patchset.toml import Toml
from tests.checks.made import committed, context

if TYPE_CHECKING:
    from pathlib import Path

    from generator.commit import Commit

WANTED = Documented(("ours",), (SysFile("/sys/kernel/box", ("open", "shut")),))
FILE = f"{ABI}testing/sysfs-kernel-box"
CODE = """\
early_param("ours", parse_ours);
static struct kobj_attribute box_attr = __ATTR(box, 0600, box_show, box_store);
\treturn sysfs_emit(buf, "%s\\n", lid ? "open" : "shut");
"""
GOOD = Added(
    CODE,
    "\tours=\t\t[KNL]\n\t\t\tFormat: <int>\n",
    {FILE: "What:\t\t/sys/kernel/box\nDescription:\tA box.\n\t\t- open: it is.\n\t\t- shut: it is not open.\n"},
)


def abi(old: str, new: str) -> Added:
    return replace(GOOD, abi={FILE: GOOD.abi[FILE].replace(old, new)})


def code(old: str, new: str) -> Added:
    return replace(GOOD, code=CODE.replace(old, new))


@pytest.mark.parametrize(
    "told",
    [
        GOOD,
        code('early_param("ours"', '__setup("ours="'),
        code('early_param("ours", parse_ours)', '#define OURS "ours="'),
        code('"open"', '"open\\n"'),
        code("__ATTR(box, 0600,", "__ATTR_RW_MODE(box, 0600);"),
        code("__ATTR(box, 0600,", "DEVICE_ATTR_RW(box);"),
    ],
)
def test_what_agrees_passes(told: Added) -> None:
    assert judge(told, WANTED) == (Status.PASS, "code and documentation agree (parameters: 1, files: 1, words: 2)", ())


@pytest.mark.parametrize(
    ("told", "message", "file", "rule"),
    [
        (replace(GOOD, parameters="\t\t\tours=\n"), "the parameter ours= is not documented", PARAMETERS, "B06"),
        (code('"ours"', '"theirs"'), "no code parses the parameter ours=", PARAMETERS, "B06"),
        (code('"ours"', '"theirs"'), "the parameter theirs= is not in the plan's", PARAMETERS, "B06"),
        (replace(GOOD, parameters="\tours=\n\tmore=\n"), "the parameter more= is not in", PARAMETERS, "B06"),
        (abi("What:", "Where:"), f"/sys/kernel/box is not documented under {ABI}", "", "B06"),
        (abi("kernel/box", "kernel/crate"), "/sys/kernel/crate is not in the plan's", FILE, "B06"),
        (code("__ATTR(box", "__ATTR(crate"), "no code has the attribute box", FILE, "B06"),
        (code("__ATTR(box", "__ATTR(crate"), "the attribute crate is not in the plan's", "", "B06"),
        (code('"shut"', '"is shut"'), "no code says 'shut', which /sys/kernel/box reads as", FILE, "R18"),
        (abi("- shut:", "- closed:"), "/sys/kernel/box reads as 'shut', which is not documented", FILE, "R18"),
    ],
)
def test_what_differs_fails(told: Added, message: str, file: str, rule: str) -> None:
    status, _, findings = judge(told, WANTED)
    assert status is Status.FAIL
    assert any(message in one.message and (one.file, one.rule) == (file, rule) for one in findings), findings


def test_a_series_that_adds_nothing_of_it_fails() -> None:
    assert len(judge(Added("", "", {}), WANTED)[2]) == 8


def test_only_what_a_diff_adds_counts() -> None:
    diff = (
        f"diff --git a/{PARAMETERS} b/{PARAMETERS}\n--- a/{PARAMETERS}\n+++ b/{PARAMETERS}\n@@ -1 +1 @@\n"
        "-\ttheirs=\n+\tours=\ndiff --git a/b.c b/b.c\n--- a/b.c\n+++ b/b.c\n@@ -1 +1,2 @@\n"
        "-gone\n+++ b/no.c\n+code\ndiff --git a/c.rst b/c.rst\n--- a/c.rst\n+++ b/c.rst\n@@ -1 +1 @@\n+text\n"
    )
    assert added(diff) == Added("++ b/no.c\ncode", "\tours=", {})


@given(st.text())
def test_any_text_is_taken_for_a_diff(text: str) -> None:
    judge(added(text), WANTED)


PLAN = """
[documented]
parameters = ["ours"]

[[documented.file]]
path = "/sys/kernel/box"
words = ["open", "shut"]
"""


def test_commits_are_compared(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    base = committed(repository, 0, {"a.c": '__ATTR(old, 0400\nearly_param("old"\n', PARAMETERS: "\told=\n"})
    files = {"b.c": GOOD.code, PARAMETERS: f"\told=\n{GOOD.parameters}", FILE: GOOD.abi[FILE]}
    first = committed(repository, 1, files)
    given = context(tmp_path, first, plan=PLAN)

    def told(*commits: Commit) -> tuple[Status, bool]:
        subject = replace(given.subject, repository=repository / ".git", base=base.sha, commits=commits)
        (result,) = DocumentedCheck().run(replace(given, subject=subject))
        return result.status, bool(result.reproduce)

    assert told(first) == (Status.PASS, False)
    second = committed(repository, 2, {"b.c": GOOD.code.replace('"shut"', '"closed"')})
    assert told(first, second) == (Status.FAIL, True)
    assert told(first, second._replace(tests=True)) == (Status.PASS, False)


def test_a_plan_is_read() -> None:
    assert Toml("f.toml", PLAN).read(PlanForm).documented == WANTED
    with pytest.raises(InputError, match=r"^f\.toml:\d+: 'path' = 'box' is not a file in /sys$"):
        Toml("f.toml", PLAN.replace("/sys/kernel/box", "box")).read(PlanForm)

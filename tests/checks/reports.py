# SPDX-License-Identifier: GPL-2.0-only
"""Reports to try the formats on: one of every status with harmful text, and any at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from checks.contract import Finding, Result, Scope, Severity, Status, Subject
from patchset.types import Series
from respin.outcome import Extras, report
from tests.checks import made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.report.model import Report

NASTY = "\x1b[31mred\x1b[0m \x07 \u202e gnorw \x9b2J [bold]plain[/bold] \0"
RESULTS = (
    Result(
        "checkpatch", Scope.PATCH, Status.FAIL, f"2 findings {NASTY}", 0.25, 1,
        (
            Finding(Severity.WARNING, f"line too long {NASTY}", "kernel/a\x1b.c", 12, "LONG_LINE"),
            Finding(Severity.NOTE, "waived (a table)", "kernel/a.c", 13, "LONG_LINE", "a table"),
        ),
        "scripts/checkpatch.pl 'a b'",
    ),
    Result("checkpatch", Scope.PATCH, Status.PASS, "9 lines checked", 0.25, 2, cached=True),
    Result("build", Scope.PATCH, Status.ERROR, "the machine broke", 12.3456, 1, reproduce="make it"),
    Result("build", Scope.PATCH, Status.PASS, "no new diagnostic", 7.0, 2),
    Result("kunit", Scope.RUNTIME, Status.MISS, "the guest printed nothing", 3.0, reproduce="kunit.py run"),
    Result("other", Scope.SERIES, Status.SKIP, "missing: qemu; apt-get install qemu-system-x86"),
)  # fmt: skip


def told(*said: Result, extras: Extras | None = None) -> Report:
    """Return the report of two patches and one of tests, of which this was said."""
    commits = tuple(made.commit(number, sha=str(number) * 40, tests=number == 3) for number in (1, 2, 3))
    folder = Path("nowhere")
    series = made.digested(Series("fake", "a fake series", (), {}, (), folder, folder), "c")
    subject = Subject("git:fake", "fake-6.1", "6.1.0", folder, made.SHA, made.TREE, series, commits)
    return report(subject, said, "1.0", extras or Extras((made.FakeCheck("build"),)))


TEXT = st.text(st.characters(), max_size=30) | st.sampled_from(
    [
        "\0\x01\x0b\x1b\x7f\x85\ufffe\uffff", "\ud800 \udcff", "\udcff\ud83d", "long " * 4_000,
        "KTAP version 1", "TAP version 13", "1..9", "ok 1 - x", "not ok 2 y # TODO", "# Subtest: z", "a # b",
        "reboot: System halted", "Kernel panic - not syncing: VFS: no", "List of all partitions:",
        "kunit executor: x", "line\nok 3 x", "\r\nok 4 y", "\u2028ok 5", "<script>alert(1)</script>", "]]>", "/a:b/%2e",
    ]
)  # fmt: skip
"""What a base, a compiler or a guest may say."""


def results() -> st.SearchStrategy[Sequence[Result]]:
    """Return any results of two patches and the whole series, at most one of a check and a patch."""
    finding = st.builds(
        Finding, st.sampled_from(Severity), TEXT, TEXT, st.integers(0, 9), st.sampled_from(["", "R01", "a b"]), TEXT
    )
    result = st.builds(
        Result, st.sampled_from(["build", "kunit", "odd #\n"]), st.sampled_from(Scope), st.sampled_from(Status), TEXT,
        st.floats(0, 9), st.integers(0, 2), st.lists(finding, max_size=2).map(tuple), TEXT,
    )  # fmt: skip
    return st.lists(result, max_size=5, unique_by=lambda one: (one.check, one.patch))


def reports() -> st.SearchStrategy[Report]:
    """Return any report: names, subjects and diffs may hold whatever text there is, too."""

    def named(said: Sequence[Result], words: list[str]) -> Report:
        made, more = told(*said), iter(words)
        base, series = made["base"], made["series"]
        base["name"], base["version"], base["spec"] = next(more), next(more), next(more)
        series["name"], series["title"] = next(more), next(more)
        for patch in series["patches"]:
            patch["name"], patch["subject"], patch["diff"] = next(more), next(more), next(more)
        return made

    return st.builds(named, results(), st.lists(TEXT, min_size=14, max_size=14))

# SPDX-License-Identifier: GPL-2.0-only
"""B03: what checkpatch says of a patch, what is waived, and a whole run with a stand-in for checkpatch.pl."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks import python3
from checks.contract import Context, Finding, Severity, Status
from checks.parsers.checkpatch import CheckpatchLine, Level, Total
from checks.programs import Programs
from checks.proofs import checkpatch
from checks.proofs.checkpatch import Checkpatch, _finding, _judge, _leftover, _unsigned, _unused
from generator.process import Completed
from patchset import plan as plans
from patchset.errors import InputError
from patchset.lint import Lint, LintWaiver
from patchset.waiver import Waiver
from tests.checks.made import commit, committed, subject

if TYPE_CHECKING:
    from pathlib import Path

    from checks.contract import Result

LONG = CheckpatchLine(Level.CHECK, "LONG_LINE", "line length of 112 exceeds 100 columns", "kernel/a.c", 12)
BAD = Finding(Severity.WARNING, "bad")
WAIVED = Finding(Severity.NOTE, "waived (it is a table): too long")
NOTE = Finding(Severity.NOTE, "the waiver of X matched nothing")


@pytest.mark.parametrize(
    ("code", "total", "read", "findings", "status"),
    [
        (0, Total(0, 10), 0, [], Status.PASS),
        (0, Total(0, 10), 0, [NOTE], Status.PASS),
        (1, Total(1, 10), 1, [WAIVED], Status.PASS),
        (1, Total(1, 10), 1, [BAD], Status.FAIL),
        (1, Total(2, 10), 2, [BAD, WAIVED], Status.FAIL),
        (0, Total(0, 10), 0, [BAD], Status.FAIL),
        (0, Total(0, 0), 0, [], Status.ERROR),
        (1, Total(1, 0), 1, [BAD], Status.ERROR),
        (2, Total(0, 10), 0, [], Status.ERROR),
        (-9, Total(1, 10), 1, [BAD], Status.ERROR),
        (1, Total(1, 10), 0, [], Status.ERROR),
        (1, Total(0, 10), 0, [NOTE], Status.ERROR),
        (1, Total(2, 10), 1, [WAIVED], Status.ERROR),
        (0, Total(1, 10), 1, [WAIVED], Status.ERROR),
    ],
)
def test_judge(code: int, total: Total, read: int, findings: list[Finding], status: Status) -> None:
    told, summary = _judge(Completed(("checkpatch.pl",), code, b"", b"", 0.1), total, read, findings)
    assert told is status
    assert summary


def test_every_level_makes_a_patch_bad() -> None:
    for level in Level:
        found = _finding(replace(LONG, level=level), [], set())
        assert found.severity is not Severity.NOTE
        assert (found.file, found.line, found.rule) == ("kernel/a.c", 12, "LONG_LINE")


def test_a_line_of_the_mail_is_no_line_of_a_file() -> None:
    assert _finding(replace(LONG, file=""), [], set()).line == 0


@pytest.mark.parametrize(
    ("waiver", "takes"),
    [
        (Waiver("LONG_LINE", "a table"), True),
        (Waiver("LONG_LINE", "a table", file="kernel/a.c", match=r"length of \d+"), True),
        (Waiver("LONG_LINE", "a table", file="kernel/b.c"), False),
        (Waiver("LONG_LINE", "a table", match="length of 7"), False),
        (Waiver("LONG_LINE_STRING", "a table"), False),
    ],
)
def test_waivers(waiver: Waiver, *, takes: bool) -> None:
    used: set[Waiver] = set()
    found = _finding(LONG, [waiver], used)
    assert (found.severity is Severity.NOTE) is takes
    assert ("waived (a table): " in found.message) is takes
    assert used == ({waiver} if takes else set())


@pytest.mark.parametrize(
    ("line", "match", "takes"), [("T01", "", True), ("T01", "the author", False), ("S01", "", False)]
)
def test_what_lint_waives_of_a_sign_off_is_waived_here_too(line: str, match: str, takes: bool) -> None:
    lint = Lint(waivers=(LintWaiver(line, "who posts it signs it", match),))
    found = _finding(replace(LONG, type="MISSING_SIGN_OFF"), _unsigned(lint), set())
    assert (found.waived == "who posts it signs it") is takes
    assert _finding(LONG, _unsigned(lint), set()).severity is not Severity.NOTE


def test_a_waiver_is_told_unused_at_its_last_chance() -> None:
    commits = (commit(1), commit(2))
    everywhere, first = Waiver("A", "because"), Waiver("B", "because", patch="1-patch")
    assert _leftover([everywhere, first], commits, commits[0]) == [first]
    assert _leftover([everywhere, first], commits, commits[1]) == [everywhere]
    assert _unused(first).severity is Severity.NOTE


def test_a_waiver_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text('[[waiver]]\ntype = "LONG_LINE"\nreason = " "\n')
    with pytest.raises(InputError, match=r"checks\.toml:3: 'reason' = ' ' is not a reason"):
        plans.load(tmp_path)


PERL = """\
#!/bin/sh
for mail; do :; done
grep -q '^+silent' "$mail" && exit 0
code=0
if grep -q '^+long' "$mail"; then
    echo 'kernel/a.c:2: WARNING:LONG_LINE: line length of 112 exceeds 100 columns'; code=1
fi
case "$code $*" in "0 "*--terse*) exit 0;; esac
echo "total: 0 errors, $code warnings, 0 checks, 9 lines checked"
exit $code
"""
PLAN = """\
[[waiver]]
type = "LONG_LINE"
patch = "3-patch"
reason = "a table"

[[waiver]]
type = "CAMELCASE"
reason = "never seen"
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, Result]:
    """Run it on four patches: clean, long, long but waived, and one of which checkpatch says nothing."""
    monkeypatch.setattr(python3, "interpreter", lambda _: "")
    lender = tmp_path / "lender"
    base = committed(lender, 0, {"Makefile": "VERSION = 6\n", "scripts/checkpatch.pl": PERL, "kernel/a.c": "a\n"})
    texts = ("a\nfine\n", "a\nlong\n", "a\nlong\nlong 2\n", "a\nsilent\n")
    commits = [committed(lender, number, {"kernel/a.c": text}) for number, text in enumerate(texts, 1)]
    what = replace(
        subject(tmp_path, *commits, plan=PLAN), repository=lender / ".git", base=base.sha, base_tree=base.tree
    )
    return {each.patch: each for each in Checkpatch().run(Context(what, tmp_path / "cache", 1))}


def test_no_module_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("git", "ply"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    python3.interpreter(Programs())
    assert not (tmp_path / "mark").exists()


def test_a_run(told: dict[int, Result]) -> None:
    assert [told[number].status for number in (1, 2, 3, 4)] == [Status.PASS, Status.FAIL, Status.PASS, Status.ERROR]
    (bad,) = [each for each in told[2].findings if each.severity is not Severity.NOTE]
    assert (bad.file, bad.line, bad.rule) == ("kernel/a.c", 2, "LONG_LINE")
    assert "waived (a table)" in " ".join(each.message for each in told[3].findings)
    unused = {
        number: [each.rule for each in one.findings if "matched nothing" in each.message]
        for number, one in told.items()
    }
    assert unused == {1: [], 2: [], 3: [], 4: ["CAMELCASE"]}
    assert all("checkpatch.pl" in told[number].reproduce for number in (2, 4))
    assert all(checkpatch.SPDX_UNCHECKED in [each.message for each in one.findings] for one in told.values())


@pytest.mark.parametrize("there", [("ply", "git"), ("ply",), ("git",), ()])
def test_an_interpreter_has_both_modules_and_imports_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...]
) -> None:
    for name in there:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('imported')\n")
    script = tmp_path / "python3"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(script))
    assert (python3.interpreter(Programs()) == str(script)) is (len(there) == 2)

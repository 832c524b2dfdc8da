# SPDX-License-Identifier: GPL-2.0-only
"""`respin lint` on mails of one fault at most, outside of any repository: what is right of each, and nothing else.

The mails stand in tests/checks/lint/postings; names, addresses and ids in them are invented.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]

POSTINGS = Path(__file__).parents[1] / "checks/lint/postings"
RIGHT: dict[str, set[str]] = {
    "00-clean.patch": set(),
    "01-raw-diff-no-separator.patch": set(),
    "02-macro-attribute.patch": set(),
    "03-reverts.patch": set(),
    "04-log-at-column-0.patch": set(),
    "06-format-patch-no-message-id.patch": set(),
    "07-no-mail-header.patch": {"M01:1", "P07:3", "S01:1"},
    "08-from-and-subject-in-body.patch": set(),
    "09-one-of-three.patch": set(),
    "10-last-name-comma-first.patch": set(),
    "11-b4-relay.patch": set(),
    "12-persons-named-like-programs.patch": set(),
    "14-irq-generated-by-device.patch": set(),
    "15-nested-prefix-past-tense.patch": {"P03:1"},
    "16-from-with-a-time-in-text.patch": set(),
    "17-diff-u-in-text.patch": {"M01:10", "T01:1"},
    "18-v2-msgid-link.mbox": set(),
    "19-thread-of-two-versions.mbox": set(),
    "20-hidden-kconfig-symbol.patch": set(),
    "21-arch-uapi.patch": {"M04:1"},
    "22-new-yaml-binding.patch": {"B06:1"},
    "30-trailer-with-part-in-parentheses.patch": set(),
    "31-trailer-with-hash-comment.patch": set(),
    "32-bracket-comment-of-two-lines.patch": set(),
    "34-list-munged-from.patch": set(),
    "35-flowed-signature-footer.patch": set(),
    "36-cover-interdiff.mbox": {"S08:1"},
    "43-folded-subject.patch": set(),
    "49-rename-only.patch": set(),
    "50-crlf.patch": {"M01:1"},
    "52-base64-line-numbers.patch": {"M01:1", "P03:15"},
    "53-quoted-printable-soft-breaks.patch": {"M01:1", "P03:23", *(f"P05:{row}" for row in range(11, 23, 2))},
    "58-index-in-text.patch": {"M01:10", "T01:1"},
    "59-three-dashes-in-text.patch": {"M01:10", "T01:1"},
    "61-subject-with-two-colons-tip.patch": set(),
    "63-no-space-after-colon.patch": {"T01:1"},
    "68-version-in-own-brackets.patch": {"S05:1"},
    "69-resend-prefix-forms.patch": {"S05:1"},
    "71-series-fails-patches-pass.mbox": {"S03:1"},
    "72-lore-mbox-without-commit-ids.mbox": {"S03:1"},
}
"""Rule and line of every error and warning."""
TIP = {"61-subject-with-two-colons-tip.patch"}


@pytest.fixture
def told(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, set[str], str]]:
    """Return a function that lints a file and returns exit code, errors and warnings as in `RIGHT`, and the output."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)

    def run(file: Path, *options: str) -> tuple[int, set[str], str]:
        code, out, err = respin("lint", file, "-v", *options, "--json", tmp_path / "report.json")
        if code not in {0, 1}:
            return code, set(), err
        report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text("utf-8"))
        findings = [finding for result in report["results"] for finding in result["findings"]]
        grave = {f"{one['rule']}:{one['line']}" for one in findings if one["severity"] != "note"}
        return code, grave, "\n".join(out) + err

    return run


def test_the_table_is_the_folder() -> None:
    assert sorted(RIGHT) == sorted(one.name for one in POSTINGS.iterdir())


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right(told: Callable[..., tuple[int, set[str], str]], name: str) -> None:
    code, grave, out = told(POSTINGS / name, *(["--profile", "tip"] if name in TIP else []))
    assert (code, grave) == (int(bool(RIGHT[name])), RIGHT[name]), out


def test_of_two_versions_the_older_is_named(told: Callable[..., tuple[int, set[str], str]]) -> None:
    name = "19-thread-of-two-versions.mbox"
    code, _, out = told(POSTINGS / name)
    assert (code, "v1" in out) == (0, True), out


def test_a_line_that_b4_takes_for_a_mail_is_a_note(told: Callable[..., tuple[int, set[str], str]]) -> None:
    out = told(POSTINGS / "16-from-with-a-time-in-text.patch")[2]
    assert ":10: note: a line that begins with `From `" in out


def test_1500_nested_parts(told: Callable[..., tuple[int, set[str], str]], tmp_path: Path) -> None:
    parts = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(1500))
    head = "From: A Developer <dev@example.org>\nSubject: [PATCH] sub: Change the value of a\nMIME-Version: 1.0\n"
    (tmp_path / "mail").write_text(f"{head}{''.join(parts)}Content-Type: text/plain\n\nhello\n")
    code, grave, out = told(tmp_path / "mail")
    assert (code, "M01:1" in grave) == (1, True), out


def test_a_word_of_20000_underscores(told: Callable[..., tuple[int, set[str], str]], tmp_path: Path) -> None:
    text = (POSTINGS / "00-clean.patch").read_text().replace("Value 1", f"The a{'_' * 20000} value")
    (tmp_path / "mail").write_text(text)
    started = time.process_time()
    told(tmp_path / "mail", "--profile", "tip")
    assert time.process_time() - started < 2


def test_what_becomes_of_the_series_own_failure_in_patchwork(respin: Respin, tmp_path: Path) -> None:
    file = tmp_path / "checks.json"
    assert respin("lint", POSTINGS / "71-series-fails-patches-pass.mbox", "--patchwork", file)[0] == 1
    for patch in json.loads(file.read_text("utf-8")):
        newest = {one["context"]: one["state"] for one in patch["checks"]}
        assert newest == {"respin-mail-lint": "success", "respin-mail-lint-series": "fail"}


def test_mails_without_a_commit_have_ids_and_names_of_their_own(respin: Respin, tmp_path: Path) -> None:
    data, cases = tmp_path / "kcidb.json", tmp_path / "junit.xml"
    name = "72-lore-mbox-without-commit-ids.mbox"
    assert respin("lint", POSTINGS / name, "--kcidb", data, "--junit", cases)[0] == 1
    told = json.loads(data.read_text("utf-8"))
    for kind in ("checkouts", "builds", "tests"):
        assert len({one["id"] for one in told[kind]}) == len(told[kind]) > 1
    assert all("git_commit_hash" not in one and one["tree_name"] == name for one in told["checkouts"])
    assert "0" * 40 not in data.read_text("utf-8")
    assert [case.name for suite in JUnitXml.fromfile(str(cases)) for case in suite] == [
        "series", "sub: Change the value of a", "sub: Change the value of c",
    ]  # fmt: skip

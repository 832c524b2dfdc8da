# SPDX-License-Identifier: GPL-2.0-only
"""`b4-check` and `b4-setup`: the contract by itself, and under the real b4, which is always offline."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from respin.commands import b4_check
from tests import tinykernel
from tests.checks.lint.made import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]
    Give = Callable[[str | bytes], None]

B4 = Path(sys.executable).with_name("b4")
MAIL = GOOD[1].replace("Signed-off-by: Ann Author <ann@example.org>\n", "").replace("Place it at random", "We place it")


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch, kernel: Path) -> Give:
    monkeypatch.chdir(kernel)
    monkeypatch.delenv(b4_check.TRACKING, raising=False)

    def on_stdin(mail: str | bytes) -> None:
        data = mail.encode() if isinstance(mail, str) else mail
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return on_stdin


def test_silence_is_success(respin: Respin, give: Give) -> None:
    give(GOOD[3])
    assert respin("b4-check", "--profile", "tip") == (0, [], "")


def test_the_repository_is_asked(respin: Respin, give: Give, kernel: Path) -> None:
    tinykernel.git(kernel, "commit", "--quiet", "--allow-empty", "--message=more")
    give(GOOD[3])
    assert respin("b4-check") == (0, ["WARNING: P07: commit 0123456789ab is not in the repository", "ERROR: T03: Fixes: 0123456789ab is not a commit of the base"], "")  # fmt: skip


def test_a_patch_is_told_of_in_lines(respin: Respin, give: Give) -> None:
    give(MAIL)
    code, out, err = respin("b4-check")
    assert (code, err) == (0, "")
    assert "ERROR: T01: the author Ann Author did not sign off" in out
    assert "WARNING: P03: 'We': say what is to be done, in the imperative" in out
    assert not [one for one in out if not one.startswith(("ERROR: ", "WARNING: "))]


def test_a_series_is_told_of_in_json(respin: Respin, give: Give) -> None:
    give(GOOD[0])
    code, out, err = respin("b4-check", "--json")
    assert (code, err) == (0, "")
    assert json.loads("\n".join(out)) == [{"tool": "respin-mail-lint", "status": "pass", "summary": "nothing to complain about", "url": "", "details": ""}]  # fmt: skip
    give(GOOD[0].replace("Widgets lie", "EDITME").replace("1:  1111111", ""))
    entry = json.loads("\n".join(respin("b4-check", "--json")[1]))[0]
    assert (entry["status"], entry["summary"]) == ("fail", "2 findings")
    assert entry["details"].endswith("ERROR: S10: EDITME is left")


def test_the_thread_that_b4_keeps_is_judged_as_a_whole(
    respin: Respin, give: Give, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thread").write_text("".join(GOOD).replace("2/3]", "7/3]"))
    blob = tinykernel.git(kernel, "hash-object", "-w", str(tmp_path / "thread"))
    (tmp_path / "tracking").write_text(json.dumps({"series": {"thread-blob": blob}}))
    monkeypatch.setenv(b4_check.TRACKING, str(tmp_path / "tracking"))
    give(GOOD[0])
    assert "S03: the patches are numbered 1, 3, 7" in json.loads(respin("b4-check", "--json")[1][0])[0]["details"]
    for broken in ("{", "[]", '{"series": {"thread-blob": "nothing"}}'):
        (tmp_path / "tracking").write_text(broken)
        give(GOOD[0])
        assert json.loads(respin("b4-check", "--json")[1][0])[0]["status"] == "pass"


WRONG = {
    "nothing": (b"", "ERROR: respin: standard input is empty"),
    "junk": (bytes(range(256)), "ERROR: respin: standard input holds no patch"),
    "a word that b4 takes for a failure": (MAIL.replace("We place", "This patch ERROR: We place").encode(), "WARNING: P03"),
    "bidi": (GOOD[1].replace("A widget", "A \u202ewidget").encode(), "ERROR: M07: the text holds U+202E"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_whatever_comes_nothing_is_said_on_standard_error(
    respin: Respin, give: Give, how: str, options: tuple[str, ...]
) -> None:
    data, said = WRONG[how]
    give(data)
    _, out, err = respin("b4-check", *options)
    assert (err, said in "\n".join(out)) == ("", True), out


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--profile", "net"], ["--series", "no-such"], ["one", "two"]])
def test_a_wrong_call_is_told_on_standard_output_too(respin: Respin, give: Give, arguments: list[str]) -> None:
    give(MAIL)
    code, out, err = respin("b4-check", *arguments)
    assert (code, err, out[0].startswith("ERROR: ")) == (2, "", True)


def test_a_defect_is_told_on_standard_output_too(respin: Respin, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    give(MAIL)
    monkeypatch.setattr(b4_check, "judge", lambda *_: 1 / 0)
    code, out, err = respin("b4-check")
    assert (code, out, err) == (3, ["ERROR: respin: a defect: ZeroDivisionError: division by zero"], "")


def values(kernel: Path, key: str) -> list[str]:
    return tinykernel.git(kernel, "config", "--get-all", key).splitlines()


def test_setup_writes_both_and_leaves_what_is_there(respin: Respin, kernel: Path) -> None:
    (kernel / "scripts/checkpatch.pl").touch()
    assert respin("b4-setup", kernel, "--profile", "tip")[0] == 0
    tinykernel.git(kernel, "config", "--add", "b4.review-series-check-cmd", "mine --all")
    code, out, _ = respin("b4-setup", kernel, "--series", "luks-kdump")
    patch, series = values(kernel, "b4.prep-perpatch-check-cmd"), values(kernel, "b4.review-series-check-cmd")
    assert patch[0] == "./scripts/checkpatch.pl -q --terse --no-summary --mailback --showfile"
    assert patch[1].endswith("respin b4-check --series=luks-kdump")
    assert series == ["mine --all", patch[1].replace("b4-check", "b4-check --json")]
    assert (code, len(patch), out) == (0, 2, [f"b4.prep-perpatch-check-cmd = {patch[1]}", f"b4.review-series-check-cmd = {series[1]}"])  # fmt: skip


def test_setup_repeats_nothing_that_the_work_tree_has(respin: Respin, kernel: Path) -> None:
    (kernel / "scripts/checkpatch.pl").touch()
    (kernel / ".b4-config").write_text("[b4]\n\tprep-perpatch-check-cmd = ./scripts/mine\n")
    respin("b4-setup", kernel)
    (patch,) = values(kernel, "b4.prep-perpatch-check-cmd")
    assert patch.endswith("respin b4-check")
    with (kernel / ".b4-config").open("a") as file:
        file.write("\tprep-perpatch-check-cmd = respin b4-check --profile=tip\n")
    out = respin("b4-setup", kernel)[1]
    assert out[0] == "b4.prep-perpatch-check-cmd is 'respin b4-check --profile=tip' in .b4-config already, and stays so"
    assert tinykernel.git(kernel, "config", "--get-regexp", "^b4").splitlines() == [
        f"b4.review-series-check-cmd {patch} --json"
    ]


def test_setup_refuses_what_b4_cannot_work_in(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    assert "is not in the work tree" in respin("b4-setup", tmp_path)[2]
    (tmp_path / "broken/.git").mkdir(parents=True)
    code, _, err = respin("b4-setup", tmp_path / "broken")
    assert (code, "holds a repository that git cannot use: git ended with 128: fatal: " in err) == (3, True), err
    assert respin("b4-setup", kernel, "--series", "no-such")[0] == 2
    assert respin("b4-setup", tmp_path / "nowhere")[0] == 2


@pytest.fixture
def b4(kernel: Path, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs the real b4 in the kernel's repository, without a network, and returns what it says."""
    environment = {
        **os.environ,
        **{f"XDG_{one}_HOME": str(tmp_path / one) for one in ("CACHE", "DATA", "CONFIG")},
        "HOME": str(tmp_path / "home"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "EDITOR": "true",
    }
    for key, value in (("user.name", "Ann"), ("user.email", "ann@example.org"), ("b4.send-series-to", "a@example.org")):
        tinykernel.git(kernel, "config", key, value)

    def run(*arguments: str) -> str:
        argv = [str(B4), "--offline-mode", "--no-interactive", *arguments]
        done = subprocess.run(argv, cwd=kernel, env=environment, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.slow
def test_b4_prep_check_asks_respin(respin: Respin, kernel: Path, b4: Callable[..., str]) -> None:
    respin("b4-setup", kernel)
    b4("prep", "-n", "topic", "-f", "main")
    for title, more in (("kbuild: say more", "\n\nSigned-off-by: Ann <ann@example.org>"), ("kbuild: adds less", "")):
        (kernel / "Kbuild").write_text(f"# {title}\n")
        message = f"{title}\n\nBecause it is shorter.{more}"
        argv = ["git", "-C", str(kernel), "commit", "--quiet", "--all", f"--message={message}"]
        subprocess.run(argv, check=True)  # with today's date: b4 looks no further back than a year
    said = b4("prep", "--check")
    assert "respin b4-check" in said
    assert "respin: ERROR: T01: nobody signed off" in said
    assert "respin: WARNING: P03: the subject's 'adds' is not an imperative" in said
    assert "Success: 1, Warning: 1, Error: 1" in said


@pytest.mark.slow
def test_b4_runs_what_the_work_tree_has_and_what_the_configuration_has(
    respin: Respin, kernel: Path, b4: Callable[..., str]
) -> None:
    """b4 0.16: it takes prep's commands from both places, review's from git's configuration alone."""
    (kernel / ".b4-config").write_text(
        "[b4]\n\tprep-perpatch-check-cmd = echo shared\n\treview-series-check-cmd = echo shared\n"
    )
    tinykernel.git(kernel, "add", ".b4-config")
    tinykernel.git(kernel, "commit", "--quiet", "--message=b4")
    respin("b4-setup", kernel)
    b4("prep", "-n", "topic", "-f", "main")
    (kernel / "Kbuild").write_text("# more\n")
    message = "kbuild: say more\n\nBecause it is shorter.\n\nSigned-off-by: Ann <ann@example.org>"
    subprocess.run(["git", "-C", str(kernel), "commit", "--quiet", "--all", f"--message={message}"], check=True)
    using = b4("prep", "--check").partition("Checking patches using:")[2].partition("---")[0].splitlines()
    assert [one.split()[0].rpartition("/")[2] for one in using if one.strip()] == ["echo", "respin"]
    argv = [sys.executable, "-c", LOADED]
    done = subprocess.run(argv, cwd=kernel, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == values(kernel, "b4.review-series-check-cmd")


LOADED = """\
import json
import b4
from b4.command import setup_parser
from b4.review import checks
b4.setup_config(setup_parser().parse_args(["--offline-mode", "prep", "--check"]))
print(json.dumps(checks.load_check_cmds()[1]))
"""
REVIEW = """\
import email, email.policy, json, sys
import b4
from b4.command import setup_parser
from b4.review import checks
b4.setup_config(setup_parser().parse_args(["--offline-mode", "prep", "--check"]))
mails = [email.message_from_bytes(open(file, "rb").read(), policy=email.policy.default) for file in sys.argv[1:]]
print(json.dumps([checks.run_series_checks(("cover", one), checks.load_check_cmds()[1], ".") for one in mails]))
"""


@pytest.mark.slow
def test_b4_review_reads_what_respin_says_of_a_series(
    respin: Respin, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{one}_HOME", str(tmp_path / one))
    respin("b4-setup", kernel)
    files = [tmp_path / "right.eml", tmp_path / "wrong.eml"]
    for file, text in zip(files, (GOOD[0], GOOD[0].replace("Widgets lie", "EDITME")), strict=True):
        file.write_text(text.partition("\n")[2])
    argv = [sys.executable, "-c", REVIEW, *map(str, files)]
    done = subprocess.run(argv, cwd=kernel, capture_output=True, text=True, check=True, timeout=60)
    said = [[(one["tool"], one["status"]) for one in entries] for entries in json.loads(done.stdout)]
    assert said == [[("respin-mail-lint", "pass")], [("respin-mail-lint", "fail")]]

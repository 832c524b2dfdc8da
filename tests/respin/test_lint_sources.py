# SPDX-License-Identifier: GPL-2.0-only
"""What `respin lint` does with files, folders, threads, ranges, and with the repository that it finds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import tinykernel
from tests.checks.lint.made import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

SCRIPT = "scripts/get_maintainer.pl"
ANN = "Ann <ann@example.org>"
TRAP = '#!/usr/bin/env perl\nopen(my $file, ">", "{}"); print "trap\\@example.org (maintainer:TRAP)\\n";\n'


def told(out: list[str]) -> str:
    return " ".join(" ".join(out).split())


def change(kernel: Path, title: str, *more: str, message: str = f"Why.\n\nSigned-off-by: {ANN}") -> str:
    """Commit a change of a file, and return the commit."""
    (kernel / "Kbuild").write_text(f"# {title}\n")
    tinykernel.git(kernel, "add", "--all")
    tinykernel.git(kernel, "commit", "--quiet", f"--message={title}\n\n{message}", *more)
    return tinykernel.git(kernel, "rev-parse", "HEAD")


@pytest.fixture
def topic(kernel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commit a topic of one patch, check it out and go there."""
    tinykernel.git(kernel, "config", "user.name", "Ann")
    tinykernel.git(kernel, "config", "user.email", "ann@example.org")
    tinykernel.git(kernel, "checkout", "--quiet", "-b", "topic")
    change(kernel, "kbuild: say more", f"--author={ANN}")
    monkeypatch.chdir(kernel)
    return kernel


@pytest.fixture
def mail(topic: Path, tmp_path: Path) -> Path:
    """Write the topic as somebody sends it, for the base v1."""
    text = tinykernel.git(
        topic, "format-patch", "--stdout", "--base=v1", "--to=linux-kbuild@vger.kernel.org", "v1..topic"
    )
    file = tmp_path / "topic.mbox"
    file.write_text(text.replace("\nSubject:", "\nMessage-ID: <one@example.org>\nSubject:", 1) + "\n\n")
    return file


def judged(respin: Respin, tmp_path: Path, *arguments: object) -> tuple[int, dict[str, Any], str]:
    code, _, err = respin("lint", *arguments, "--json", tmp_path / "r.json")
    return code, json.loads((tmp_path / "r.json").read_text()), err


def messages(report: dict[str, Any], rule: str) -> list[str]:
    found = [one for result in report["results"] for one in result["findings"] if one["rule"] == rule]
    return [f"{one['severity']}: {one['message']}" for one in found]


def test_nothing_is_written_into_the_repository(respin: Respin, topic: Path, mail: Path, tmp_path: Path) -> None:
    before = tinykernel.snapshot(topic)
    for given in (mail, "main..topic"):
        code, report, _ = judged(respin, tmp_path, given, "--skip", "S01,M03")
        assert (code, report["base"]["commit"]) == (0, tinykernel.git(topic, "rev-parse", "v1"))
    bad = tmp_path / "bad.mbox"
    head, hunk, rows = mail.read_text().partition("\n@@")
    bad.write_text(head + hunk + rows.replace("\n-", "\n-x", 1))
    assert "does not apply" in messages(judged(respin, tmp_path, bad, "--only", "S02")[1], "S02")[0]
    assert tinykernel.snapshot(topic) == before


def test_the_repository_that_is_found_is_named_and_can_be_left_out(
    respin: Respin, topic: Path, mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(topic / "kernel")
    _, report, err = judged(respin, tmp_path, mail)
    assert err == f"respin: judged with the repository {topic}; --no-repository leaves it out\n"
    assert str(topic) not in json.dumps(report["results"][0]["findings"])
    assert judged(respin, tmp_path, mail, "-q")[2] == judged(respin, tmp_path, mail, "--repository", topic)[2] == ""
    _, report, err = judged(respin, tmp_path, mail, "--no-repository")
    assert (report["base"]["commit"], err) == ("0" * 40, "")
    assert report["results"][-1]["reproduce"] in {"", f"respin lint {mail} --no-repository"}
    monkeypatch.chdir(tmp_path)
    assert judged(respin, tmp_path, mail)[2] == ""


def test_a_repository_that_is_named_must_be_one(respin: Respin, topic: Path, mail: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for arguments, said in (
        ((mail, "--repository", tmp_path / "plain"), "is not a git repository"),
        ((mail, "--repository", topic, "--no-repository"), "cannot be used together"),
        (("main..topic", "--no-repository"), "a range needs a repository"),
        (("main..topic", mail), "is a range"),
        (("--", "-x..topic"), "has no revision '-x'"),
        ((mail, "--trust", "nothing"), "has no revision 'nothing'"),
    ):
        code, _, err = respin("lint", *arguments)
        assert (code, said in err) == (2, True), err


@pytest.fixture
def trap(topic: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Fetch a fork whose script is a trap; return a mail for it, and the file that the trap writes."""
    marker = tmp_path / "sprung"
    tinykernel.git(topic, "checkout", "--quiet", "-b", "fork", "v1")
    (topic / SCRIPT).write_text(TRAP.format(marker))
    base = change(topic, "scripts: lay a trap")
    change(topic, "kbuild: say more")
    text = tinykernel.git(topic, "format-patch", "--stdout", f"--base={base}", "--to=linux-a@vger.kernel.org", "-1")
    file = tmp_path / "trap.mbox"
    file.write_text(text.replace("\nSubject:", "\nMessage-ID: <one@example.org>\nSubject:", 1) + "\n\n")
    tinykernel.git(topic, "checkout", "--quiet", "main")
    return file, marker


def test_a_mail_does_not_choose_whose_script_runs(respin: Respin, trap: tuple[Path, Path]) -> None:
    file, marker = trap
    _, out, _ = respin("lint", file, "-v")
    assert "not judged without get_maintainer.pl of a base that HEAD contains, or what --trust names: M03" in told(out)
    assert not marker.exists()


def test_the_user_chooses_whose_script_runs(respin: Respin, trap: tuple[Path, Path], tmp_path: Path) -> None:
    file, marker = trap
    _, report, _ = judged(respin, tmp_path, file, "--trust", "fork")
    assert messages(report, "M03") == ["warning: get_maintainer.pl names trap@example.org, who do not get it"]
    assert marker.exists()


def test_a_folder_that_is_gone_is_in_no_repository(
    respin: Respin, mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert respin("lint", mail, "--skip", "S01")[0] == 0
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("where", ["alone", "in another one"])
def test_of_a_broken_repository_git_says_why(
    respin: Respin, mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = tmp_path / ("broken" if where == "alone" else "linux/in")
    (folder / ".git").mkdir(parents=True)
    said = f"{folder} holds a repository that git cannot use: git ended with 128: fatal: not a git repository"
    code, _, err = respin("lint", mail, "--repository", folder)
    assert (code, err.startswith(f"respin: {said}")) == (3, True), err
    (folder / "below").mkdir()
    for here in (folder, folder / "below") if where == "alone" else (folder,):
        monkeypatch.chdir(here)
        code, _, err = respin("lint", mail, "--skip", "S01")
        assert (code, err.startswith(f"respin: judged without the repository that you are in: {said}")) == (0, True)


def test_a_script_that_names_nobody_is_a_note(respin: Respin, trap: tuple[Path, Path], tmp_path: Path) -> None:
    file, _ = trap
    tinykernel.git(tmp_path / "linux", "checkout", "--quiet", "fork")
    (tmp_path / "linux" / SCRIPT).write_text("exit 0;\n")
    base = change(tmp_path / "linux", "scripts: name nobody")
    file.write_text(re.sub("base-commit: .*", f"base-commit: {base}", file.read_text()))
    code, report, _ = judged(respin, tmp_path, file, "--only", "M03")
    assert (code, messages(report, "M03")) == (0, ["note: get_maintainer.pl names nobody"])


def test_a_partial_clone_is_no_fault_of_the_mails(respin: Respin, topic: Path, mail: Path) -> None:
    blob = tinykernel.git(topic, "rev-parse", "v1:Kbuild")
    (topic / ".git/objects" / blob[:2] / blob[2:]).unlink()
    code, _, err = respin("lint", mail, "--only", "S02")
    assert (code, "Kbuild of the base cannot be read" in err) == (3, True), err


def test_files_and_folders_of_one_series(respin: Respin, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    files = [folder / f"{number:04}-one.patch" for number in range(4)]
    for file, text in zip(files, GOOD, strict=True):
        file.write_text(text)
    (folder / "notes.txt").write_text("no mail")
    files[2].write_text(GOOD[2].replace("Place it at random.", "Place it at random, " * 5))
    row = 1 + next(row for row, text in enumerate(files[2].read_text().splitlines()) if text.startswith("Place it"))
    for given in (files, files[::-1], [folder]):
        code, report, _ = judged(respin, tmp_path, *given, "--no-repository")
        bad = [one for result in report["results"] for one in result["findings"] if one["severity"] != "note"]
        assert (code, len(report["series"]["patches"])) == (1, 3)
        assert [(one["rule"], one["file"], one["line"]) for one in bad] == [("P05", str(files[2]), row)]
    maildir = tmp_path / "box"
    for name, text in zip(("cur/a", "cur/b", "new/c", "new/d"), GOOD, strict=True):
        (maildir / name).parent.mkdir(parents=True, exist_ok=True)
        (maildir / name).write_text(text.partition("\n")[2])
    assert judged(respin, tmp_path, maildir, "--no-repository")[0] == 0


def test_of_a_thread_the_newest_version_is_judged_beside_the_older(respin: Respin, tmp_path: Path) -> None:
    older = "".join(GOOD).replace("[PATCH v2", "[PATCH").replace("<v2-", "<v1-").replace("+void widget", "+int widget")
    answer = GOOD[1].replace("[PATCH", "Re: [PATCH")
    for number, parts in enumerate(((older, answer, *GOOD), (*GOOD, answer, older))):
        box = tmp_path / f"{number}.mbox"
        box.write_text("".join(parts))
        code, report, err = judged(respin, tmp_path, box, "--no-repository")
        text = "v2 is judged; v1 is there too, and v1 taken for the version before"
        assert (code, len(report["series"]["patches"]), text in err) == (1, 3, True), err
        assert f"note: {text}" in messages(report, "")
        assert messages(report, "T08") == ["warning: the patch changed since Reviewed-by Eve: is it still true?"]
        assert not messages(report, "S03")


@pytest.mark.parametrize("file", ["config", "global"])
def test_a_range_is_the_same_whatever_is_configured(
    respin: Respin, topic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    plain = judged(respin, tmp_path, "main..topic")[1]
    config = topic / ".git/config" if file == "config" else tmp_path / "gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with config.open("a") as text:
        text.write("[format]\nattach = x\nsubjectPrefix = RFC\nsuffix = .txt\nfrom = true\nsignOff = true\nthread = true\n"
                   "coverLetter = true\nnotes = true\nnumbered = false\noutputDirectory = /nowhere\n"
                   "[diff]\nnoprefix = true\nmnemonicPrefix = true\nexternal = false\ncontext = 0\nsubmodule = log\n"
                   "[color]\nui = always\n[log]\nshowSignature = true\n[core]\nabbrev = 4\n[i18n]\nlogOutputEncoding = utf-16\n")  # fmt: skip
    assert judged(respin, tmp_path, "main..topic")[1]["series"] == plain["series"]


def test_a_range_stands_on_where_its_ends_parted(respin: Respin, topic: Path, tmp_path: Path) -> None:
    tinykernel.git(topic, "checkout", "--quiet", "main")
    change(topic, "kbuild: say something else")
    for given in ("main..topic", "main...topic", "..topic"):
        code, report, _ = judged(respin, tmp_path, given)
        assert (code, report["base"]["commit"]) == (0, tinykernel.git(topic, "rev-parse", "v1"))
        assert [one["subject"] for one in report["series"]["patches"]] == ["kbuild: say more"]
    tinykernel.git(topic, "checkout", "--quiet", "--orphan", "alien")
    change(topic, "kbuild: begin again")
    assert "have no commit in common" in respin("lint", "main..alien")[2]


SENDERS = {
    "the author": ("Ann <ann@example.org>", "ann@example.org", ANN, ""),
    "the user, of another's patch": ("Bob <bob@example.org>", "ann@example.org", f"Bob <bob@example.org>\nSigned-off-by: {ANN}", ""),
    "who committed it": ("Bob <bob@example.org>", "c@example.org", "Bob <bob@example.org>\nSigned-off-by: C <c@example.org>", ""),
    "nobody who signed it off": ("Bob <bob@example.org>", "ann@example.org", "Bob <bob@example.org>", "the last sign-off is Bob's, and Ann sends it"),
}  # fmt: skip


@pytest.mark.parametrize("how", SENDERS)
def test_of_a_range_the_user_or_the_committer_is_the_sender(
    respin: Respin, topic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    author, committer, signed, said = SENDERS[how]
    monkeypatch.setitem(tinykernel.ENVIRONMENT, "GIT_COMMITTER_EMAIL", committer)
    monkeypatch.setitem(tinykernel.ENVIRONMENT, "GIT_COMMITTER_NAME", committer[0].upper() + committer[1:3].strip("@"))
    tinykernel.git(topic, "reset", "--quiet", "--hard", "v1")
    change(topic, "kbuild: say more", f"--author={author}", message=f"Why.\n\nSigned-off-by: {signed}")
    code, report, _ = judged(respin, tmp_path, "main..topic")
    assert (code, messages(report, "T01")) == ((1, [f"error: {said}"]) if said else (0, []))


def test_what_a_shallow_clone_lacks_is_not_here(respin: Respin, topic: Path, tmp_path: Path) -> None:
    gone = tinykernel.git(topic, "rev-parse", "--short=12", "topic")
    change(topic, "kbuild: say less")
    change(topic, "kbuild: say little")
    change(topic, "kbuild: say nothing", message=f'Why, see\ncommit {gone} ("kbuild: say more").\n\nFixes: {gone} ("kbuild: say more")\nSigned-off-by: {ANN}')  # fmt: skip
    tinykernel.git(tmp_path, "clone", "--quiet", "--depth=3", topic.as_uri(), "shallow")
    _, report, _ = judged(respin, tmp_path, "HEAD~1..HEAD", "--repository", tmp_path / "shallow", "--skip", "T01")
    said = f"{gone} is not here: the clone is shallow"
    assert (messages(report, "T03"), messages(report, "P07")) == ([f"note: Fixes: {said}"], [f"note: commit {said}"])
    assert not messages(judged(respin, tmp_path, "HEAD~1..HEAD", "--skip", "T01")[1], "T03")


def test_what_a_clone_of_one_commit_lacks_is_not_here(respin: Respin, topic: Path, mail: Path, tmp_path: Path) -> None:
    gone = tinykernel.git(topic, "rev-parse", "--short=12", "topic")
    text = f'See commit {gone} ("kbuild: say more").\n\nFixes: {gone} ("kbuild: say more")\nSigned-off-by: {ANN}\n---\n'
    mail.write_text(mail.read_text().replace(f"Signed-off-by: {ANN}\n---\n", text))
    tinykernel.git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=v1", topic.as_uri(), "shallow")
    _, report, _ = judged(respin, tmp_path, mail, "--repository", tmp_path / "shallow", "--only", "T03,P07")
    said = f"{gone} is not here: the clone is shallow"
    assert (messages(report, "T03"), messages(report, "P07")) == ([f"note: Fixes: {said}"], [f"note: commit {said}"])

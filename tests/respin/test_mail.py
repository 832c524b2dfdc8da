# SPDX-License-Identifier: GPL-2.0-only
"""`respin mail` on the stand-in kernel: what git takes back, what is in it, and what is refused."""

from __future__ import annotations

import contextlib
import email
import email.policy
import errno
import json
import mailbox
import shutil
from typing import TYPE_CHECKING

import pytest

from patchset import history
from patchset.loader import read
from patchset.types import HISTORY
from respin import session
from tests import fake, killed, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from patchset.types import Series

    Respin = Callable[..., tuple[int, list[str], str]]

DATE = ("--date", "@1700000100")
BOB = ("--from", "Bob <bob@example.org>")
FILES = ["v2-0000-cover-letter.patch", "v2-0001-widget-allow-to-place-widgets-randomly.patch", "v2-0002-gadget-reset-the-box.patch", "fake-v2.mbox"]  # fmt: skip


@pytest.fixture(autouse=True)
def definition(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the verb a copy of the series, which it may write to; return its folder."""
    del respin  # which gives it the series itself
    folder = tmp_path / "series"
    shutil.copytree(fake.FAKESERIES, folder)

    def load(name: str) -> Series:
        del name
        return read(folder, folder / "c")

    monkeypatch.setattr(session, "load", load)
    return folder


@pytest.fixture
def me(kernel: Path) -> Path:
    """Make somebody known to git in the kernel's repository."""
    tinykernel.git(kernel, "config", "user.name", "Änn, Bo")
    tinykernel.git(kernel, "config", "user.email", "ann@example.org")
    return kernel


def told(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def test_files_and_mbox(respin: Respin, me: Path, tmp_path: Path) -> None:
    untouched = tinykernel.snapshot(me)
    code, out, err = respin("mail", me, "-o", tmp_path / "out", *DATE)
    assert (code, out) == (0, [str(tmp_path / "out" / name) for name in FILES])
    assert "no check of this state of the series is known" in err
    files = [tmp_path / "out" / name for name in FILES]
    assert b"".join(file.read_bytes() for file in files[:3]) == files[3].read_bytes()
    cover, one, two = map(told, files[:3])
    assert [mail["Subject"] for mail in (cover, one, two)] == [
        "[PATCH v2 0/2] a series for the stand-in kernel",
        "[PATCH v2 1/2] widget: allow to place widgets randomly",
        "[PATCH v2 2/2] gadget: reset the box",
    ]
    assert {mail["From"] for mail in (cover, one, two)} == {'"Änn, Bo" <ann@example.org>'}
    assert (one["To"], one["Cc"]) == ("Somebody Else <else@example.org>", "widgets@example.org, everything@example.org, build@example.org")  # fmt: skip
    assert (two["To"], two["Cc"]) == ("Somebody <somebody@example.org>, Somebody Else <else@example.org>", "widgets@example.org, everything@example.org")  # fmt: skip
    assert set(str(cover["To"]).split(", ")) == {"Somebody <somebody@example.org>", "Somebody Else <else@example.org>"}
    assert one["In-Reply-To"] == two["In-Reply-To"] == cover["Message-ID"]
    with contextlib.closing(mailbox.mbox(files[3])) as box:
        assert len(box) == 3
    assert tinykernel.snapshot(me) == untouched


def test_what_the_mails_lack_before_they_can_be_sent_is_told(respin: Respin, me: Path, tmp_path: Path) -> None:
    tinykernel.git(me, "commit", "--quiet", "--allow-empty", "--message=nobody has it")
    err = respin("mail", me, "-o", tmp_path / "out", *DATE)[2]
    assert "not to be sent yet: nobody signed off\nrespin:" in err
    assert "not to be sent yet: no tag and no remote branch contains the base-commit" in err
    tinykernel.git(me, "tag", "v99")
    assert "not to be sent" not in respin("mail", me, "-o", tmp_path / "out", "-s", *DATE)[2]
    err = respin("mail", me, "-o", tmp_path / "out", "-s", *BOB, *DATE)[2]
    assert "not to be sent yet: the author Bob did not sign off" in err


def test_a_waiver_of_the_definition_signs_no_mail_off(respin: Respin, me: Path, tmp_path: Path) -> None:
    lint = ("lint", tmp_path / "out" / FILES[-1], "--series", "luks-kdump", "--repository", me, "--only", "T01,S01")
    tinykernel.git(me, "commit", "--quiet", "--allow-empty", "--message=nobody has it")
    respin("mail", me, "-o", tmp_path / "out", *DATE)
    code, out, _ = respin(*lint, "-v")
    said = " ".join(" ".join(out).split())
    assert (code, "waived" in said) == (1, False)
    assert "error: nobody signed off" in said
    assert "no remote branch contains the base-commit" in said
    tinykernel.git(me, "tag", "v99")
    assert respin(*lint)[0] == 1
    respin("mail", me, "-o", tmp_path / "out", "-s", *DATE)
    assert respin(*lint)[0] == 0


def test_git_am_of_both_gives_the_rendered_tree(respin: Respin, me: Path, tmp_path: Path) -> None:
    respin("render", me, "--ref", "topic", *DATE)
    out = respin("mail", me, "-o", tmp_path / "out", *DATE)[1]
    for mails in (out[1:3], out[3:]):
        tinykernel.git(me, "checkout", "--quiet", "--detach", "main")
        tinykernel.git(me, "am", "--quiet", "--empty=drop", *mails)
        assert tinykernel.git(me, "rev-parse", "HEAD^{tree}") == tinykernel.git(me, "rev-parse", "topic^{tree}")
        assert tinykernel.git(me, "log", "-1", "--format=%an <%ae>") == "Änn, Bo <ann@example.org>"


def test_the_letter(respin: Respin, me: Path, tmp_path: Path) -> None:
    respin("mail", me, "-o", tmp_path / "out", *DATE)
    text = told(tmp_path / "out" / FILES[0]).get_content()
    for part in (
        "Changes in v2:\n - a box is reset\n - it is called a widget\n - Link to RFC v1:\n   https://example.org/all/one@",
        "There is no result of a check of this version.",
        "All 2 patches are generated",
        f"base-commit: {tinykernel.git(me, 'rev-parse', 'main')}\nchange-id: 20231114-widgets-0123456789ab\n-- \nrespin",
        "gadget: reset the box\n",
        " 5 files changed, ",
    ):
        assert part in text, text
    assert "Measured" not in text


def test_the_same_input_gives_the_same_mails(respin: Respin, me: Path, tmp_path: Path) -> None:
    first = respin("mail", me, "-o", tmp_path / "a", *DATE)[1]
    again = respin("mail", me, "-o", tmp_path / "b", *DATE)[1]
    assert [(tmp_path / "a" / name).read_bytes() for name in FILES] == [(tmp_path / "b" / name).read_bytes() for name in FILES]  # fmt: skip
    texts = [(tmp_path / "a" / name).read_bytes() for name in FILES]
    assert respin("mail", me, "-o", tmp_path / "a", *DATE)[1] == first != again
    assert [(tmp_path / "a" / name).read_bytes() for name in FILES] == texts


def test_an_author_who_is_not_the_sender_is_named_in_the_body_and_signs_nothing(
    respin: Respin, me: Path, tmp_path: Path
) -> None:
    respin("mail", me, "-o", tmp_path / "mine", *DATE)
    text = told(tmp_path / "mine" / FILES[1]).get_content()
    assert "From: " not in text
    assert "Signed-off-by" not in text
    out = respin("mail", me, "-o", tmp_path / "out", *BOB, "-s", *DATE)[1]
    patch = told(tmp_path / "out" / FILES[1])
    assert patch["From"] == '"Änn, Bo" <ann@example.org>'
    assert patch.get_content().startswith("From: Bob <bob@example.org>\n\n")
    assert patch.get_content().count("Signed-off-by:") == 1
    assert "\n\nSigned-off-by: Änn, Bo <ann@example.org>\n---\n" in patch.get_content()
    tinykernel.git(me, "am", "--quiet", "--empty=drop", out[3])
    assert tinykernel.git(me, "log", "-1", "--format=%an") == "Bob"


def test_prefixes(respin: Respin, me: Path, tmp_path: Path) -> None:
    respin("mail", me, "-o", tmp_path / "rfc", "--prefix", "RFC", *DATE)
    assert told(tmp_path / "rfc" / FILES[1])["Subject"].startswith("[RFC PATCH v2 1/2] widget")
    for name, more, before in (
        ("flag", ["--rfc"], "RFC"),
        ("both", ["--rfc", "--prefix", "net"], "RFC net"),
        ("twice", ["--rfc", "--prefix", "RFC net"], "RFC net"),
    ):
        respin("mail", me, "-o", tmp_path / name, *more, *DATE)
        assert told(tmp_path / name / FILES[1])["Subject"].startswith(f"[{before} PATCH v2 1/2] widget")
    out = respin("mail", me, "-o", tmp_path / "one", "-v", "1", *DATE)[1]
    assert [one.rpartition("/")[2] for one in out][:1] == ["0000-cover-letter.patch"]
    assert told(tmp_path / "one" / "0000-cover-letter.patch")["Subject"].startswith("[RFC PATCH 0/2] a series")
    assert "This is the first version." in told(tmp_path / "one" / "0000-cover-letter.patch").get_content()


def test_a_range_diff_against_a_ref_a_range_and_an_mbox(
    respin: Respin, me: Path, definition: Path, tmp_path: Path
) -> None:
    respin("render", me, "--ref", "before", *DATE)
    sent = respin("mail", me, "-o", tmp_path / "sent", *DATE)[1][3]
    message = definition / "gadget.txt"
    message.write_text(f"{message.read_text()}\nAnd now it is reset at once.\n")
    texts = []
    for given in ("before", "main..before", sent):
        code, out, err = respin("mail", me, "-o", tmp_path / "out", "--previous", given, *DATE)
        assert code == 0, err
        texts.append(told(tmp_path / "out" / FILES[0]).get_content())
        assert "\n\nRange-diff against RFC v1:\n1:  " in texts[-1]
        assert "    +    And now it is reset at once.\n" in texts[-1]
    assert texts[0] == texts[1]
    tinykernel.git(me, "am", "--quiet", "--empty=drop", out[3])


REFUSED = {
    "no mbox and no ref": (["--previous", "nothing"], 2, "has no revision 'nothing'"),
    "the base itself": (["--previous", "main"], 2, "is 0 commits behind"),
    "a branch with nothing in common": (["--previous", "alien"], 2, "has no commit in common"),
    "a series of something else": (["--previous", "other"], 2, "has no patch in common with this one"),
    "junk for a mailbox": (["--previous", "{tmp}/junk"], 2, "is not a mailbox"),
    "an mbox that does not apply": (["--previous", "{tmp}/stale.mbox"], 2, "the previous version does not apply"),
    "a RESEND of nothing": (["--prefix", "RESEND"], 2, "nothing to compare with was given"),
    "a RESEND of something else": (["--prefix", "RFC RESEND", "--previous", "other"], 1, "is not a RESEND"),
    "a prefix with a line end": (["--prefix", "RFC\nCc: x"], 2, "is not a valid prefix"),
    "a prefix with a bracket": (["--prefix", "RFC] ["], 2, "is not a valid prefix"),
    "a version that was never started": (["-v", "3"], 2, "has no version 3"),
    "a report of another series": (["--results", "{tmp}/junk"], 2, "cannot be read as a report"),
    "a forged author": (["--from", "A\nCc: b <a@example.org>"], 2, "is not a valid author"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_refused_leaves_nothing(respin: Respin, me: Path, tmp_path: Path, how: str) -> None:
    tinykernel.git(me, "checkout", "--quiet", "-b", "other")
    (me / "Kbuild").write_text("# other\n")
    tinykernel.git(me, "commit", "--quiet", "--all", "--message=something else")
    (tmp_path / "stale.mbox").write_text(
        tinykernel.git(me, "format-patch", "--stdout", "-1").replace("-#", "-##").replace("+# other", "+# more") + "\n"
    )
    tinykernel.git(me, "checkout", "--quiet", "--orphan", "alien")
    tinykernel.git(me, "commit", "--quiet", "--message=nothing in common")
    tinykernel.git(me, "checkout", "--quiet", "--force", "main")
    (tmp_path / "junk").write_text("From me\n\nthis is no report and no series\n")
    given, code, message = REFUSED[how]
    done = respin("mail", me, "-o", tmp_path / "out", *(one.format(tmp=tmp_path) for one in given), *DATE)
    assert (done[0], message in done[2]) == (code, True), done[2]
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_resend_of_the_same_patches(respin: Respin, me: Path, tmp_path: Path) -> None:
    sent = respin("mail", me, "-o", tmp_path / "sent", *DATE)[1][3]
    code, _, err = respin("mail", me, "-o", tmp_path / "out", "--prefix", "RESEND", "--previous", sent, *DATE)
    assert code == 0, err
    first, again = (told(tmp_path / folder / FILES[1]) for folder in ("sent", "out"))
    assert str(again["Subject"]).startswith("[RESEND PATCH v2 1/2] widget")
    assert first["Message-ID"] != again["Message-ID"]


NOBODY = {
    "no name": {},
    "a name with a line end": {"user.name": "A\nBcc: x", "user.email": "a@example.org"},
    "a name with a bidi override": {"user.name": "A\u202e", "user.email": "a@example.org"},
    "an address that nobody reaches": {"user.name": "A", "user.email": "a"},
    "an address that is not ASCII": {"user.name": "A", "user.email": "ä@example.org"},
}


@pytest.mark.parametrize("how", NOBODY)
def test_without_a_sender_there_is_no_mail(respin: Respin, kernel: Path, tmp_path: Path, how: str) -> None:
    for key, value in NOBODY[how].items():
        tinykernel.git(kernel, "config", key, value)
    code, _, err = respin("mail", kernel, "-o", tmp_path / "out", *BOB, *DATE)
    assert code == 2
    assert "git does not know your name" in err or "cannot be used in a mail header" in err
    assert not list((tmp_path / "out").glob("*"))


def test_a_base_without_its_script_says_so(respin: Respin, me: Path, tmp_path: Path) -> None:
    tinykernel.git(me, "rm", "--quiet", "scripts/get_maintainer.pl")
    tinykernel.git(me, "commit", "--quiet", "--message=gone")
    code, _, err = respin("mail", me, "-o", tmp_path / "out", *DATE)
    assert (code, "the base has no scripts/get_maintainer.pl" in err) == (1, True), err
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("script", ["exit 3;\n", "print 'gibberish';\n", ""])
def test_a_script_that_breaks_is_no_empty_answer(respin: Respin, me: Path, tmp_path: Path, script: str) -> None:
    (me / "scripts/get_maintainer.pl").write_text(script)
    tinykernel.git(me, "commit", "--quiet", "--all", "--message=broken")
    code, _, err = respin("mail", me, "-o", tmp_path / "out", *DATE)
    assert (code, "names nobody" in err or "ended with 3" in err) == (3, True), err


def test_patches_of_another_version_are_not_mixed_in(respin: Respin, me: Path, tmp_path: Path) -> None:
    respin("mail", me, "-o", tmp_path / "out", "-v", "1", *DATE)
    before = tinykernel.snapshot(tmp_path / "out")
    code, _, err = respin("mail", me, "-o", tmp_path / "out", *DATE)
    assert (code, "holds other patches" in err) == (2, True)
    assert tinykernel.snapshot(tmp_path / "out") == before


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 3), (errno.EROFS, 2)])
def test_a_full_or_read_only_disk_gives_no_file(  # noqa: PLR0913, PLR0917 - fixtures
    respin: Respin, me: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def full(mails: object) -> bytes:
        del mails
        raise OSError(number, "no way")

    monkeypatch.setattr("respin.posting.mails.mailbox", full)
    done = respin("mail", me, "-o", tmp_path / "out", *DATE)
    assert (done[0], "no way" in done[2]) == (code, True)
    assert not (tmp_path / "out").exists()


def test_a_plain_directory_has_no_base_commit(respin: Respin, me: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(me)
    code, _, err = respin("mail", fake.plain(tmp_path / "plain"), "-o", tmp_path / "out")
    assert code == 0, err
    text = told(tmp_path / "out" / FILES[0]).get_content()
    assert "base-commit" not in text
    assert "not to be sent yet: no base-commit" in err
    assert "\nchange-id: " in text


def test_next_starts_a_version_and_writes_its_mails(respin: Respin, me: Path, definition: Path, tmp_path: Path) -> None:
    file = definition / HISTORY
    code, out, err = respin("mail", "--next")
    assert (code, out, "the changelog of the next version is empty" in err) == (2, [], True)
    file.write_text(file.read_text().replace("[next]\nchanges = []", '[next]\nchanges = ["bigger"]'))
    before = file.read_text()
    code, out, err = respin("mail", me, "-o", tmp_path / "out", "--next", *DATE)
    assert (code, out, "v2 is not posted yet" in err) == (2, [], True)
    assert file.read_text() == before
    file.write_text(before.replace("number = 2\n", 'number = 2\nlink = "https://example.org/2/"\n'))
    code, out, err = respin("mail", me, "-o", tmp_path / "out", "--next", *DATE)
    assert (code, len(out), "v3 is started" in err) == (0, 4, True)
    text = told(tmp_path / "out" / "v3-0000-cover-letter.patch").get_content()
    assert "Changes in v3:\n - bigger\n - Link to v2:\n   https://example.org/2/\n\nChanges in v2:" in text
    assert history.parse(str(file), file.read_text()).versions[-1].changes == ("bigger",)
    assert [one.name for one in definition.iterdir() if one.name.startswith("tmp")] == []


def test_next_alone_writes_no_mail(respin: Respin, definition: Path) -> None:
    file = definition / HISTORY
    text = file.read_text().replace("changes = []", 'changes = ["bigger"]')
    file.write_text(text.replace("number = 2\n", 'number = 2\nlink = "https://example.org/2/"\n'))
    code, out, err = respin("mail", "--next")
    assert (code, out, err) == (0, [f"{file}: v3 is started"], "")


@pytest.mark.slow
def test_next_sweeps_what_a_killed_run_left(respin: Respin, definition: Path) -> None:
    file = definition / HISTORY
    text = file.read_text().replace("changes = []", 'changes = ["bigger"]')
    file.write_text(text.replace("number = 2\n", 'number = 2\nlink = "https://example.org/2/"\n'))
    before = {one.name for one in definition.iterdir()}
    code = """\
from pathlib import Path
from patchset.loader import read
from respin import __main__
from respin import session
folder = Path(sys.argv[1])
session.load = lambda name: read(folder, folder / "c")
__main__.main(["mail", "--next"])
"""
    killed.at_rename(code, definition)
    assert respin("mail", "--next")[0] == 0
    assert {one.name for one in definition.iterdir()} == before


@pytest.mark.parametrize("given", [["mail"], ["mail", "{kernel}"], ["mail", "-o", "x"], ["mail", "--next", "-o", "x"]])
def test_base_and_folder_go_together(respin: Respin, me: Path, given: list[str]) -> None:
    assert respin(*(one.format(kernel=me) for one in given))[0] == 2


def test_the_last_checks_and_given_files_are_in_the_letter(
    respin: Respin, me: Path, definition: Path, tmp_path: Path
) -> None:
    """A check that is kept, and a crash run's figures from a file."""
    (definition / "checks.toml").write_text("")
    code, _, err = respin("check", me, "--only", "checkpatch", "--json", tmp_path / "r.json", *DATE)
    assert code != 2, err
    report = json.loads((tmp_path / "r.json").read_text())
    crash = {**report["results"][0], "check": "crash", "scope": "runtime", "patch": 0, "status": "PASS", "summary": "dumped"}  # fmt: skip
    crash |= {"data": {"smallest": 64}, "date": "2026-11-20T10:00:00Z"}
    (tmp_path / "r.json").write_text(json.dumps({**report, "results": [crash]}))
    code, _, err = respin("mail", me, "-o", tmp_path / "out", "-s", "--results", tmp_path / "r.json", *DATE)
    assert (code, err) == (0, "")
    text = told(tmp_path / "out" / FILES[0]).get_content()
    assert f"Measured on {report['base']['name']} on 2026-11-20: 64." in text
    assert f"   checkpatch: {report['status']}" in text
    assert "   crash: PASS, dumped" in text

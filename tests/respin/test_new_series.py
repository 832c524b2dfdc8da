# SPDX-License-Identifier: GPL-2.0-only
"""`respin new-series`: from an empty folder to an mbox that git takes, and what it refuses to write over."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.proofs.coccinelle import Coccinelle
from patchset import loader
from patchset.errors import SignalledError
from respin import session
from tests import firstkernel, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]

FILES = [
    *("c/first/comment.c.j2", "checks.toml", "cover.txt", "first.toml", "first.txt", "history.toml", "lint.toml"),
    "series.toml",
]
MAIN = firstkernel.MAIN.replace(
    "static int run_init_process",
    "/* 0 where there is such a program: it runs when kernel_init() returns. */\nstatic int run_init_process",
)


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    return firstkernel.repository(tmp_path / "linux")


@pytest.fixture(autouse=True)
def elsewhere(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Call the program outside any checkout, with the series that are there."""
    del respin  # which has the series of the stand-in alone
    monkeypatch.setattr(session, "load", loader.load)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_from_an_empty_folder_to_mails_that_git_takes(respin: Respin, kernel: Path, elsewhere: Path) -> None:
    code, out, err = respin("new-series", "mine")
    assert (code, out) == (0, [f"mine/{path}" for path in FILES])
    verbs = [words.split()[1:] for words in re.findall(r"^  (respin .*?)  ", err, re.MULTILINE)]
    assert verbs == [
        ["explain", "BASE", "--series", "./mine"],
        ["check", "BASE", "--series", "./mine"],
        ["mail", "BASE", "-o", "out", "--series", "./mine"],
    ]
    explain, check, mail = ([str(kernel) if word == "BASE" else word for word in words] for words in verbs)
    code, out, _ = respin(*explain)
    assert (code, out[0]) == (0, "1 first: init/main.c:7: before function run_init_process")
    assert out[1].endswith("(6.1.7): applies")
    code, out, _ = respin("render", kernel, "--series", "./mine", "--ref", "first")
    assert (code, tinykernel.git(kernel, "show", "first:init/main.c")) == (0, MAIN.strip())
    code, _, err = respin(*check, "--skip", Coccinelle.id, "--json", "report.json")
    report = json.loads((elsewhere / "report.json").read_text())
    assert (code, report["status"], err.splitlines()[0]) == (0, "PASS", "respin: 3 checks, about 1 min left")
    assert {(one["check"], one["status"]) for one in report["results"]} == {
        (name, "PASS") for name in ("checkpatch", "mail-lint", "kernel-doc")
    }
    assert [one["id"] for one in report["checks"]] == ["checkpatch", "mail-lint", "kernel-doc", "coccinelle"]
    assert respin(*mail, "--signoff")[0] == 0
    tinykernel.git(kernel, "am", "--quiet", "--empty=drop", str(elsewhere / "out/mine-v1.mbox"))
    assert (kernel / "init/main.c").read_text() == MAIN
    assert tinykernel.git(kernel, "log", "-1", "--format=%s").startswith("init: say when the first program runs")


def test_it_goes_by_its_name_among_the_users_own(respin: Respin, kernel: Path) -> None:
    own = loader.own_folder() / "mine"
    code, _, err = respin("new-series", own)
    assert (code, "respin explain BASE --series mine " in err) == (0, True)
    assert respin("explain", kernel, "--series", "mine")[0] == 0
    (own / "history.toml").write_text(
        (own / "history.toml").read_text().replace("# link", "link").replace("[]", '["a"]')
    )
    code, out, _ = respin("mail", "--next", "--series", "mine")
    assert (code, out) == (0, [f"{own}/history.toml: v2 is started"])
    assert 'number = 2\nchanges = ["a"]' in (own / "history.toml").read_text()


def test_every_series_has_a_change_id_of_its_own(respin: Respin) -> None:
    ids = []
    for name in ("one", "two"):
        respin("new-series", name, "--name", "same")
        ids.append(loader.load(f"./{name}").history.change_id)
        assert loader.load(f"./{name}").name == "same"
    assert ids[0] != ids[1]
    assert all(re.fullmatch(r"\d{8}-same-[0-9a-f]{12}", one) for one in ids)


def test_an_empty_folder_is_taken_and_stays_the_same_one(respin: Respin, elsewhere: Path) -> None:
    assert respin("new-series", ".", "-q") == (0, FILES, "")
    assert sorted(one.name for one in elsewhere.iterdir()) == sorted({path.partition("/")[0] for path in FILES})
    assert loader.load(".").name == elsewhere.name


@pytest.mark.parametrize("there", ["file", "folder", "hidden", "link"])
def test_nothing_is_written_over(respin: Respin, elsewhere: Path, there: str) -> None:
    mine = elsewhere / "mine"
    if there == "file":
        mine.write_text("mine")
    elif there == "link":
        mine.symlink_to("nowhere")
    else:
        mine.mkdir()
        (mine / (".git" if there == "hidden" else "series.toml")).write_text("mine")
    before = tinykernel.snapshot(elsewhere)
    for more in ([], ["--from", "luks-kdump"]):
        code, out, err = respin("new-series", "mine", *more)
        assert (code, out) == (2, [])
        assert err == "respin: destination path 'mine' already exists and is not an empty directory\n"
    assert tinykernel.snapshot(elsewhere) == before


@pytest.mark.parametrize(
    ("error", "exit_code", "text"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 3, "No space left on device"),
        (SignalledError("stopped by SIGTERM"), 130, "stopped"),
    ],
)
def test_a_disk_that_is_full_and_a_signal_leave_nothing(  # noqa: PLR0913, PLR0917 - a table
    respin: Respin, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, exit_code: int, text: str
) -> None:
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.name == "series.toml" and self.parent.name != "mine":  # the last one: the others are there
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    code, out, err = respin("new-series", "a/mine")
    assert (code, out, text in err) == (exit_code, [], True)
    (elsewhere / "empty").mkdir()
    assert respin("new-series", "empty", "--name", "mine")[0] == exit_code
    assert [*tinykernel.snapshot(elsewhere)] == ["empty"]


@pytest.mark.parametrize("name", ["My", "a_b", "-a", "a--b", "\u00e4", "a b", "\u0664"])
def test_a_name_that_does_not_fit(respin: Respin, elsewhere: Path, name: str) -> None:
    for words in (["--name", name, "x"], [f"./{name}"], ["x", "--from", "luks-kdump", "--name", name]):
        code, out, err = respin("new-series", *words)
        assert (code, out, "is not a valid name for a series\n" in err) == (2, [], True)
    assert not any(elsewhere.iterdir())


def test_a_whole_series_is_copied(respin: Respin) -> None:
    code, out, _ = respin("new-series", "copy", "--from", "luks-kdump")
    assert (code, len(out) > 100) == (0, True)
    ours, copy = loader.load("luks-kdump"), loader.load("./copy")
    assert copy.digest == ours.digest
    assert (copy.patches, copy.history, copy.rules) == (ours.patches, ours.history, ours.rules)
    assert copy.templates.joinpath("guest/init.j2").is_file()
    assert respin("new-series", "other", "--from", "./copy", "--name", "other")[0] == 0
    other = loader.load("./other")
    assert (other.name, other.title, other.patches) == ("other", ours.title, ours.patches)
    code, _, err = respin("new-series", "no", "--from", "nothing")
    assert (code, "there is no series 'nothing'" in err, Path("no").exists()) == (2, True, False)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\nb", "A", "a--b", "a\\u001b[31m", "a" * 61])
def test_a_name_that_is_no_part_of_a_file_name_is_refused(respin: Respin, name: str) -> None:
    assert respin("new-series", "mine")[0] == 0
    file = Path("mine/series.toml")
    text = file.read_text()
    at = text[: text.index("name =")].count("\n") + 1
    file.write_text(text.replace('name = "mine"', f'name = "{name}"'))
    code, out, err = respin("explain", "nowhere", "--series", "./mine")
    assert (code, out, f"series.toml:{at}: " in err) == (2, [], True), err


@pytest.mark.parametrize("file", ["checks.toml", "lint.toml", "history.toml"])
@pytest.mark.parametrize("verb", ["explain", "check", "run"])
def test_a_mistake_in_any_file_is_told_first(respin: Respin, kernel: Path, verb: str, file: str) -> None:
    assert respin("new-series", "mine")[0] == 0
    with Path("mine", file).open("a") as opened:
        opened.write("[waivre]\n")
    code, out, err = respin(verb, str(kernel), "--series", "./mine")
    assert (code, out, f"mine/{file}:" in err) == (2, [], True), err


def test_an_empty_name_is_none(respin: Respin) -> None:
    for options in ([], ["--from", "luks-kdump"]):
        code, out, err = respin("new-series", "mine", "--name", "", *options)
        assert (code, out, "'' is not a valid name" in err, Path("mine").exists()) == (2, [], True, False), err


@pytest.mark.parametrize("subject", ["", " ", "a\\nb"])
def test_a_subject_is_one_line(respin: Respin, subject: str) -> None:
    assert respin("new-series", "mine")[0] == 0
    file = Path("mine/first.toml")
    file.write_text(re.sub(r'(?m)^subject = ".*"$', lambda _: f'subject = "{subject}"', file.read_text()))
    code, _, err = respin("explain", "nowhere", "--series", "./mine")
    assert (code, "first.toml:2: " in err) == (2, True), err


def test_a_name_may_not_be_too_long(respin: Respin) -> None:
    assert respin("new-series", "long", "--name", "a" * 60)[0] == 0
    code, _, err = respin("new-series", "longer", "--name", "a" * 61)
    assert (code, "is not a valid name for a series" in err) == (2, True)


def test_a_copy_with_a_name_of_its_own_has_a_history_of_its_own(respin: Respin) -> None:
    assert respin("new-series", "same", "--from", "luks-kdump")[0] == 0
    assert respin("new-series", "other", "--from", "luks-kdump", "--name", "mine")[0] == 0
    same, other = (Path(name, "history.toml").read_text() for name in ("same", "other"))
    assert "luks-kdump" in same
    assert "luks-kdump" not in other
    assert re.search(r'change-id = "\d{8}-mine-[0-9a-f]{12}"', other)
    plan = Path("same/series.toml")
    plan.write_text(plan.read_text().replace('name = "luks-kdump"', "name = 'luks-kdump'"))
    code, _, err = respin("new-series", "third", "--from", "./same", "--name", "mine")
    assert (code, "series.toml has no line" in err, Path("third").exists()) == (2, True, False)


def test_a_rule_is_shown_by_what_the_series_asks_for(respin: Respin) -> None:
    respin("new-series", "copy", "--from", "luks-kdump")
    silent = "R11  Silence: no byte of the key is printed, and no address by the series"
    for text, shown in (("", "crash"), ("[crash", "nothing yet")):
        plan = Path("copy/checks.toml")
        blocks = re.split(r"(?m)^(?=\[)", plan.read_text())
        plan.write_text("".join(one for one in blocks if not text or not one.startswith(text)))
        code, out, _ = respin("rules", "--series", "./copy")
        assert (code, out[out.index(silent) + 1].split("; shown by ")[1]) == (0, shown)


def test_a_series_that_was_installed_is_not_written_to(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of respin would take it back; a copy of it goes by the same name, and is."""
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "respin/series/luks-kdump"
    history = Path(str(loader.load("luks-kdump").folder)) / "history.toml"
    before = history.read_bytes()
    assert not loader.installed(history.parent)  # this is a clone
    monkeypatch.setattr(loader, "installed", lambda folder: folder == history.parent)
    code, out, err = respin("mail", "--next")
    assert (code, out) == (2, [])
    assert "the series luks-kdump is part of the installed respin, whose history.toml cannot be changed\n" in err
    line = f"respin new-series {own} --from luks-kdump"
    assert f"hint: `{line}` makes a copy" in err
    assert respin(*line.split()[1:])[0] == 0
    text = (own / "history.toml").read_text()
    number = text.count("[[version]]")
    text = text.replace(f"number = {number}\n", f'number = {number}\nlink = "https://example.org/"\n')
    (own / "history.toml").write_text(text.replace("changes = []", 'changes = ["a"]'))
    code, out, _ = respin("mail", "--next")
    assert (code, out) == (0, [f"{own}/history.toml: v{number + 1} is started"])
    assert history.read_bytes() == before


def test_where_pip_puts_it_no_project_lies_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_HERE", tmp_path / "patchset")
    assert loader.installed(tmp_path / "patchset/luks_kdump")
    assert not loader.installed(tmp_path / "luks_kdump")
    (tmp_path / "pyproject.toml").touch()
    assert not loader.installed(tmp_path / "patchset/luks_kdump")

# SPDX-License-Identifier: GPL-2.0-only
"""Choosing checks, scenarios and lines of the checklist: before anything is done for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from checks.lint.lines import IDS
from checks.proofs.crash import SCENARIOS
from checks.registry import CHECKS
from checks.userland.rounds import PLOTS
from generator import bases
from patchset import loader
from patchset.errors import FindingsError
from respin import session
from respin.choosing import ids_options
from tests import completion, fake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from checks.contract import Check
    from patchset.types import Series

    Respin = Callable[..., tuple[int, list[str], str]]

VERBS = ("check", "run", "crash")
LIGHT = ["checkpatch", "mail-lint", "kernel-doc", "coccinelle"]
"""What the series of the stand-in asks for: it has a history, and no table in its checks.toml."""


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a base that is looked for end the program with 1."""

    def refuse(*_: object) -> None:
        raise FindingsError("the base is looked for")

    monkeypatch.setattr(bases, "find", refuse)


@pytest.fixture
def _ours(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the series be the one that comes with respin, which asks for all checks."""
    del respin  # which has another one
    monkeypatch.setattr(session, "load", loader.load)


@pytest.mark.usefixtures("untouched", "_ours")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_wrong_id_is_told_before_the_base_is_looked_for(respin: Respin, verb: str, option: str) -> None:
    good, near, what = ("dump", "dmp", "scenario") if verb == "crash" else ("checkpatch", "chekpatch", "check")
    code, out, err = respin(verb, "debian:6.1", option, f"{good},{near}")
    assert (code, out) == (2, [])
    assert err.startswith(f"respin: there is no {what} '{near}'\n  hint: did you mean {good}? There are: {good}, ")
    for nothing in ("", ",", " , "):
        code, _, err = respin(verb, "debian:6.1", option, nothing)
        assert (code, f"{option} '{nothing}' names no {what}" in err) == (2, True)
    assert respin(verb, "debian:6.1", option, good)[0] == 1


def test_a_wrong_line_is_told_before_the_mails_are_read(respin: Respin, tmp_path: Path) -> None:
    for ids in ("S99", ",", ""):
        code, _, err = respin("lint", tmp_path / "nowhere", "--only", "S03", "--skip", ids)
        assert (code, "line" in err, "nowhere" in err) == (2, True, False)


def test_what_is_given_several_times_adds_up(respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def note(_: object, selected: list[Check], **__: object) -> None:
        asked.append([one.id for one in selected])
        raise FindingsError("enough")

    monkeypatch.setattr("respin.commands.check.run_checks", note)
    respin(
        "check",
        kernel,
        "--only",
        "mail-lint, checkpatch,",
        "--only",
        "kernel-doc",
        "--only",
        "checkpatch",
        "--skip",
        "kernel-doc",
        "--skip",
        "crash",
    )
    assert asked == [["checkpatch", "mail-lint"]]


def test_quick_leaves_out_what_builds_or_boots(respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[Check]] = []

    def note(_: object, selected: list[Check], **__: object) -> None:
        asked.append(selected)
        raise FindingsError("enough")

    monkeypatch.setattr("respin.commands.check.run_checks", note)
    respin("check", kernel, "--quick", "--skip", "mail-lint")
    assert [one.id for one in asked[0]] == ["checkpatch", "kernel-doc"]
    code, _, err = respin("check", kernel, "--quick", "--only", "coccinelle")
    assert (code, "--quick leaves no check to run" in err, len(asked)) == (2, True, 1)


@pytest.mark.usefixtures("untouched", "_ours")
@pytest.mark.parametrize("verb", [*VERBS, "lint"])
@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_list_is_no_report(respin: Respin, verb: str, option: str) -> None:
    for words in (["--list", option, "x"], [option, "x", "--list"]):
        code, out, err = respin(verb, *words)
        assert (code, out, f"{option} cannot be used with --list, which runs nothing" in err) == (2, [], True), err


@pytest.mark.usefixtures("untouched", "_ours")
@pytest.mark.parametrize(("verb", "known"), [("check", CHECKS), ("run", CHECKS), ("crash", SCENARIOS)])
def test_the_ids_are_listed(respin: Respin, verb: str, known: dict[str, object]) -> None:
    code, out, err = respin(verb, "--list")
    there = [one for one in known if one != "several"]  # for which that series has not the interface
    assert (code, [row.split()[0] for row in out], err) == (0, there, "")
    assert all(len(row.split()) > 3 for row in out)
    text = " ".join(" ".join(respin(verb, "--help")[1]).split()).replace("- ", "-")
    assert f"There are: {', '.join(known)}." in text


@pytest.mark.usefixtures("untouched", "_ours")
@pytest.mark.parametrize("words", [["--list", "--userland", "debian:12"], ["--userland", "debian:12", "--list"]])
def test_the_rounds_of_a_userland_are_listed(respin: Respin, words: list[str]) -> None:
    code, out, err = respin("crash", *words)
    assert (code, [row.split()[0] for row in out], err) == (0, [each.name for each in PLOTS], "")
    code, out, err = respin("crash", "--list", "--userland", "hurd")
    assert (code, out, "there is no userland 'hurd'" in err) == (2, [], True)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("words", [["--list", "--series", "x"], ["--series", "x", "--list"], ["nowhere", "--list"]])
def test_those_that_the_series_asks_for_are_listed(
    respin: Respin, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    asked: list[str] = []

    def noted(name: str) -> Series:
        asked.append(name)
        return fake.load()

    monkeypatch.setattr(session, "load", noted)
    for verb in ("check", "run"):
        code, out, err = respin(verb, *words)
        assert (code, [row.split()[0] for row in out], err) == (0, LIGHT, "")
    assert {*asked} == {"x" if "x" in words else "luks-kdump"}
    code, out, err = respin("crash", *words)
    assert (code, out, "does not ask for crash: its checks.toml has no [crash]" in err) == (2, [], True)


@pytest.mark.usefixtures("untouched")
def test_what_the_series_does_not_ask_for_cannot_be_chosen(respin: Respin) -> None:
    for verb in ("check", "run"):
        for name, table in (("kunit", "[kunit]"), ("build", "[[configuration]]"), ("debug-config", "[debug]")):
            code, out, err = respin(verb, "nowhere", "--only", f"checkpatch,{name}")
            assert (code, out) == (2, [])
            assert f"the series fake does not ask for {name}: its checks.toml has no {table}\n" in err
            assert f"hint: there are: {', '.join(LIGHT)}\n" in err
        assert respin(verb, "nowhere", "--skip", "kunit")[0] == 1  # as in a respin.toml that is for several series
        code, _, err = respin(verb, "nowhere", "--skip", ",".join(LIGHT))
        assert (code, "--only and --skip leave no " in err) == (2, True)
    for words in ([], ["--only", "dump"], ["--interactive"]):
        code, out, err = respin("crash", "nowhere", *words)
        assert (code, out, "does not ask for crash: its checks.toml has no [crash]" in err) == (2, [], True)


def test_many_ids_are_not_in_the_help() -> None:
    @click.command()
    @ids_options("line", [f"L{number}" for number in range(30)], lambda *_: [])
    def command(**_: object) -> None: ...

    help_text = command.get_help(click.Context(command))
    assert ("L29" in help_text, "See --list." in help_text) == (False, True)


def test_the_last_id_is_completed() -> None:
    assert completion.of("check", ["debian:6.1", "--only"], "checkpatch,k") == [
        "checkpatch,kernel-doc",
        "checkpatch,kbuf-init",
        "checkpatch,kunit",
    ]
    assert completion.of("check", ["debian:6.1", "--only"], "kunit,ku") == []
    assert completion.of("crash", ["--skip"], "d") == ["dump"]
    assert completion.of("lint", ["--only"], "S0") == [f"S0{number}" for number in range(1, 10)]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("verb", [*VERBS, "lint"])
def test_that_nothing_is_left_is_told_before_anything_is_looked_for(respin: Respin, verb: str) -> None:
    known: list[str] = {"crash": [*SCENARIOS], "lint": [*IDS]}.get(verb, [*CHECKS])
    for words in (
        ["--only", known[0], "--only", known[1], "--skip", f"{known[1]},{known[0]}"],
        ["--skip", known[0], "--only", known[0]],
        ["--skip", ",".join(known)],
    ):
        code, out, err = respin(verb, "nowhere", *words)
        assert (code, out, "--only and --skip leave no " in err) == (2, [], True)


def test_the_nearest_line_is_the_same_one_in_capitals(respin: Respin) -> None:
    assert "did you mean S01?" in respin("lint", "nowhere", "--only", "s01")[2]

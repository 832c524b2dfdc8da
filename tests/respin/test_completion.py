# SPDX-License-Identifier: GPL-2.0-only
"""What a shell is offered: bases, series, ids; and bash, which takes one word of ours for several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.bases import debian
from generator.bases.debian import Package
from patchset.errors import InputError
from respin.cli import cli
from respin.completion import Bash
from tests import completion, tinykernel

if TYPE_CHECKING:
    from collections.abc import Sequence

RESPIN = str(Path(sys.executable).with_name("respin"))


@pytest.fixture
def here(kernel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a repository on a machine with a few packages."""
    tinykernel.git(kernel, "branch", "topic/one")
    tinykernel.git(kernel, "branch", "$(program)")
    tinykernel.git(kernel, "tag", "v6.9")
    monkeypatch.chdir(kernel / "kernel")
    monkeypatch.setattr(debian, "cached", lambda _: [Package("6.1", "6.1.190-1")])
    monkeypatch.setattr(debian, "series_on_offer", lambda: ["6.1", "6.12"])
    monkeypatch.setattr(debian, "versions_on_offer", lambda series, _: [f"{series}.200-1", f"{series}.190-1"])
    return kernel


BASES = {
    "v": ["v1", "v6.9"],
    "topic": ["topic/one"],
    "@m": ["@main"],
    "{kernel}@v6": ["{kernel}@v6.9"],
    "..@v6": ["..@v6.9"],
    "nowhere@": [],
    "kernel@": [],
    "$": [],
    "deb": ["debian:6.1.190-1", "debian:6.1", "debian:6.12"],
    "debian:6.12": ["debian:6.12"],
    "debian:6.1.": ["debian:6.1.190-1", "debian:6.1.200-1"],
    "": ["main", "topic/one", "v1", "v6.9", "debian:6.1.190-1", "debian:6.1", "debian:6.12"],
}


@pytest.mark.parametrize("verb", ["check", "run", "render", "apply", "crash", "explain", "mail", "rules"])
def test_every_base_is_completed(here: Path, verb: str) -> None:
    assert here
    assert completion.of(verb, [], "v6") == ["v6", "v6.9"]


@pytest.mark.parametrize("begun", BASES)
def test_bases(here: Path, begun: str) -> None:
    word, *wanted = (one.format(kernel=here) for one in (begun, *BASES[begun]))
    first, *found = completion.of("explain", ["v1"], word)
    assert first == word  # for the shell, that completes folders itself
    assert sorted(found) == sorted(wanted)


def test_nothing_is_said_of_a_repository_that_git_refuses(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here

    def refuse() -> None:
        raise InputError("git: detected dubious ownership")

    monkeypatch.setattr("generator.bases.git.repository_here", refuse)
    assert completion.of("explain", [], "v") == ["v"]


def test_series_and_profiles() -> None:
    assert completion.of("check", ["--series"], "l") == completion.of("lint", ["--series"], "l") == ["luks-kdump"]
    assert completion.of("lint", ["--profile"], "t") == ["tip"]


BASH = {
    "respin explain |debian|:|6.1.": ["6.1.190-1", "6.1.200-1"],
    "respin explain |debian|:": ["6.1.190-1", "6.1", "6.12"],
    "respin explain |@|v6": ["@v6.9"],
    "respin explain |..|@": ["@main", "@topic/one", "@v1", "@v6.9"],
    "respin explain v": ["v1", "v6.9"],
    "echo respin; respin explain |deb": ["debian:6.1.190-1", "debian:6.1", "debian:6.12"],
    "respin check --series|=|l": ["luks-kdump"],
    "respin check --only|=|build,ker": ["build,kernel-doc"],
    "respin check debian|:|6.1 --only bu": ["build"],
    "respin ex": ["explain"],
}  # fmt: skip


@pytest.mark.parametrize("typed", BASH)
def test_bash_puts_what_it_is_told_in_the_place_of_its_last_word(
    here: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """A bar stands where bash begins a new word without a blank."""
    assert here
    wanted = BASH[typed]
    words = typed.rpartition("; ")[2].replace("|", " ").split()
    monkeypatch.setenv("COMP_WORDS", "\n".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    monkeypatch.setenv("COMP_LINE", typed.replace("|", ""))
    said = Bash(cli, {}, "respin", "_RESPIN_COMPLETE").complete().splitlines()
    assert sorted(one.removeprefix("plain,") for one in said if one.startswith("plain,")) == sorted(wanted)


@pytest.mark.slow
@pytest.mark.parametrize(("shell", "words"), [("bash", ["COMP_LINE"]), ("zsh", ["compdef"]), ("fish", ["complete"])])
def test_the_source_for_a_shell(tmp_path: Path, shell: str, words: Sequence[str]) -> None:
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "_RESPIN_COMPLETE": f"{shell}_source"}
    done = subprocess.run([RESPIN], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert all(word in done.stdout for word in words)
    assert done.stderr == ""


@pytest.mark.slow
def test_a_real_bash(here: Path, tmp_path: Path) -> None:
    script = f"""
        eval "$(_RESPIN_COMPLETE=bash_source {RESPIN})"
        COMP_LINE='respin explain .@v6' COMP_POINT=19 COMP_WORDS=(respin explain . @ v6) COMP_CWORD=4
        compopt() {{ :; }}
        _respin_completion {RESPIN}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["bash", "-c", script], cwd=here, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("@v6.9\n", "")

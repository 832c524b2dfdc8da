# SPDX-License-Identifier: GPL-2.0-only
"""Which programs are there, and how the others come."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks import python3, toolchain
from checks.contract import Tool
from checks.programs import Programs
from checks.registry import CHECKS
from checks.userland import rounds
from generator import process
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

ODD = ["", "-y", "--reinstall", "git-", "a b", "a;b", "git=1", "../x.deb", "./x.deb", "/x.deb", "a\n", "*", "gît", ":a"]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take every program away."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(python3, "interpreter", lambda _: "")
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note what would be started, and start nothing."""
    calls: list[list[str]] = []

    def run(argv: Sequence[str], **edges: object) -> process.Completed:
        assert edges
        calls.append(list(argv))
        return process.Completed(tuple(argv), 1 if argv[-1] == "true" else 0, b"", b"", 0.0)

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return calls


def test_a_header_is_a_tool_that_is_a_file(tmp_path: Path) -> None:
    header = tmp_path / "wanted.h"
    tool = Tool("wanted.h", "libwanted-dev", (), str(header))
    assert toolchain.missing([tool]) == (tool,)
    header.touch()
    assert toolchain.missing([tool]) == ()
    assert Programs().versions([tool])[0] == f"wanted.h:  {hashlib.sha256().hexdigest()}"


def test_a_program_is_asked_once_whoever_asks_at_the_same_time(bare: Path) -> None:
    """Several checks need git, and are asked for their keys in threads."""
    program, asked = bare / "slow", bare / "asked"
    program.write_text(f"#!/bin/sh\necho >> {asked}\n/bin/sleep 0.3\necho slow 1.0\n")
    program.chmod(0o755)
    programs, tool = Programs(), Tool("slow", "slow")
    with ThreadPoolExecutor(4) as pool:
        told = {*pool.map(lambda _: programs.versions([tool]), range(4))}
    assert [one[0].startswith("slow: slow 1.0 ") for one in told] == [True]
    assert asked.read_text() == "\n"


def test_a_library_is_a_tool_that_pip_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Tool("click", "", (), extra="crash")
    assert Path(str(tool.find())).name == "RECORD"
    assert Programs().versions([tool])[0].endswith(hashlib.sha256(Path(str(tool.find())).read_bytes()).hexdigest())
    assert toolchain.missing([tool]) == ()
    gone = Tool("no-such-library", "", (), extra="crash")
    assert toolchain.missing([gone]) == (gone,)
    monkeypatch.setattr(metadata.Distribution, "files", None)  # Debian's packages have no such list
    assert Path(str(tool.find())).is_dir()


def test_what_is_used_says_its_version() -> None:
    tools = (Tool("git", "git"), Tool("click", "", (), extra="crash"), Tool("none-of-that-name", "none"))
    said = Programs().said(tools)
    assert said.keys() == {"git", "click"}
    assert said["git"].startswith("git version ")
    assert said["click"] == metadata.version("click")


@pytest.mark.slow
def test_the_survey_tells_of_libraries() -> None:
    states = {each.name: each for each in toolchain.survey()}
    drgn = states["drgn"]
    assert (drgn.packages, drgn.extra, drgn.needed_by, drgn.required) == ((), "crash", ("crash",), True)
    assert drgn.version == metadata.version("drgn")
    assert states["libclang"].needed_by == ("semantic",)


@pytest.mark.parametrize(
    ("packages", "extras", "line"),
    [
        (["perl", "cpio", "perl"], [""], "apt-get install cpio perl"),
        ([""], ["semantic", "crash", "crash"], "pip install 'respin[crash,semantic]'"),
        (["cpio", ""], ["", "crash"], "apt-get install cpio; pip install 'respin[crash]'"),
    ],
)
def test_what_brings_it(packages: list[str], extras: list[str], line: str) -> None:
    assert toolchain.brought_by(packages, extras) == line


@pytest.mark.usefixtures("bare")
def test_the_survey_has_every_tool_of_every_check() -> None:
    states = {each.name: each for each in toolchain.survey()}
    for check in CHECKS.values():
        for tool in check.tools:
            state = states[tool.name]
            assert (state.packages, state.extra) == (((tool.package,) if tool.package else ()), tool.extra)
            assert check.id in state.needed_by
            assert state.required
            if not tool.file and not tool.extra:
                assert (state.path, state.version) == ("", "")
    assert states["git"].needed_by == ("generator", *(each.id for each in CHECKS.values()))
    assert {tool.name for tool in toolchain.GENERATOR} <= set(states)
    assert not states["ccache"].required
    assert (states["mmdebstrap"].needed_by, states["mmdebstrap"].required) == (("crash --userland",), False)
    assert {tool.name for tool in rounds.TOOLS} <= set(states)
    assert states["gelf.h"].packages == ("libelf-dev",)
    assert states["python3: ply, git"].packages == ("python3-git", "python3-ply")


def test_the_survey_says_what_it_found(bare: Path) -> None:
    (bare / "make").write_text("#!/bin/sh\necho Fake Make 4.3\n")
    (bare / "make").chmod(0o755)
    state = next(each for each in toolchain.survey() if each.name == "make")
    assert (state.path, state.version) == (str(bare / "make"), "Fake Make 4.3")


def test_what_says_nothing_of_its_version_has_that_of_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Debian 12 has /bin merged into /usr/bin, and dpkg knows some files by the old name alone."""
    asked: list[Sequence[str]] = []

    def run(argv: Sequence[str], **_: object) -> process.Completed:
        asked.append(argv)
        text = {
            "--search": "diversion by x from: /usr/include/a.h\nlibelf-dev:amd64, other: /usr/include/gelf.h\nbusybox-static: /bin/busybox\n",
            "--show": "libelf-dev:amd64 libelf-dev 0.188-2.1\nbusybox-static busybox-static 1:1.35\n",
        }
        return process.Completed(tuple(argv), 1, text[argv[1]].encode(), b"no path found", 0.0)

    monkeypatch.setattr(process, "run", run)
    paths = {
        "gelf.h": "/usr/include/gelf.h",
        "busybox": "/usr/bin/busybox",
        "mine": str(tmp_path),
        "git": "/usr/bin/git",
    }
    states = [toolchain.ToolState(name, (), path, "2.39" if name == "git" else "", ()) for name, path in paths.items()]
    told = {
        state.name: state.version
        for state in toolchain.packaged([*states, toolchain.ToolState("none", (), "", "", ())])
    }
    assert told == {
        "gelf.h": "libelf-dev:amd64 0.188-2.1",
        "busybox": "busybox-static 1:1.35",
        "mine": "",
        "git": "2.39",
        "none": "",
    }
    assert "/usr/bin/git" not in asked[0]


def test_where_there_is_no_dpkg(bare: Path) -> None:
    state = toolchain.ToolState("mine", (), str(bare), "", ())
    assert toolchain.packaged([state]) == (state,)


@pytest.mark.usefixtures("bare")
def test_missing() -> None:
    assert toolchain.missing([Tool("no-such-tool", "x")]) == (Tool("no-such-tool", "x"),)
    assert toolchain.missing([]) == ()


@pytest.mark.parametrize("name", ODD)
def test_install_refuses_odd_names(started: list[list[str]], name: str) -> None:
    with pytest.raises(InputError, match="is not a package name"):
        toolchain.install(["git", name])
    assert started == []


def test_install_as_root(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    toolchain.install(["g++", "libelf-dev", "gcc:amd64"])
    assert [argv[:2] for argv in started] == [["apt-get", "update"], ["apt-get", "install"]]
    assert started[1][-3:] == ["g++", "libelf-dev", "gcc:amd64"]


def test_install_without_the_right_to(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(InfrastructureError, match="needs root") as caught:
        toolchain.install(["git"])
    assert caught.value.hint.startswith("sudo apt-get install")
    assert started == [["sudo", "-n", "true"]]


@pytest.mark.usefixtures("bare")
def test_install_where_there_is_no_apt() -> None:
    toolchain.install([])
    with pytest.raises(InfrastructureError, match="no apt-get"):
        toolchain.install(["git"])

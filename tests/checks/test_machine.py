# SPDX-License-Identifier: GPL-2.0-only
"""Disks, KVM and Python's packages, as doctor tells of them."""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from checks import machine
from checks.programs import Programs
from checks.vm import sector
from generator import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Wanted = Callable[[str], process.Completed]


@pytest.mark.parametrize(
    ("free", "good", "said"),
    [
        (71 << 30, (True, True), "71.0 GiB free in "),
        (300 << 20, (False, True), "300 MiB free in "),
        (0, (False, False), "0 MiB free in "),
    ],
)
def test_room_on_the_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, good: tuple[bool, bool], said: str
) -> None:
    asked: list[Path] = []

    def usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    told = machine.disks(tmp_path / "not" / "yet")
    assert tuple(one.good for one in told) == good
    assert told[0].text == f"{said}{tmp_path}/not/yet{'' if good[0] else '; 2.0 GiB are needed'}"
    assert asked[0] == tmp_path


@pytest.fixture
def kvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Wanted], list[str]]:
    """Return a function that says what a guest comes to; it returns the list of guests that were booted."""
    monkeypatch.setattr(machine, "KVM", tmp_path / "kvm")
    monkeypatch.setattr(Programs, "versions", lambda *_: ("QEMU 1",))
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    (tmp_path / "kvm").touch()

    def ends(how: Wanted) -> list[str]:
        booted: list[str] = []

        def boot(kind: str) -> process.Completed:
            booted.append(kind)
            return how(kind)

        monkeypatch.setattr(sector, "booted", boot)
        return booted

    return ends


def ended(code: int) -> process.Completed:
    return process.Completed(("qemu",), code, b"", b"cannot set up", 0.1)


def hang(_: str) -> process.Completed:
    raise process.DeadlineError("too late")


def test_kvm_is_tried_once(kvm: Callable[[Wanted], list[str]], tmp_path: Path) -> None:
    booted = kvm(lambda _: ended(33))
    told = [machine.accelerator(tmp_path) for _ in range(2)]
    assert ([one.good for one in told], booted) == ([True, True], ["kvm"])


@pytest.mark.parametrize(
    ("how", "said"), [(hang, "a guest hangs under it"), (lambda _: ended(1), "qemu ended with 1: cannot set up")]
)
def test_kvm_that_is_there_and_of_no_use(
    kvm: Callable[[Wanted], list[str]], tmp_path: Path, how: Wanted, said: str
) -> None:
    booted = kvm(how)
    told = [machine.accelerator(tmp_path) for _ in range(2)]
    assert [(one.good, one.required, said in one.text) for one in told] == [(False, False, True)] * 2
    assert booted == ["kvm"]


def test_no_kvm(kvm: Callable[[Wanted], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    booted = kvm(hang)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert "is there, and qemu-system-x86_64 is not" in machine.accelerator(tmp_path).text
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "no right to use" in machine.accelerator(tmp_path).text
    (tmp_path / "kvm").unlink()
    assert machine.accelerator(tmp_path).text.startswith(f"no {tmp_path / 'kvm'}")
    assert booted == []


def test_every_package_of_the_project_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {one.name: one for one in machine.python()}
    assert told["python: click"].text == metadata.version("click")
    assert {"python: tree-sitter-c", "python: rich"} <= set(told)
    assert not {"python: pytest", "python: drgn"} & set(told)
    assert all(one.good for one in told.values())

    def version(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(metadata, "version", version)
    told = {one.name: one for one in machine.python()}
    assert [name for name, one in told.items() if not one.good] == ["python: rich", "python: clang"]
    assert told["python: rich"].text == "missing: pip install rich"
    assert "pip uninstall clang" in told["python: clang"].text


def test_the_folder_of_a_probe_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for QEMU sees a boot sector in its folder and ends as the guest would have it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    fake = tools / "qemu-system-x86_64"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\ndata = open('sector', 'rb').read()\nsys.exit(33 if len(data) == 512 and data[510:] == b'\\x55\\xaa' else 1)\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "room"))
    (tmp_path / "room").mkdir()
    assert sector.booted("tcg").returncode == 33
    assert not list((tmp_path / "room").iterdir())

# SPDX-License-Identifier: GPL-2.0-only
"""Copies are named by what drgn says of their places; what it does not say is an error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checks.crash import owner
from checks.crash.exposed import Exposure
from checks.vm.machine import Machine
from patchset.errors import InfrastructureError

FOUND = Exposure(
    "saved", 2, 1, {}, copies=((0x1000, "a record of ours"), (0x2000, "a logon key"), (0x3000, "a logon key"))
)


def python(folder: Path, said: str, code: int = 0) -> tuple[str, ...]:
    """An interpreter that says something else than what it is asked for."""
    fake = folder / "python"
    fake.write_text(f"#!{sys.executable}\nprint('''{said}''')\nraise SystemExit({code})\n")
    fake.chmod(0o755)
    return (str(fake),)


def machine(folder: Path) -> Machine:
    return Machine(Path("k"), Path("i"), "", folder)


def test_places_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "generator.process.PYTHON", python(tmp_path, '["slab kmalloc-512", "page cache", "page cache"]')
    )
    found = owner.named(FOUND, machine(tmp_path), Path("vmlinux"))
    assert found.places == {"a logon key (page cache)": 2, "a record of ours (slab kmalloc-512)": 1}
    assert found.whole == FOUND.whole


def test_nobody_is_asked_where_there_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.process.PYTHON", ("/nowhere",))
    assert owner.named(Exposure("booted", 0, 0, {}), machine(tmp_path), Path("vmlinux")).places == {}


@pytest.mark.parametrize(("said", "code"), [("", 0), ("[]", 0), ('["a", "b", "c"]', 1), ("{}", 0), ("Traceback", 1)])
def test_what_it_does_not_tell_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    monkeypatch.setattr("generator.process.PYTHON", python(tmp_path, said, code))
    with pytest.raises(InfrastructureError, match="drgn does not tell whose 3 copies"):
        owner.named(FOUND, machine(tmp_path), Path("vmlinux"))

# SPDX-License-Identifier: GPL-2.0-only
"""`respin userland`: what it writes, and what it refuses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from patchset.loader import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Respin = Callable[..., tuple[int, list[str], str]]


def test_scripts_can_be_run(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("respin.session.load", load)
    code, out, err = respin("userland", "--for", "initramfs-tools", "-o", tmp_path / "made")
    assert (code, err) == (0, "")
    assert str(tmp_path / "made/hook") in out
    made = {str(path.relative_to(tmp_path / "made")) for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert {path for path in made if os.access(tmp_path / "made" / path, os.X_OK)} == {
        *("hook", "local-top", "luks-kdump", "debian/rules", "debian/luks-kdump.prerm"),
    }


def test_the_package_is_the_users(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("respin.session.load", load)
    monkeypatch.setattr("generator.theirs.identity", lambda _: "A User <user@example.org>")
    assert respin("userland", "--for", "initramfs-tools", "-o", tmp_path / "made")[0] == 0
    assert "\nMaintainer: A User <user@example.org>\n" in (tmp_path / "made/debian/control").read_text()
    assert (tmp_path / "made/debian/changelog").read_text().count("A User <user@example.org>") == 1


def test_nothing_is_written_over(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("respin.session.load", load)
    (tmp_path / "hook").write_text("mine")
    code, _, err = respin("userland", "--for", "initramfs-tools", "-o", tmp_path)
    assert code == 2
    assert str(tmp_path) in err
    assert [path.read_text() for path in tmp_path.glob("hook")] == ["mine"]


def test_a_series_without_one_is_refused(respin: Respin, tmp_path: Path) -> None:
    code, _, err = respin("userland", "--for", "initramfs-tools", "-o", tmp_path / "made")
    assert code == 2
    assert "has nothing for initramfs-tools" in err
    assert not (tmp_path / "made").exists()

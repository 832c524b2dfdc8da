# SPDX-License-Identifier: GPL-2.0-only
"""Mails applied to a base: what is the mail's fault is told from what is the disk's."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from generator.applied import PROBE, apply
from generator.store import Store, borrowed
from patchset.errors import InfrastructureError
from tests import tinykernel

MAIL = b"""\
From: A <a@example.org>
Subject: kexec: one

Because.

--- a/kernel/kexec_file.c
+++ b/kernel/kexec_file.c
@@ -1 +1 @@
-int kexec_file;
+int kexec_file = 1;
"""


def applied(folder: Path, mail: bytes) -> tuple[int, str]:
    with borrowed(folder) as repository:
        store = Store(repository, tinykernel.git(folder, "rev-parse", "v1"), "")
        trees, why = apply([mail], store)
    return len(trees), why


def test_mails_are_applied_beside_the_repository(tmp_path: Path) -> None:
    folder = tinykernel.repository(tmp_path / "linux")
    before = tinykernel.snapshot(folder)
    assert applied(folder, MAIL) == (1, "")
    assert "patch does not apply" in applied(folder, MAIL.replace(b"-int", b"-uint"))[1]
    assert "corrupt patch" in applied(folder, MAIL.replace(b"-1 +1", b"-1,7 +1,7"))[1]
    assert applied(folder, MAIL.partition(b"---")[0]) == (0, "it holds no patch")
    assert tinykernel.snapshot(folder) == before


@pytest.mark.parametrize("mail", [MAIL.replace(b"-int", b"-uint"), MAIL.partition(b"---")[0]])
def test_a_full_disk_is_no_fault_of_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mail: bytes) -> None:
    folder = tinykernel.repository(tmp_path / "linux")
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == PROBE:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InfrastructureError, match="No space left on device"):
        applied(folder, mail)


def test_an_object_that_is_not_there_is_no_fault_of_a_mail(tmp_path: Path) -> None:
    folder = tinykernel.repository(tmp_path / "linux")
    blob = tinykernel.git(folder, "rev-parse", "v1:kernel/kexec_file.c")
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(InfrastructureError, match=r"kernel/kexec_file.c of the base cannot be read"):
        applied(folder, MAIL)

# SPDX-License-Identifier: GPL-2.0-only
"""The mails of luks-kdump, made on one kernel, imported and rendered on the next."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from generator.bases import find
from generator.moved import Elsewhere
from generator.render import render
from patchset.loader import load, read
from respin.options import default_cache

if TYPE_CHECKING:
    from pathlib import Path

    from generator.rendering import Rendering

OLD, NEW = "debian:6.1", "debian:6.12"
PROBED = {
    "riscv-kexec-elf-load": "the file has another name, and one of its three functions has the variable no more",
    "elf-find-pbase": "the same",
    "elf-kexec-load": "the same",
    "x86-kconfig-crash-luks-volume-key": "CRASH_DUMP and its help are in kernel/Kconfig.kexec",
    "crash-luks-volume-key-kexec-file-load": "the entry of the edit before",
    "crash-luks-volume-key-where": "the same",
    "crash-luks-volume-key-kdump": "the same",
    "crash-shrink-memory-crash-luks-key-evict": "crash_shrink_memory() is in kernel/crash_core.c",
    "reserve-crashkernel-page": "reserve_crashkernel() is in kernel/crash_reserve.c",
    "kexec-file-load-flags": "an #ifdef CONFIG_CRASH_DUMP stands between",
    "kexec-calculate-store-digests-skip": "an #ifdef CONFIG_CRASH_HOTPLUG stands between",
    "machine-kexec-64-ifdef": "an #endif of CONFIG_CRASH_DUMP stands between",
}
"""The edits that have no place on the new kernel, and why; luks-kdump itself has a probe or another anchor for each."""
OTHER = {
    "kernel/Makefile": "luks-kdump puts its object behind crash_core.o, which 6.1 does not build",
    "Documentation/admin-guide/kernel-parameters.txt": "a probe says whether the base knows the mark EARLY",
}
"""The files that come out otherwise, and why."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("imported")
    respin = (sys.executable, "-m", "respin")
    subprocess.run([*respin, "mail", OLD, "-o", str(room / "mails")], check=True, capture_output=True)
    mbox = next((room / "mails").glob("*.mbox"))
    argv = [*respin, "import", str(mbox), "--on", OLD, "--as", str(room / "series")]
    subprocess.run(argv, check=True, capture_output=True)
    return room / "series"


def files(rendering: Rendering) -> dict[str, bytes]:
    return {path: text for patch in rendering.patches for path, text in patch.files.items()}


def test_every_edit_goes_where_luks_kdump_puts_it_or_is_refused(imported: Path) -> None:
    base = find(NEW, default_cache(), lambda _: None)
    with base.open() as tree:
        ours = render(read(imported, imported / "c"), tree, with_tests=False, elsewhere=Elsewhere(base))
        wanted = files(render(load("luks-kdump"), tree, with_tests=False))
    assert {one.edit.id for one in ours.failures} == {*PROBED}
    broken = {one.file for one in ours.failures}
    made = files(ours)
    assert {path for path, text in made.items() if path not in broken and text != wanted.get(path)} == {*OTHER}
    assert len(made) - len(broken) > 10

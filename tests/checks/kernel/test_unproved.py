# SPDX-License-Identifier: GPL-2.0-only
"""What of a patch no object was made of: told by file, with the reason."""

from __future__ import annotations

import pytest

from checks.kernel.unproved import extent


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("drivers/a.c", "CONFIG_A cannot be set on x86_64"),
        ("drivers/b.c", "nothing that was compiled here reads it"),
        ("include/linux/b.h", "nothing that was compiled here reads it"),
        ("arch/arm64/boot/dts/a.dts", "a device tree: none is compiled"),
        ("tools/perf/a.c", "tools/: no object of a kernel: it has a makefile of its own"),
        ("tools/perf/Makefile", "tools/: no object of a kernel: it has a makefile of its own"),
        ("net/wireless/certs/a.hex", "respin knows no object that is made of it"),
    ],
)
def test_what_was_not_compiled(path: str, why: str) -> None:
    part = extent([path], [], ["drivers/c.o"], ["drivers/c.h"], {"drivers/a.c": "CONFIG_A cannot be set on x86_64"})
    assert (part.proved, part.left, part.nothing) == ((), {path: why}, {})
    assert part.why == f"{path}: {why}"


def test_what_was_compiled() -> None:
    paths = ["drivers/a.c", "kernel/sched/wait.c", "include/linux/a.h", "arch/x86/entry.S"]
    part = extent(paths, [], ["drivers/a.o", "arch/x86/entry.o"], ["kernel/sched/wait.c", "include/linux/a.h"], {})
    assert (part.proved, part.left) == (tuple(sorted(paths)), {})


def test_what_is_compiled_nowhere_is_not_missed() -> None:
    part = extent(["MAINTAINERS", "Documentation/a.yaml", "a/Kconfig.b", "a/Makefile", "a/c.c"], ["a/c.c"], [], [], {})
    assert (part.proved, part.left) == ((), {})
    assert part.nothing == {
        "Documentation/a.yaml": "text", "MAINTAINERS": "text", "a/Kconfig.b": "Kconfig, which was parsed",
        "a/Makefile": "a makefile", "a/c.c": "removed",
    }  # fmt: skip
    assert part.why == "Documentation/a.yaml: text, and 4 more"

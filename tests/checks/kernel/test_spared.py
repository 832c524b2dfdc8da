# SPDX-License-Identifier: GPL-2.0-only
"""An object is left alone where no change can have reached it; where that cannot be said, make decides."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from checks.kernel import words
from checks.kernel.spared import Spared, state
from checks.kernel.words import Words
from checks.kernel.worktree import WorkTree

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = {"OFF": "n", "ON": "y"}
FILES = {
    "kernel/a.c": "#include <a.h>\nint a;\n",
    "include/a.h": "struct a;\n#ifdef CONFIG_OFF\nint off;\n#endif\n",
    "include/b.h": "struct b;\n",
    "kernel/bounds.c": "#include <b.h>\n",
    "kernel/Makefile": "obj-y += a.o\n",
    "scripts/a.c": "int main;\n",
}
COMMAND = """\
savedcmd_{name} := gcc -c {name}
source_{name} := ../source/{source}
deps_{name} := \\
    $(wildcard include/config/OFF) \\
  ../source/{header} \\
  include/generated/bounds.h \\

{name}: $(deps_{name})
"""


class Place:
    """A repository, a build folder with one object, and trees that differ from the first one."""

    def __init__(self, folder: Path) -> None:
        self.tree = WorkTree(folder, folder)
        self.build = folder / "build"
        (self.build / "kernel").mkdir(parents=True)
        self.git("init", "--quiet")
        self.first = self.of({})
        for name, source, header in (
            ("kernel/a.o", "kernel/a.c", "include/a.h"), ("kernel/bounds.s", "kernel/bounds.c", "include/b.h"),
        ):  # fmt: skip
            (self.build / name).write_text("")
            os.utime(self.build / name, (1, 1))
            command = self.build / "kernel" / f".{name.removeprefix('kernel/')}.cmd"
            command.write_text(COMMAND.format(name=name, source=source, header=header))
        self.known("")

    def git(self, *arguments: str) -> str:
        folder = self.tree.source
        folder.mkdir(exist_ok=True)
        return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True).stdout

    def of(self, changed: dict[str, str]) -> str:
        for path, text in (FILES | changed).items():
            file = self.tree.source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", ".")
        return self.git("write-tree").strip()

    def known(self, said: str) -> None:
        now = state(self.first, CONFIG, ("gcc 12",))
        words.write(self.build, {"kernel/a.o": Words(said, now), words.MAKE: Words("", now)})

    def spare(self, changed: dict[str, str], config: dict[str, str] = CONFIG, gcc: str = "gcc 12") -> tuple[bool, bool]:
        """Return whether make need not run, and whether the object was left alone."""
        now = state(self.of(changed), config, (gcc,))
        idle = Spared(self.tree).spare(self.build, ["kernel/a.o"], now, config)
        return idle, (self.build / "kernel/a.o").stat().st_mtime > 1


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def header(text: str) -> dict[str, str]:
    return {"include/a.h": FILES["include/a.h"].replace("int off;", text)}


def test_a_change_that_the_configuration_leaves_out_reaches_nothing(place: Place) -> None:
    assert place.spare(header("int other;\nint more;")) == (True, True)
    kept = words.read(place.build)
    assert kept["kernel/a.o"].state.tree != place.first
    assert kept[words.MAKE].state.tree == place.first


def test_a_change_that_it_sees_is_compiled(place: Place) -> None:
    assert place.spare({"include/a.h": "struct a { int b; };\n"}) == (False, False)
    assert place.spare({"kernel/a.c": "#include <a.h>\nlong a;\n"}) == (False, False)


def test_a_change_to_what_it_does_not_read_reaches_nothing(place: Place) -> None:
    assert place.spare({"include/c.h": "int c;\n"}) == (True, True)


@pytest.mark.parametrize("path", ["kernel/Makefile", "scripts/a.c", "kernel/a.lds", "include/b.h"])
def test_what_make_reads_itself_is_its_own_business(place: Place, path: str) -> None:
    assert place.spare({path: "new\n"}) == (False, True)


@pytest.mark.parametrize(
    ("line", "idle"),
    [
        ("obj-$(CONFIG_OFF) += b.o\n", True),
        ("obj-$(CONFIG_ON) += b.o\n", False),
        ("CFLAGS_a.o += -DB\n", False),
        ("obj-$(CONFIG_OFF) += b.o \\\n c.o\n", False),
    ],
)
def test_a_line_of_what_is_not_built_is_nothing_to_make(place: Place, line: str, *, idle: bool) -> None:
    assert place.spare({"kernel/Makefile": FILES["kernel/Makefile"] + line}) == (idle, True)


@pytest.mark.parametrize("path", ["kernel/Kconfig.kexec", "MAINTAINERS", "Documentation/ABI/testing/sysfs-a"])
def test_make_reads_neither_texts_nor_kconfig_files_where_the_configuration_stays(place: Place, path: str) -> None:
    assert place.spare({path: "new\n"}) == (True, True)


def test_another_value_of_a_symbol_or_another_compiler_is_its_own_business(place: Place) -> None:
    assert place.spare({}, {"OFF": "y", "ON": "y"}) == (False, False)
    assert place.spare({}, gcc="gcc 13") == (False, False)
    assert place.spare({}, {"ON": "y"}) == (True, False)  # n, or not there: the same


def test_where_something_was_said_the_numbers_of_lines_count(place: Place) -> None:
    place.known("kernel/a.c:2: warning: unused\n")
    assert place.spare(header("int other;")) == (False, False)
    assert place.spare({"include/c.h": "int c;\n"}) == (True, True)


@pytest.mark.parametrize("lost", ["kernel/a.o", "kernel/.a.o.cmd", words.FILE])
def test_where_something_is_not_known_make_runs(place: Place, lost: str) -> None:
    (place.build / lost).unlink()
    now = state(place.of({"include/c.h": "int c;\n"}), CONFIG, ("gcc 12",))
    assert not Spared(place.tree).spare(place.build, ["kernel/a.o"], now, CONFIG)


def test_a_tree_that_is_not_there_any_more_proves_nothing(place: Place) -> None:
    gone = state("1" * 40, CONFIG, ("gcc 12",))
    words.write(place.build, {"kernel/a.o": Words("", gone), words.MAKE: Words("", gone)})
    assert place.spare({}) == (False, False)

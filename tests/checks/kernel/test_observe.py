# SPDX-License-Identifier: GPL-2.0-only
"""What is seen of a build, with a stand-in for make: no evidence is never success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from checks.kernel.observe import Builder, Observation, Point
from checks.kernel.spared import Spared
from checks.kernel.worktree import WorkTree
from checks.parsers.compiler import DiagnosticKind
from patchset.errors import InfrastructureError
from patchset.plan import Compiler, Configuration, Link
from tests.checks.made import SHA, TREE

if TYPE_CHECKING:
    from pathlib import Path

MERGE = """\
#!/bin/sh
[ -e broken ] && { echo no such symbol >&2; exit 1; }
cat says-kconfig 2>/dev/null && [ -e broken-kconfig ] && exit 1
while [ $# -gt 1 ]; do [ "$1" = -O ] && out=$2; shift; done
grep -v REFUSED "$1" > "$out/.config"
"""
MAKE = """\
#!/bin/sh
echo "make $*" >> "$FAKE/calls"
for word; do case $word in O=*) cd "${word#O=}";; esac; done
cat "$FAKE/says" 2>/dev/null
[ -e "$FAKE/lazy" ] && exit 0
[ -e "$FAKE/fails" ] && exit 2
for word; do case $word in *.o|vmlinux) mkdir -p "$(dirname "$word")"; [ -e "$word" ] || echo > "$word";; esac; done
[ -e vmlinux ] && mkdir -p kernel && { [ -e kernel/a.o ] || echo > kernel/a.o; }
exit 0
"""
CONFIGURATION = Configuration("on", "the option y", "x86_64", symbols={"OURS": "y"})
LINKED = structs.replace(CONFIGURATION, link=Link.EACH)
TOOLCHAINS = {Compiler.GCC: ("gcc: 12",), Compiler.CLANG: ("clang: 14",)}
BASE, FIRST = Point(0, SHA, TREE, ""), Point(1, SHA, "d" * 40, TREE)
WARNING = "kernel/a.c:3:1: warning: unused variable\n"


class Fake:
    """A source folder, a make in PATH, and what it does next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tree = WorkTree(folder / "tree", folder)
        self.builder = Builder(tree, folder / "cache", ("kernel/a.c",), (), TOOLCHAINS, Spared(tree))
        for path, text in {
            "kernel/a.c": "int a;\n", "kernel/Makefile": "obj-$(CONFIG_OURS) += a.o\n",
            "Kbuild": "obj-y += kernel/\n", "scripts/kconfig/merge_config.sh": MERGE,
        }.items():  # fmt: skip
            file = self.builder.tree.source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)

    def set(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def observe(self, configuration: Configuration = CONFIGURATION, point: Point = BASE) -> Observation:
        return self.builder.observe(configuration, point, stamp=point.tree, jobs=3)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "make").write_text(MAKE)
    (folder / "make").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(tmp_path))
    return Fake(tmp_path)


def test_an_object_that_appears(fake: Fake) -> None:
    told = fake.observe()
    assert (told.broken, told.objects, told.linked, told.diagnostics, told.refused) == ("", 1, False, (), ())
    (call,) = fake.calls()
    assert call.endswith("-j3 -k --no-print-directory --output-sync=target kernel/a.o")
    assert all(word in told.reproduce for word in ("checkout", "merge_config.sh", "kernel/a.o"))


def test_users_of_headers_are_asked_for_at_the_base_and_at_the_last_patch(fake: Fake) -> None:
    fake.builder = replace(fake.builder, users=("kernel/b.c", "arch/arm64/kernel/c.c"))
    (fake.builder.tree.source / "kernel/b.c").write_text("int b;\n")
    (fake.builder.tree.source / "kernel/Makefile").write_text("obj-$(CONFIG_OURS) += a.o b.o\n")
    last = replace(FIRST, number=2, last=True)
    assert [fake.observe(point=each).objects for each in (BASE, FIRST, last)] == [2, 1, 2]
    assert [call.partition("target ")[2] for call in fake.calls()] == [
        "kernel/a.o kernel/b.o", "kernel/a.o", "kernel/a.o kernel/b.o",
    ]  # fmt: skip
    assert fake.observe(LINKED, FIRST).objects == 2


def test_users_are_asked_for_where_nothing_of_the_series_is_built(fake: Fake) -> None:
    fake.builder = replace(fake.builder, users=("kernel/b.c", "arch/arm64/kernel/c.c"))
    (fake.builder.tree.source / "kernel/b.c").write_text("int b;\n")
    (fake.builder.tree.source / "kernel/Makefile").write_text(
        "obj-$(CONFIG_THEIRS) += a.o\nobj-$(CONFIG_OURS) += b.o\n"
    )
    assert (fake.observe(point=FIRST).broken, fake.calls()[0].partition("target ")[2]) == ("", "kernel/b.o")
    key = fake.builder.key(CONFIGURATION, FIRST)
    assert replace(fake.builder, users=()).key(CONFIGURATION, FIRST) != key


def test_what_is_watched_is_told_by_the_objects_that_read_it(fake: Fake) -> None:
    assert (fake.observe().built, fake.observe().read) == ((), ())
    fake.builder = replace(fake.builder, watched=("include/a.h", "kernel/a.c", "include/b.h"))
    command = fake.builder.folder(CONFIGURATION) / "kernel/.a.o.cmd"
    command.parent.mkdir(parents=True, exist_ok=True)
    source = fake.builder.tree.source
    command.write_text(
        f"source_kernel/a.o := {source}/kernel/a.c\ndeps_kernel/a.o := \\\n {source}/include/a.h \\\n /b.h\n"
    )
    told = fake.observe()
    assert (told.built, told.read) == (("kernel/a.o",), ("include/a.h", "kernel/a.c"))
    assert fake.builder.known(CONFIGURATION, BASE) == told
    assert replace(fake.builder, watched=None).known(CONFIGURATION, BASE) != told


def test_where_somebody_watches_no_object_is_none(fake: Fake) -> None:
    off = structs.replace(CONFIGURATION, symbols={"OURS": "n"})
    assert "nothing was read" in fake.observe(off).broken
    fake.builder = replace(fake.builder, watched=())
    told = fake.observe(off)
    assert (told.broken, told.built, told.objects) == ("", (), 0)


def test_an_object_that_stays_still_has_its_warnings(fake: Fake) -> None:
    fake.set(says=f"  CC      kernel/a.o\n{WARNING}")
    fake.observe()
    fake.set(says="", lazy="")
    (told,) = fake.observe(point=FIRST).diagnostics
    assert (told.kind, told.text) == (DiagnosticKind.WARNING, "unused variable")


def test_what_somebody_else_compiled_has_no_known_warnings_and_is_compiled_again(fake: Fake) -> None:
    build = fake.builder.folder(LINKED)
    for name in ("mm/b.o", "tools/objtool/c.o"):
        (build / name).parent.mkdir(parents=True)
        (build / name).write_text("")
    fake.observe(LINKED)
    assert [(build / name).exists() for name in ("mm/b.o", "tools/objtool/c.o")] == [False, True]


def test_an_object_that_never_appears_is_no_success(fake: Fake) -> None:
    fake.set(lazy="")
    assert fake.observe().broken == "make succeeded, but kernel/a.o never appeared"


def test_an_object_of_before_is_no_evidence(fake: Fake) -> None:
    fake.observe()
    fake.set(lazy="")
    assert "never appeared" in fake.observe(point=FIRST).broken


def test_a_vmlinux_that_never_appears_is_no_success(fake: Fake) -> None:
    fake.set(lazy="")
    assert "vmlinux" in fake.observe(LINKED).broken


def test_a_make_that_names_no_error_is_no_finding(fake: Fake) -> None:
    fake.set(fails="", says="  CC kernel/a.o\nsomething odd\n")
    told = fake.observe()
    assert "make ended with 2 and named no error" in told.broken
    assert "something odd" in told.broken


def test_a_machine_that_breaks_is_no_finding(fake: Fake) -> None:
    fake.set(fails="", says="gcc: fatal error: Killed signal terminated program cc1\n")
    assert fake.observe().broken.startswith("the machine, not the series: gcc")


def test_an_error_is_a_finding(fake: Fake) -> None:
    fake.set(fails="", says=f"{fake.builder.tree.source}/kernel/a.c:7:1: error: expected ';'\n")
    told = fake.observe()
    assert told.broken == ""
    assert [(one.file, one.line) for one in told.errors] == [("kernel/a.c", 7)]


def test_a_configuration_that_builds_nothing_of_it_proves_nothing(fake: Fake) -> None:
    told = fake.observe(structs.replace(CONFIGURATION, symbols={"OTHER": "y"}))
    assert "nothing was read" in told.broken
    assert not fake.calls()


def test_a_refused_line(fake: Fake) -> None:
    told = fake.observe(structs.replace(CONFIGURATION, symbols={"OURS": "y", "REFUSED": "y"}))
    assert [str(one) for one in told.refused] == ["CONFIG_REFUSED=y (got n)"]


def test_a_configuration_that_cannot_be_made(fake: Fake) -> None:
    (fake.builder.tree.source / "broken").touch()
    with pytest.raises(InfrastructureError, match="no such symbol") as caught:
        fake.observe()
    assert "merge_config.sh" in caught.value.hint


def test_a_kconfig_file_that_cannot_be_read_is_a_finding(fake: Fake) -> None:
    source = fake.builder.tree.source
    (source / "says-kconfig").write_text("arch/x86/Kconfig:7: syntax error\nmake: *** Error 1\n")
    (source / "broken-kconfig").touch()
    told = fake.observe()
    assert [(one.kind, one.file, one.line, one.text) for one in told.diagnostics] == [
        (DiagnosticKind.ERROR, "arch/x86/Kconfig", 7, "syntax error")
    ]
    assert (told.broken, told.refused, fake.calls()) == ("", (), [])
    assert "merge_config.sh" in told.reproduce


def test_an_unmet_dependency_is_told_as_long_as_the_configuration_stands(fake: Fake) -> None:
    said = "WARNING: unmet direct dependencies detected for CRC32\n  Depends on [n]: NET [=n]\n"
    (fake.builder.tree.source / "says-kconfig").write_text(said)
    for point in (BASE, BASE):
        assert [one.text for one in fake.observe(point=point).diagnostics] == [
            "unmet direct dependencies detected for CRC32"
        ]


def test_an_error_is_not_kept(fake: Fake) -> None:
    """It may be the machine's: a header that the next apt-get brings."""
    fake.set(fails="", says="tools/objtool/elf.c:3:1: fatal error: gelf.h: No such file or directory\n")
    assert fake.observe().errors
    assert fake.builder.known(CONFIGURATION, BASE) is None


def test_an_error_of_an_earlier_run_is_over(fake: Fake) -> None:
    fake.set(fails="", says="tools/objtool/elf.c:3:1: fatal error: gelf.h: No such file\n")
    assert fake.observe(LINKED).errors
    (fake.folder / "fails").unlink()
    fake.set(says=f"  CC      kernel/a.o\n{WARNING}")
    told = fake.observe(LINKED)
    assert (told.errors, [one.text for one in told.diagnostics]) == ((), ["unused variable"])


def test_what_was_seen_is_known(fake: Fake) -> None:
    fake.set(says=WARNING)
    assert fake.builder.known(CONFIGURATION, BASE) is None
    told = fake.observe(structs.replace(CONFIGURATION, symbols={"OURS": "y", "REFUSED": "y"}))
    known = fake.builder.known(structs.replace(CONFIGURATION, symbols={"OURS": "y", "REFUSED": "y"}), BASE)
    assert known == told
    assert known is not None
    assert known.cached
    assert known.diagnostics[0].kind is DiagnosticKind.WARNING
    assert fake.builder.known(CONFIGURATION, FIRST) is None


def test_a_cell_follows_from_its_own_compiler(fake: Fake) -> None:
    cells = (CONFIGURATION, CONFIGURATION.clang)
    for each in cells:
        fake.observe(each)
    later = replace(fake.builder, toolchains={**TOOLCHAINS, Compiler.CLANG: ("clang: 15",)})
    assert [later.known(each, BASE) is not None for each in cells] == [True, False]
    assert len({fake.builder.folder(each) for each in cells}) == 2


@pytest.mark.parametrize("junk", ["{}", "5", "[]", '"text"', '{"diagnostics": 1}', "{"])
def test_junk_is_not_known(fake: Fake, junk: str) -> None:
    fake.observe()
    (file,) = (fake.folder / "cache").rglob("*.json")
    file.write_text(junk)
    assert fake.builder.known(CONFIGURATION, BASE) is None


def test_what_proves_nothing_is_not_kept(fake: Fake) -> None:
    fake.set(lazy="")
    fake.observe()
    assert fake.builder.known(CONFIGURATION, BASE) is None


def test_a_linked_kernel_keeps_what_was_said_of_each_of_its_objects(fake: Fake) -> None:
    fake.set(says=f"  CC      kernel/a.o\n{WARNING}")
    fake.observe(LINKED)
    fake.set(says="")
    for point in (BASE, FIRST):
        assert [one.text for one in fake.observe(LINKED, point).diagnostics] == ["unused variable"]


def test_what_was_said_of_a_kernel_that_another_check_links_is_known(fake: Fake) -> None:
    fake.set(says=f"  CC      kernel/a.o\n{WARNING}")
    fake.builder.link(LINKED, FIRST.tree, stamp=FIRST.tree, jobs=3)
    fake.set(says="")
    assert [one.text for one in fake.observe(LINKED, FIRST).diagnostics] == ["unused variable"]


def test_a_configuration_links_where_it_is_told(fake: Fake) -> None:
    last = structs.replace(CONFIGURATION, link=Link.LAST)
    assert not fake.observe(last, FIRST).linked
    assert fake.observe(last, replace(FIRST, last=True)).linked
    assert [call.rsplit(" ", 1)[1] for call in fake.calls()] == ["kernel/a.o", "kernel/a.o", "vmlinux"]

# SPDX-License-Identifier: GPL-2.0-only
"""A build folder begins as a copy: of what kbuild makes first, or of a whole kernel that is nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel import seed
from patchset.plan import Configuration, Link

if TYPE_CHECKING:
    from pathlib import Path

    from patchset.kconfig import Arch

ON = Configuration("on", "on", "x86_64", symbols={"OURS": "y", **{f"S{number}": "y" for number in range(9)}})
MADE = {
    "scripts/basic/fixdep": "program", "include/config/auto.conf": "CONFIG_OURS=y\n", "kernel/a.o": "object",
    "include/generated/autoconf.h": "#define CONFIG_OURS 1\n", "include/generated/asm-offsets.h": "header",
    "arch/x86/include/generated/asm/b.h": "header", "respin.words.json": "{}", ".config": "CONFIG_OURS=y\n",
}  # fmt: skip


def configuration(name: str, link: Link = Link.NEVER, arch: Arch = "x86_64", **symbols: str) -> Configuration:
    return Configuration(name, name, arch, symbols={**ON.symbols, **symbols}, link=link)


def make(build: Path, of: Configuration, *, linked: bool = False) -> None:
    """Do as make does in a folder that has begun."""
    files = MADE | {"tools/objtool/.a.o.cmd": f"gcc -o {build}/tools/objtool/a.o\n", "respin.fragment": of.fragment}
    for name, text in (files | ({"vmlinux": "kernel"} if linked else {})).items():
        file = build / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def there(build: Path) -> set[str]:
    return {str(file.relative_to(build)) for file in build.rglob("*") if file.is_file()}


def test_the_first_folder_begins_empty(tmp_path: Path) -> None:
    seed.begin(tmp_path / "on", ON)
    assert there(tmp_path / "on") == {seed.KIND}


def test_the_next_one_has_what_kbuild_makes_first_and_no_object(tmp_path: Path) -> None:
    seed.begin(tmp_path / "on", ON)
    make(tmp_path / "on", ON, linked=True)
    seed.begin(tmp_path / "off", configuration("off", OURS="n"))
    assert there(tmp_path / "off") == {
        seed.KIND, "scripts/basic/fixdep", "include/generated/asm-offsets.h", "arch/x86/include/generated/asm/b.h",
        "tools/objtool/.a.o.cmd",
    }  # fmt: skip
    note = tmp_path / "off/tools/objtool/.a.o.cmd"
    assert note.read_text() == f"gcc -o {tmp_path}/off/tools/objtool/a.o\n"
    assert note.stat().st_mtime_ns == (tmp_path / "on/tools/objtool/.a.o.cmd").stat().st_mtime_ns


@pytest.mark.parametrize(
    ("link", "symbols", "copied"),
    [(Link.LAST, 4, True), (Link.EACH, 1, True), (Link.LAST, 5, False), (Link.NEVER, 1, False)],
)
def test_a_kernel_that_is_nearly_the_same_is_copied(tmp_path: Path, link: Link, symbols: int, *, copied: bool) -> None:
    seed.begin(tmp_path / "on", ON)
    make(tmp_path / "on", ON, linked=True)
    seed.begin(
        tmp_path / "near", configuration("near", link, "x86_64", **{f"S{number}": "n" for number in range(symbols)})
    )
    assert ("kernel/a.o" in there(tmp_path / "near")) is copied
    assert "respin.words.json" not in there(tmp_path / "near")


def test_one_of_another_compiler_or_architecture_or_that_never_began_is_no_seed(tmp_path: Path) -> None:
    seed.begin(tmp_path / "on", ON)
    seed.begin(tmp_path / "second", ON)
    assert there(tmp_path / "second") == {seed.KIND}
    make(tmp_path / "on", ON)
    for name, other in (("clang", ON.clang), ("arm64", configuration("arm64", arch="arm64"))):
        seed.begin(tmp_path / name, other)
        assert there(tmp_path / name) == {seed.KIND}
    seed.begin(tmp_path / "i386", configuration("i386", arch="i386"))  # the same files, arch/x86
    assert "scripts/basic/fixdep" in there(tmp_path / "i386")


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    seed.begin(tmp_path / "on", ON)
    make(tmp_path / "on", ON)
    (tmp_path / "old").mkdir()
    seed.begin(tmp_path / "old", ON)
    assert there(tmp_path / "old") == set()


def test_one_of_each_kind_goes_first_where_there_is_none_to_copy(tmp_path: Path) -> None:
    wanted = [(tmp_path / one.name, one) for one in (ON, configuration("off"), ON.clang, configuration("more").clang)]
    assert seed.first(wanted) == [ON, ON.clang]
    seed.begin(tmp_path / "on", ON)
    make(tmp_path / "on", ON)
    assert seed.first(wanted) == [ON.clang]

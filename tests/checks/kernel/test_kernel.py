# SPDX-License-Identifier: GPL-2.0-only
"""Which objects a configuration builds, and which of its lines did not take."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from checks.kernel import image, kbuild, kconfig
from checks.kernel.kconfig import RefusedSymbol
from checks.kernel.objects import built, enabled, of_arch
from generator import process
from patchset.kconfig import Rest
from patchset.plan import Configuration

MAKEFILES = {
    "Kbuild": "obj-y += kernel/ arch/x86/\nobj-$(CONFIG_NET) += net/\n",
    "kernel/Makefile": """\
obj-y := fork.o \\
\texit.o
obj-$(CONFIG_KEXEC) += kexec.o # not kept.o
obj-$(CONFIG_CRYPT) += crypt.o
crypt-y := cipher.o
crypt-$(CONFIG_KEYS) += key.o
ifdef CONFIG_SMP
obj-y += smp.o
else
obj-y += up.o
endif
ifeq ($(CONFIG_MODULES),y)
obj-y += module.o
endif
ifneq ($(CONFIG_DEBUG),)
obj-y += debug.o
endif
ifeq ($(VENDOR),acme)
obj-y += acme.o
endif
""",
    "arch/x86/Kbuild": "obj-y += head_$(BITS).o kernel/\n",
    "net/Makefile": "obj-y += socket.o\n",
}
SOURCES = [
    *(f"kernel/{name}.c" for name in (
        "fork", "exit", "kexec", "crypt", "cipher", "key", "smp", "up", "module", "debug", "acme", "kept")),
    "arch/x86/head_64.S", "arch/x86/head_32.S", "net/socket.c", "include/a.h",
]  # fmt: skip


def objects(*symbols: str) -> set[str]:
    def read(path: str) -> str:
        return MAKEFILES.get(path, "") or ("text" if path in SOURCES else "")

    return set(built([*SOURCES, "kernel/gone.c"], dict.fromkeys(symbols, "y"), read))


def test_objects_of_nothing() -> None:
    names = {"fork.o", "exit.o", "up.o", "acme.o"}
    assert objects() == {f"kernel/{name}" for name in names} | {"arch/x86/head_32.o"}


def test_objects_of_everything() -> None:
    told = objects("KEXEC", "CRYPT", "KEYS", "SMP", "MODULES", "DEBUG", "NET", "64BIT")
    names = {"fork", "exit", "kexec", "crypt", "cipher", "key", "smp", "module", "debug", "acme"}
    assert told == {f"kernel/{name}.o" for name in names} | {"arch/x86/head_64.o", "net/socket.o"}


def test_a_composite_object_needs_its_own_symbol() -> None:
    assert "kernel/key.o" not in objects("KEYS")
    assert {"kernel/cipher.o"} == objects("CRYPT") & {"kernel/cipher.o", "kernel/key.o"}


def test_only_the_first_branch_that_holds_counts() -> None:
    text = "ifdef CONFIG_A\nobj-y += a.o\nelse ifdef CONFIG_B\nobj-y += b.o\nelse\nobj-y += c.o\nendif\nobj-y += d.o\n"
    assert enabled(text, {"A": "y"}) == {"a.o", "d.o"}
    assert enabled(text, {}) >= {"c.o", "d.o"}
    assert "b.o" in enabled(text, {"B": "y"})


CONFIGURATION = Configuration("on", "", "x86_64", symbols={"KEYS": "y", "OURS": "m", "SMP": "n", "NAME": '"x"'})


def test_refused() -> None:
    text = "CONFIG_KEYS=y\nCONFIG_OURS=y\n# CONFIG_SMP is not set\n"
    assert kconfig.refused(CONFIGURATION, text) == (RefusedSymbol("OURS", "m", "y"), RefusedSymbol("NAME", '"x"', "n"))
    assert kconfig.refused(CONFIGURATION, 'CONFIG_KEYS=y\nCONFIG_OURS=m\nCONFIG_NAME="x"\n') == ()
    assert str(RefusedSymbol("KEYS", "y", "n")) == "CONFIG_KEYS=y (got n)"


@pytest.mark.parametrize(("optional", "built"), [((), False), (("OURS", "NAME"), True)])
def test_a_kernel_that_is_not_what_was_asked_for_is_not_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, optional: tuple[str, ...], built: bool
) -> None:
    ran: list[str] = []

    def run(argv: list[str], **more: object) -> process.Completed:
        del more
        ran.extend(argv)
        return process.Completed(tuple(argv), 2, b"", b"", 0.0)

    monkeypatch.setattr(kconfig, "configure", lambda *_, **__: kconfig.Configured("CONFIG_KEYS=y\n"))
    monkeypatch.setattr(kbuild, "environment", lambda *_: {})
    monkeypatch.setattr(process, "run", run)
    builder = Builder(Tree(tmp_path), tmp_path)
    made = image.make(builder, structs.replace(CONFIGURATION, optional=optional), stamp="s", jobs=1)  # type: ignore[arg-type]
    assert ("bzImage" in ran, made.file, made.returncode) == (built, None, 2 if built else 1)
    assert [each.symbol for each in made.refused] == ["OURS", "NAME"]


class Tree(NamedTuple):
    source: Path


class Builder(NamedTuple):
    tree: Tree
    cache: Path

    def begin(self, configuration: Configuration) -> Path:
        del configuration
        return self.cache


def test_unmet() -> None:
    lines = (RefusedSymbol("OURS", "m", "n"), RefusedSymbol("KEYS", "y", "n"))
    assert kconfig.unmet(lines, frozenset({"OURS"})) == lines[1:]
    assert kconfig.unmet(lines, frozenset()) == lines


def test_introduced() -> None:
    diff = "+config OURS\n+\tbool\n+menuconfig MENU\n-config GONE\n config THERE\n+\tdepends on config\n+ config IN  \n"
    assert kconfig.introduced(diff) == {"OURS", "MENU", "IN"}
    assert kconfig.introduced("") == frozenset()
    assert kconfig.introduced("+config MOVED\n+config OURS\n-config MOVED\n") == {"OURS"}


def test_the_make_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    argv = kbuild.command(CONFIGURATION, Path("/s"), tmp_path, ["kernel/a.o"], 4)
    assert argv[:6] == ["make", "-C", "/s", f"O={tmp_path}", "ARCH=x86_64", "CC=gcc"]
    assert argv[6:9] == ["HOSTCC=gcc", "CROSS_COMPILE=", "W=1"]
    assert argv[9:] == ["cmd_checkdoc=", "-j4", "-k", "--no-print-directory", "kernel/a.o"]
    assert kbuild.line(argv).startswith("env ")
    assert kbuild.environment(tmp_path, Path("/t/source"))["CCACHE_BASEDIR"] == "/t"


def test_a_makefile_that_names_its_vendors_toolchain_does_not_get_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    script = source / "scripts/kconfig/merge_config.sh"
    script.parent.mkdir(parents=True)
    show = "CROSS_COMPILE = vendor-\nall:\n\t@echo '<$(CROSS_COMPILE)>'\n"
    (source / "Makefile").write_text(show)
    argv = kbuild.command(CONFIGURATION, source, tmp_path, ["all"], 1)
    assert process.run(argv, seconds=60).stdout == b"<>\n"
    script.write_text(f"make --no-print-directory all >{tmp_path}/said; echo CONFIG_X=y >{tmp_path}/.config\n")
    assert not script.stat().st_mode & 0o100  # an archive or a mail has lost it
    kconfig.configure(CONFIGURATION, source, tmp_path, stamp="s", cache=tmp_path)
    assert (tmp_path / "said").read_text() == "<>\n"


def test_all_else_is_made_by_the_target_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    source = tmp_path / "source"
    source.mkdir()
    (source / "Makefile").write_text(
        "%config:\n\t@echo $@ $(ARCH) $(CROSS_COMPILE) $(CC) >$(O)/said; cp $(KCONFIG_ALLCONFIG) $(O)/.config\n"
    )
    cross = structs.replace(CONFIGURATION, rest=Rest.MODULES, arch="arm64", symbols={"KEYS": "y"})
    made = kconfig.configure(cross, source, tmp_path / "build", stamp="s", cache=tmp_path)
    assert made.text == "# all else: allmodconfig\nCONFIG_KEYS=y\n"
    said = (tmp_path / "build" / "said").read_text().split()
    assert said[:3] == ["allmodconfig", "arm64", "aarch64-linux-gnu-"]
    assert said[-1] == "aarch64-linux-gnu-gcc"
    assert kconfig.line(cross, source, tmp_path / "build").endswith("allmodconfig)")


def test_a_list_that_another_one_names_and_what_archs_makefile_adds() -> None:
    files = {
        "mm/Makefile": "mmu-y := nommu.o\nmmu-$(CONFIG_MMU) := memory.o\nobj-y := $(mmu-y)\n",
        "arch/x86/Kbuild": "obj-y += kernel/\n",
        "arch/x86/Makefile": "drivers-$(CONFIG_PCI) += arch/x86/pci/\n",
        "arch/x86/pci/Makefile": "obj-y += common.o\n",
    }
    sources = ["mm/memory.c", "arch/x86/pci/common.c"]

    def read(path: str) -> str:
        return files.get(path, "text" if path in sources else "")

    assert built(sources, {"MMU": "y", "PCI": "y"}, read) == ("arch/x86/pci/common.o", "mm/memory.o")
    assert built(sources, {}, read) == ()


def test_clang_is_asked_for_by_kconfig_and_by_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/ccache")
    argv = kbuild.command(CONFIGURATION.clang, Path("/s"), tmp_path, ["kernel/a.o"], 4)
    taking_in = "$(if $(filter %.S %/configs.c %/kheaders.c,$<),clang,ccache clang)"
    assert {f"CC={taking_in}", "HOSTCC=ccache gcc"} <= {*argv}
    host = r"HOSTCC=ccache\ gcc"
    assert f"MAKEFLAGS=CC=ccache\\ clang {host}" in kconfig.line(CONFIGURATION.clang, Path("/s"), tmp_path)
    assert f"MAKEFLAGS=CC=ccache\\ gcc {host}" in kconfig.line(CONFIGURATION, Path("/s"), tmp_path)


def test_another_architecture_is_no_part_of_a_kernel() -> None:
    sources = ("arch/arm64/kernel/a.c", "arch/x86/kernel/b.c", "kernel/c.c")
    assert of_arch(sources, "i386") == ("arch/x86/kernel/b.c", "kernel/c.c")
    assert of_arch(sources, "arm64") == ("arch/arm64/kernel/a.c", "kernel/c.c")


def test_a_folder_whose_config_somebody_else_changed_is_configured_again(tmp_path: Path) -> None:
    stamp, dotconfig = tmp_path / "respin.stamp", tmp_path / ".config"
    stamp.write_text("s")
    dotconfig.write_text("CONFIG_X=y\n")
    with kconfig.lent(tmp_path):
        assert not stamp.exists()
    assert stamp.read_text() == "s"
    with kconfig.lent(tmp_path):
        dotconfig.write_text("CONFIG_X=y\nCONFIG_ACPI=y\n")
    assert not stamp.exists()
    with kconfig.lent(tmp_path):
        pass
    assert not stamp.exists()


@pytest.mark.parametrize("lost", ["respin.kconfig.log", "respin.stamp", ".config", ""])
def test_a_build_folder_that_lacks_a_file_is_configured_again(tmp_path: Path, lost: str) -> None:
    """The folder may be of an earlier respin, or of a run that was cut off."""
    script = tmp_path / "source" / "scripts" / "kconfig" / "merge_config.sh"
    script.parent.mkdir(parents=True)
    build, calls = tmp_path / "build", tmp_path / "calls"
    script.write_text(f'#!/bin/sh\necho x >>"{calls}"\necho CONFIG_X=y >"{build}/.config"\n')
    script.chmod(0o755)
    configuration = Configuration("one", "", "x86_64", symbols={"X": "y"})
    first = kconfig.configure(configuration, tmp_path / "source", build, stamp="s", cache=tmp_path)
    if lost:
        (build / lost).unlink()
    assert kconfig.configure(configuration, tmp_path / "source", build, stamp="s", cache=tmp_path) == first
    assert len(calls.read_text().split()) == (2 if lost else 1)

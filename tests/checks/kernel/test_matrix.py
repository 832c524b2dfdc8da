# SPDX-License-Identifier: GPL-2.0-only
"""Which configurations are found for touched files, in a tree of a few lines, and what is said of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel import arch, asking
from checks.kernel.matrix import Matrix, TreeRequest, search
from checks.kernel.users import names
from patchset.kconfig import Rest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from checks.kernel.users import Included
    from patchset.kconfig import Arch
    from patchset.plan import Configuration

FILES = {
    "Kbuild": "obj-y += drivers/ mm/ arch/x86/\n",
    "drivers/Makefile": "obj-$(CONFIG_NET) += net/\nobj-y += gpu/\n",
    "drivers/net/Makefile": """\
obj-$(CONFIG_DUMMY) += dummy.o
obj-$(CONFIG_BIG) += big.o
big-y := core.o $(big-more-y)
big-more-$(CONFIG_BIG_DEBUG) += debug.o
ifdef CONFIG_PCI
ifneq ($(CONFIG_MSI),)
obj-$(CONFIG_CARD) += card.o
endif
else
obj-y += none.o
endif
""",
    "drivers/gpu/Makefile": "obj-$(CONFIG_SOC) += soc.o\nobj-$(CONFIG_REAL) += real.o\n",
    "mm/Makefile": "mmu-y := nommu.o\nmmu-$(CONFIG_MMU) := memory.o\nobj-y := slab.o $(mmu-y)\n",
    "arch/x86/Kbuild": "obj-y += kernel/\n",
    "arch/x86/Makefile": "drivers-$(CONFIG_PCI) += arch/x86/pci/\n",
    "arch/x86/pci/Makefile": "obj-y += common.o\n",
    "arch/x86/pci/common.c": "\n",
    "arch/arm64/mm/fault.c": "\n",
    "arch/arm64/mm/Makefile": "obj-y += fault.o\n",
    **{f"drivers/net/{name}.c": "\n" for name in ("dummy", "core", "debug", "card", "none", "lost")},
    "drivers/gpu/soc.c": "\n",
    "drivers/gpu/real.c": "\n",
    "mm/memory.c": '#include "fault.c"\n#include <linux/deep.h>\n',
    "mm/slab.c": '#include "slab.h"\n',
    "mm/fault.c": "\n",
    "mm/slab.h": "\n",
    "include/linux/mm.h": "\n",
    "include/linux/deep.h": "#include <linux/mm.h>\n",
    "include/linux/alone.h": "\n",
    "include/uapi/linux/deep.h": "\n",
    "tools/perf/perf.c": "\n",
}
ALL = {"NET": "y", "DUMMY": "m", "BIG": "m", "PCI": "y", "MSI": "y", "CARD": "m", "MMU": "y", "COMPILE_TEST": "y"}


class Kernel:
    """A tree whose Kconfig knows what each symbol depends on."""

    def __init__(self, depends: Mapping[str, tuple[str, str]] | None = None, selected: Collection[str] = ()) -> None:
        self.depends = depends or {}
        self.selected = selected
        self.asked: list[Configuration] = []
        self.tree = TreeRequest(lambda path: FILES.get(path, ""), self.configure, self.grep)

    def configure(self, configuration: Configuration) -> dict[str, str]:
        self.asked.append(configuration)
        config = {**ALL, **({"ARM64": "y"} if configuration.arch == "arm64" else {"X86": "y"})}
        config |= {symbol: value for symbol, value in configuration.symbols.items() if symbol in config}
        for symbol, value in configuration.symbols.items():
            on, wanted = self.depends.get(symbol, ("", ""))
            if on and value != "n" and (config.get(on, "n") if on != "rest" else configuration.rest.value) == wanted:
                config[symbol] = value
        for symbol in self.depends:
            if self.depends[symbol] == ("", "") and (
                symbol in self.selected or configuration.symbols.get(symbol) != "n"
            ):
                config[symbol] = "y"
        return config

    def grep(self, wanted: Collection[str], below: str) -> Included:
        return [
            (path, text)
            for path, content in FILES.items()
            if path.startswith(below) and path.endswith((".c", ".h"))
            for line in content.splitlines()
            if line.startswith("#include") and (text := line[10:-1]).rpartition("/")[2] in wanted
        ]

    def found(self, *touched: str, introduces: Collection[str] = (), archs: Sequence[Arch] = ("x86_64",)) -> Matrix:
        return search(self.tree, touched, introduces, archs)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def told(matrix: Matrix) -> list[tuple[str, Rest, dict[str, str]]]:
    return [(one.name, one.rest, dict(one.symbols)) for one in matrix.configurations]


FIRST = ("allmodconfig", Rest.MODULES, {"WERROR": "n"})


def test_what_allmodconfig_compiles_needs_no_more() -> None:
    kernel = Kernel()
    matrix = kernel.found("drivers/net/dummy.c", "mm/memory.c", "arch/x86/pci/common.c", "drivers/net/core.c")
    assert (told(matrix), matrix.users, matrix.left) == ([FIRST], (), {})
    assert len(kernel.asked) == 1
    (only,) = matrix.configurations
    assert only.title.startswith("found from Kconfig and Makefile")
    assert only.optional == ("WERROR",)


def test_a_symbol_that_the_makefile_asks_for_is_set() -> None:
    matrix = Kernel({"BIG_DEBUG": ("NET", "y")}).found("drivers/net/debug.c")
    assert told(matrix) == [FIRST, ("asked", Rest.MODULES, {"WERROR": "n", "BIG_DEBUG": "y"})]
    assert matrix.left == {}


def test_what_depends_on_no_compile_test_or_on_yes_is_found() -> None:
    matrix = Kernel({"REAL": ("COMPILE_TEST", "n"), "SOC": ("rest", "allyesconfig")}).found(
        "drivers/gpu/real.c", "drivers/gpu/soc.c"
    )
    assert told(matrix)[1:] == [
        ("builtin", Rest.ALL, {"WERROR": "n", "SOC": "y"}),
        ("no-compile-test", Rest.MODULES, {"WERROR": "n", "COMPILE_TEST": "n", "REAL": "y"}),
    ]
    assert matrix.left == {}


def test_what_no_configuration_compiles_is_told_with_its_symbol() -> None:
    matrix = Kernel().found("drivers/gpu/soc.c", "drivers/net/lost.c", "drivers/net/none.c")
    assert told(matrix) == [FIRST]
    assert matrix.left == {
        "drivers/gpu/soc.c": "CONFIG_SOC cannot be set on x86_64",
        "drivers/net/lost.c": "no Makefile that is read names it",
        "drivers/net/none.c": "no Makefile that is read names it",
    }


def test_another_architecture_compiles_what_its_own_cannot() -> None:
    kernel = Kernel({"SOC": ("ARM64", "y")})
    matrix = kernel.found("drivers/gpu/soc.c", "arch/arm64/mm/fault.c", archs=("x86_64", "arm64"))
    assert [(one.name, one.arch) for one in matrix.configurations] == [
        ("allmodconfig", "x86_64"), ("arm64-allmodconfig", "arm64"), ("arm64-asked", "arm64"),
    ]  # fmt: skip
    assert matrix.left == {}


def test_an_architecture_without_a_compiler_is_told_with_what_brings_one() -> None:
    left = Kernel().found("arch/arm64/mm/fault.c").left
    assert left == {
        "arch/arm64/mm/fault.c": "there is no compiler for arm64 here: apt-get install gcc-aarch64-linux-gnu"
    }
    assert arch.missing("hexagon") == "there is no compiler for hexagon here"


def test_what_a_patch_brings_is_built_with_it_and_without() -> None:
    matrix = Kernel({"OURS": ("", "")}).found("drivers/net/dummy.c", introduces=("OURS",))
    assert told(matrix) == [FIRST, ("allmodconfig-without", Rest.MODULES, {"WERROR": "n", "OURS": "n"})]


def test_what_a_patch_brings_and_allmodconfig_leaves_out_is_asked_for() -> None:
    matrix = Kernel({"OURS": ("COMPILE_TEST", "n")}).found("drivers/net/dummy.c", introduces=("OURS",))
    assert [name for name, *_ in told(matrix)] == ["allmodconfig", "no-compile-test", "no-compile-test-without"]
    assert told(matrix)[-1][2] == {"WERROR": "n", "COMPILE_TEST": "n", "OURS": "n"}


def test_what_cannot_be_off_has_no_configuration_without_it() -> None:
    kernel = Kernel({"OURS": ("", "")}, selected=("OURS",))
    assert told(kernel.found("drivers/net/dummy.c", introduces=("OURS",))) == [FIRST]


def test_users_of_a_header_are_compiled_where_no_touched_source_is_one() -> None:
    kernel = Kernel()
    assert kernel.found("include/linux/deep.h").users == ("mm/memory.c",)
    assert kernel.found("include/linux/mm.h").users == ("mm/memory.c",)  # over another header
    assert kernel.found("mm/slab.h").users == ("mm/slab.c",)
    assert kernel.found("include/linux/deep.h", "mm/memory.c").users == ()
    assert kernel.found("mm/fault.c").users == ("mm/memory.c",)  # a source that is a part of another one
    alone = kernel.found("include/linux/alone.h")
    assert (alone.users, alone.left) == ((), {"include/linux/alone.h": "nothing that includes it is compiled here"})


def test_programs_of_the_tree_are_no_sources_of_the_kernel() -> None:
    assert Kernel().found("tools/perf/perf.c").left == {}


@pytest.mark.parametrize(
    ("path", "text", "goal", "may"),
    [
        ("mm/a.c", "linux/mm.h", "include/linux/mm.h", True),
        ("mm/a.c", "linux/mm.h", "include/uapi/linux/mm.h", True),
        ("mm/a.c", "asm/mm.h", "arch/x86/include/asm/mm.h", True),
        ("mm/a.c", "slab.h", "mm/slab.h", True),
        ("mm/a.c", "slab.h", "fs/slab.h", False),
        ("drivers/gpu/amd/a.c", "dc/dc.h", "drivers/gpu/amd/display/dc/dc.h", True),
        ("drivers/net/a.c", "dc/dc.h", "drivers/gpu/amd/display/dc/dc.h", False),
        ("mm/a.c", "m.h", "include/linux/mm.h", False),
    ],
)
def test_what_an_include_line_may_mean(path: str, text: str, goal: str, *, may: bool) -> None:
    assert names(path, text, goal) is may


@pytest.mark.parametrize(
    ("source", "symbols"),
    [
        ("drivers/net/dummy.c", ("DUMMY", "NET")),
        ("drivers/net/debug.c", ("BIG_DEBUG", "BIG", "NET")),
        ("drivers/net/card.c", ("CARD", "PCI", "MSI", "NET")),
        ("drivers/net/none.c", ("NET",)),
        ("mm/memory.c", ("MMU",)),
        ("arch/x86/pci/common.c", ("PCI",)),
    ],
)
def test_the_symbols_that_makefiles_ask_for(source: str, symbols: tuple[str, ...]) -> None:
    assert asking.symbols(source, lambda path: FILES.get(path, "")) == symbols

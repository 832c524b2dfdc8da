# SPDX-License-Identifier: GPL-2.0-only
"""The plan of a series' proof, as checks.toml says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from patchset.asked import tables
from patchset.errors import InputError
from patchset.kconfig import Rest
from patchset.loader import load as load_series
from patchset.plan import Compiler, Link, load, symbols

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
[build]
sources = ["kernel/a.c"]
introduces = ["OURS"]

[common]
KEXEC = "y"
SMP = "y"

[[configuration]]
name = "full"
title = "all"
arch = "x86_64"
fragment = "full.config"
link = "each"

[[configuration]]
name = "off"
title = "the option n"
arch = "i386"
set = { OURS = "n", SMP = "n" }
optional = ["SMP"]

[[waiver]]
type = "LONG_LINE"
reason = "a table"
patch = "first"

[kunit]
suites = ["ours"]
configuration = "full"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "full.config").write_text('CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_NAME="x y"\n# a comment\n')
    return tmp_path


def write(folder: Path, text: str) -> Path:
    (folder / "checks.toml").write_text(text)
    return folder


def test_a_series_without_a_plan_has_its_configurations_found(folder: Path) -> None:
    plan = load(folder)
    assert (plan.find, plan.configurations, plan.kunit, plan.crash, plan.waivers) == (True, (), None, None, ())
    assert tables(plan) == {"[[configuration]]"}
    assert load(write(folder, "[build]\nfind = true\n")) == plan
    empty = load(write(folder, ""))
    assert (empty.find, tables(empty)) == (False, frozenset())
    assert empty.digest != plan.digest


def test_all_else_is_what_a_configuration_says(folder: Path) -> None:
    text = '[[configuration]]\nname = "all"\ntitle = "t"\narch = "arm64"\nrest = "allmodconfig"\nset = { A = "n" }\n'
    (one,) = load(write(folder, text)).configurations
    assert (one.rest, one.fragment) == (Rest.MODULES, "# all else: allmodconfig\n# CONFIG_A is not set\n")
    assert symbols(one.fragment) == {"A": "n"}
    (other,) = load(write(folder, text.replace('rest = "allmodconfig"\n', ""))).configurations
    assert (other.rest, other.fragment) == (Rest.NONE, "# CONFIG_A is not set\n")


def test_a_whole_plan(folder: Path) -> None:
    plan = load(write(folder, WHOLE))
    full, off = plan.configurations
    assert (plan.sources, plan.introduces) == (("kernel/a.c",), frozenset({"OURS"}))
    assert full.symbols == {"A": "y", "B": "n", "NAME": '"x y"'}
    assert (full.link, full.warnings, full.optional) == (Link.EACH, 1, ())
    assert off.symbols == {"KEXEC": "y", "SMP": "n", "OURS": "n"}
    assert (off.link, off.warnings, off.optional) == (Link.NEVER, 1, ("SMP",))
    assert off.fragment == "CONFIG_KEXEC=y\n# CONFIG_SMP is not set\n# CONFIG_OURS is not set\n"
    assert plan.waivers[0].patch == "first"
    assert plan.kunit is not None
    assert (plan.kunit.suites, plan.kunit.configuration) == (("ours",), full)


def test_clang_builds_objects_of_each_configuration(folder: Path) -> None:
    plan = load(write(folder, WHOLE.replace("[build]\n", "[build]\nclang = true\n")))
    full, off, *clang = plan.configurations
    assert [each.name for each in clang] == ["full-clang", "off-clang"]
    assert {(each.compiler, each.link, each.warnings) for each in clang} == {(Compiler.CLANG, Link.NEVER, 1)}
    assert [each.fragment for each in clang] == [full.fragment, off.fragment]
    assert {full.compiler, off.compiler} == {Compiler.GCC}


def test_a_debug_run_is_the_kunit_run_with_a_kernel_of_its_own(folder: Path) -> None:
    (folder / "debug.config").write_text("CONFIG_KASAN=y\n")
    table = '[debug]\nfragment = "debug.config"\nkernel_args = ["page_poison=1"]\nseconds = 9\n'
    plan = load(write(folder, f"{WHOLE}{table}"))
    assert plan.kunit is not None
    assert plan.debug is not None
    assert (plan.debug.suites, plan.debug.kernel_args, plan.debug.seconds) == (("ours",), ("page_poison=1",), 9)
    assert plan.debug.configuration.symbols == {**plan.kunit.configuration.symbols, "KASAN": "y"}
    assert load(write(folder, WHOLE)).debug is None
    (folder / "debug.config").write_text("CONFIG_KASAN=n\n")
    assert load(write(folder, f"{WHOLE}{table}")).digest != plan.digest


COVERAGE = """\
[coverage]
fragment = "coverage.config"
exempt = "coverage.toml"
patches = ["first"]
least = 90
"""
LINE = '[[line]]\nfiles = ["kernel/a.c"]\ntext = """\n\tif (x)\n\n\t\treturn 1;"""\nreason = "why"\n'


def test_a_coverage_run_has_lines_that_need_not_run(folder: Path) -> None:
    (folder / "coverage.config").write_text("CONFIG_GCOV_KERNEL=y\n")
    (folder / "coverage.toml").write_text(LINE)
    plan = load(write(folder, f"{WHOLE}{COVERAGE}"))
    assert plan.coverage is not None
    assert (plan.coverage.patches, plan.coverage.least) == (("first",), 90)
    assert plan.kunit is not None
    assert plan.coverage.kunit.configuration.symbols == {**plan.kunit.configuration.symbols, "GCOV_KERNEL": "y"}
    (line,) = plan.coverage.waived
    assert (line.files, line.text, line.reason) == (("kernel/a.c",), ("if (x)", "return 1;"), "why")
    (folder / "coverage.toml").write_text("")
    assert load(write(folder, f"{WHOLE}{COVERAGE}")).digest != plan.digest


WRONG_COVERAGE = {
    "no percentage": ("least = 90", "least = 101", LINE, r"checks\.toml:\d+: 'least' = 101 must be at most 100"),
    "no file of lines": ('"coverage.toml"', '"none.toml"', LINE, r"checks\.toml:\d+: there is no file .*/none\.toml"),
    "unknown key": ("least = 90", "least = 90\nmost = 1", LINE, "unknown key 'most'"),
    "no reason": ("", "", LINE.replace("why", " "), r"coverage\.toml:7: 'reason' = ' ' is not a reason"),
    "no text": (
        "",
        "",
        LINE.replace("if (x)", "").replace("return 1;", ""),
        r"coverage\.toml:3: 'text' = .* is not a line",
    ),
    "unknown key of a line": ("", "", f"{LINE}file = 1\n", "unknown key 'file'"),
    "unknown table": ("", "", "[lines]\n", "unknown key 'lines'"),
}


@pytest.mark.parametrize(("old", "new", "lines", "message"), WRONG_COVERAGE.values(), ids=WRONG_COVERAGE)
def test_what_a_coverage_run_cannot_say(folder: Path, old: str, new: str, lines: str, message: str) -> None:
    (folder / "coverage.config").write_text("")
    (folder / "coverage.toml").write_text(lines)
    with pytest.raises(InputError, match=message):
        load(write(folder, f"{WHOLE}{COVERAGE.replace(old, new)}"))


def test_an_empty_plan(folder: Path) -> None:
    plan = load(write(folder, ""))
    assert (plan.waivers, plan.configurations, plan.sources, plan.kunit, plan.debug) == ((), (), (), None, None)


def test_the_digest_is_of_every_byte(folder: Path) -> None:
    told = {load(write(folder, WHOLE)).digest, load(write(folder, f"{WHOLE}# more\n")).digest}
    (folder / "full.config").write_text("CONFIG_A=m\n")
    assert len(told | {load(write(folder, WHOLE)).digest}) == 3


TABLE = '[[configuration]]\nname = "on"\ntitle = "t"\narch = "x86_64"\n'
WRONG = {
    "no toml": ("[", "checks.toml:1: "),
    "unknown table": ("[more]\n", "unknown key 'more'"),
    "no name": ('[[configuration]]\ntitle = "t"\narch = "x86_64"\n', r"checks\.toml:1: the key 'name' is missing"),
    "odd name": (TABLE.replace('"on"', '"../on"'), r"checks\.toml:2: 'name' = '\.\./on' is not a name"),
    "found and named": ("[build]\nfind = true\n" + TABLE, r"checks\.toml:2: configurations are found where none is"),
    "one name twice": (TABLE + TABLE, r"checks\.toml:6: two configurations are called 'on'"),
    "unknown key": (f"{TABLE}more = 1\n", r"checks\.toml:5: unknown key 'more'"),
    "missing key": ('[[configuration]]\nname = "on"\n', "the key 'title' is missing"),
    "odd link": (f'{TABLE}link = "often"\n', r"checks\.toml:5: 'link' = 'often' is not one of never, last, each"),
    "odd symbol": (f'{TABLE}set = {{ "A B" = "y" }}\n', r"checks\.toml:5: 'A B' = 'A B' is not a Kconfig symbol"),
    "odd value": (f"{TABLE}set = {{ A = true }}\n", r"checks\.toml:5: 'A' must be a string"),
    "a prefix": (
        f'{TABLE}set = {{ CONFIG_A = "y" }}\n',
        r"checks\.toml:5: 'CONFIG_A' = 'CONFIG_A' is not a Kconfig sym",
    ),
    "no such value": (f'{TABLE}set = {{ A = "yes" }}\n', r"checks\.toml:5: 'A' = 'yes' is not a Kconfig value"),
    "no quotes": (f'{TABLE}set = {{ A = "a text" }}\n', r"checks\.toml:5: 'A' = 'a text' is not a Kconfig value"),
    "no such arch": (
        TABLE.replace("x86_64", "amd64"),
        r"checks\.toml:4: 'arch' = 'amd64' is not one of alpha, arc, arm, ",
    ),
    "two lines": (f'{TABLE}set = {{ A = "y\\nCONFIG_B=y" }}\n', r"checks\.toml:5: 'A' = .* is not a Kconfig value"),
    "no fragment": (f'{TABLE}fragment = "no.config"\n', r"checks\.toml:5: there is no file .*/no\.config"),
    "no reason": ('[[waiver]]\ntype = "A"\n', r"checks\.toml:1: the key 'reason' is missing"),
    "empty reason": ('[[waiver]]\ntype = "A"\nreason = " "\n', r"checks\.toml:3: 'reason' = ' ' is not a reason"),
    "odd match": (
        '[[waiver]]\ntype = "A"\nreason = "b"\nmatch = "("\n',
        r"checks\.toml:4: 'match' is not a regular expression",
    ),
    "unknown waiver key": (
        '[[waiver]]\ntype = "A"\nreason = "b"\nfiles = "c"\n',
        r"checks\.toml:4: unknown key 'files'",
    ),
    "no such configuration": ('[kunit]\nsuites = ["a"]\nconfiguration = "on"\n', "there is no configuration 'on'"),
    "a debug run without a configuration": (
        f'{TABLE}[kunit]\nsuites = ["a"]\nconfiguration = "on"\n[debug]\n',
        "the key 'fragment' is missing",
    ),
    "a debug run of nothing": (
        '[debug]\nfragment = "x"\n',
        r"checks\.toml:1: 'debug' runs the suites of \[kunit\], which is not there",
    ),
    "no suites": (f'{TABLE}[kunit]\nconfiguration = "on"\n', "the key 'suites' is missing"),
    "a reason that is no text": ('[[waiver]]\ntype = "A"\nreason = 5\n', "'reason' must be a string"),
    "a waiver that is no table": ("waiver = 3\n", "'waiver' must be an array"),
    "suites that are no list": (
        f'{TABLE}[kunit]\nconfiguration = "on"\nsuites = "a"\n',
        r"checks\.toml:7: 'suites' must be an array",
    ),
    "no number": (
        f'{TABLE}[kunit]\nsuites = ["a"]\nconfiguration = "on"\nseconds = true\n',
        "'seconds' must be a whole number",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_a_plan_cannot_say(folder: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(write(folder, text))


def test_symbols() -> None:
    text = '#\n# Automatically generated\n#\nCONFIG_A=y\n # CONFIG_B is not set\nCONFIG_C=""\nCONFIG_D=0x10\nNO=y\n'
    assert symbols(text) == {"A": "y", "B": "n", "C": '""', "D": "0x10"}


def test_the_plan_of_the_series_that_is_shipped() -> None:
    series = load_series("luks-kdump")
    plan = load(series.folder)
    assert plan.kunit is not None
    assert plan.kunit.suites
    assert {each.patch for each in plan.waivers} <= {"", *(each.name for each in series.patches)}
    assert any(each.link is Link.EACH for each in plan.configurations)


def test_a_member_that_the_series_adds(folder: Path) -> None:
    plan = load(write(folder, WHOLE + '[member]\nstruct = "kexec_buf"\nname = "random"\n'))
    assert plan.member is not None
    assert (plan.member.struct, plan.member.name) == ("kexec_buf", "random")
    with pytest.raises(InputError, match=r"checks\.toml:\d+: 'struct' = 'a b' is not a name of C"):
        load(write(folder, WHOLE + '[member]\nstruct = "a b"\nname = "c"\n'))

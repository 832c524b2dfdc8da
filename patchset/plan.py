# SPDX-License-Identifier: GPL-2.0-only
"""The plan of a series' proof: `checks.toml` beside its definition, as frozen dataclasses.

Which configurations it must build in (R17), which findings are waived and why (B03), which KUnit suites must run (B07)
are facts of the series; the checks that read them know nothing of any one series.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from patchset import allowed as allowing
from patchset import coverage as covering
from patchset import crash as crashing
from patchset import documented as documenting
from patchset import waiver
from patchset.errors import InputError
from patchset.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.allowed import Allowed
    from patchset.coverage import Coverage
    from patchset.crash import Feature
    from patchset.documented import Documented
    from patchset.snapshot import Folder
    from patchset.waiver import Waiver

FILE = "checks.toml"
_QEMU_ARGS = ("-accel tcg",)
_SECONDS = 300
_SYMBOL = re.compile(r"\A\w+\Z")


class Link(StrEnum):
    """At which patches a configuration links vmlinux; objects alone never show an undefined symbol."""

    NEVER = "never"
    LAST = "last"
    """At the last patch that is not a test patch."""
    EACH = "each"


class Compiler(StrEnum):
    """What compiles a kernel."""

    GCC = "gcc"
    CLANG = "clang"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One kernel configuration that the series must build in.

    Attributes:
        name: how findings call it.
        title: what it is there for.
        arch: kbuild's ARCH.
        symbols: what is asked for: symbol without CONFIG_ to value (`n`: not set), in order; all else is off.
        optional: symbols that a base may be unable to express; the line that did not take is then a note.
        refuses: symbols that are asked for and must not take, as what they depend on is off here.
        warnings: kbuild's W=: 1 (R17), or 0 where nobody reads them.
        link: where vmlinux is linked; elsewhere only the touched objects are built.
        compiler: what compiles it; host programs are always gcc's.
    """

    name: str
    title: str
    arch: str
    symbols: Mapping[str, str]
    optional: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    warnings: int = 1
    link: Link = Link.NEVER
    compiler: Compiler = Compiler.GCC

    @property
    def clang(self) -> Configuration:
        """The same for clang: the touched objects alone, with W=1; what links has been linked by gcc's."""
        name = f"{self.name}-{Compiler.CLANG}"
        return replace(self, name=name, link=Link.NEVER, compiler=Compiler.CLANG)

    @property
    def fragment(self) -> str:
        """The configuration as Kconfig text."""
        return "".join(
            f"# CONFIG_{symbol} is not set\n" if value == "n" else f"CONFIG_{symbol}={value}\n"
            for symbol, value in self.symbols.items()
        )


@dataclass(frozen=True, slots=True)
class KUnit:
    """What a KUnit run must show (B07), and how its guest is started.

    Attributes:
        suites: the suites that must all be there.
        configuration: what the guest's kernel is built from.
        kernel_args: words of the guest's command line.
        qemu_args: further arguments of QEMU, a string each.
        seconds: how long the guest may take.
    """

    suites: tuple[str, ...]
    configuration: Configuration
    kernel_args: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = _QEMU_ARGS
    seconds: int = _SECONDS


@dataclass(frozen=True, slots=True)
class Crash:
    """What the crash test must know of the series.

    Attributes:
        arch: kbuild's ARCH.
        symbols: the guest's kernel, symbol without CONFIG_ to value.
        traced: what the kernel whose dump is read has beyond that: debug information, for drgn.
        debug: what the kernel with all debuggers has beyond that.
        option: the symbol that turns the feature on.
        file: where user space saves the key and gets it back.
        parameter: the word of the capture kernel's command line that says where the key is.
        feature: what the series does with the key.
        optional: symbols that a base may be unable to express.
    """

    arch: str
    symbols: Mapping[str, str]
    traced: Mapping[str, str]
    debug: Mapping[str, str]
    option: str
    file: str
    parameter: str
    feature: Feature
    optional: tuple[str, ...] = ()

    @property
    def on(self) -> Configuration:
        """The kernel with the feature."""
        return self._made("crash", "the option y, booted and crashed", self.traced)

    @property
    def off(self) -> Configuration:
        """The same without it."""
        return self._made("crash-off", "the option n, booted and crashed", {self.option: "n"})

    @property
    def debugging(self) -> Configuration:
        """The kernel with the feature and all debuggers."""
        return self._made("crash-debug", "the option y and every debugger, booted", self.debug)

    def _made(self, name: str, title: str, more: Mapping[str, str]) -> Configuration:
        symbols = {**self.symbols, **more}
        return Configuration(name, title, self.arch, symbols, optional=self.optional, warnings=0)


@dataclass(frozen=True, slots=True)
class Member:
    """A member that the series adds to a structure of the kernel, and that nobody may read as junk (R03).

    Attributes:
        struct: the structure's tag.
        name: the member.
    """

    struct: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the checks must know of one series.

    Attributes:
        waivers: in the order of the file.
        configurations: in the order of the file.
        sources: further .c files that every configuration compiles where the base has them: users of touched headers.
        introduces: Kconfig symbols that the series adds; before it does, a line that names one need not take.
        kunit: what KUnit must show, or None for a series without suites.
        debug: the same under the kernel's debuggers (R19), or None where the plan says nothing of them.
        crash: what the crash test must know, or None for a series that has none.
        digest: SHA-256 of every byte that the plan was read from, in hex.
        member: what the series adds to a structure, or None where it adds nothing to one.
        coverage: what of the series the suites must run, or None where the plan says nothing of it.
        allowed: what a kernel may print although it is a complaint (R19).
        documented: what users meet of the series, or None where the plan says nothing of it.
    """

    waivers: tuple[Waiver, ...]
    configurations: tuple[Configuration, ...]
    sources: tuple[str, ...]
    introduces: frozenset[str]
    kunit: KUnit | None
    debug: KUnit | None
    crash: Crash | None
    digest: str
    member: Member | None = None
    coverage: Coverage | None = None
    allowed: tuple[Allowed, ...] = ()
    documented: Documented | None = None

    @property
    def fullest(self) -> Configuration | None:
        """What compiles most of the series: what KUnit boots, as that has the suites too, else the first one."""
        return self.kunit.configuration if self.kunit else next(iter(self.configurations), None)


def load(folder: Folder) -> Plan:
    """Read the plan of the series that is defined in a folder.

    Raises:
        InputError: a file is missing or says what a plan cannot say; the message names the file and the line.
    """
    text = _read(folder, FILE)
    digest = hashlib.sha256(text.encode())
    table = Table.parse(FILE, text)
    common = _symbols(table, "common")
    configurations = []
    for each in table.tables("configuration"):
        start = common
        if fragment := each.take("fragment", str, ""):  # it takes the place of [common]
            content = _read(folder, fragment)
            digest.update(content.encode())
            start = symbols(content)
        configurations.append(_configuration(each, start))
    known = {each.name: each for each in configurations}
    if len(known) != len(configurations):
        names = sorted(each.name for each in configurations)
        raise InputError(f"{FILE}: two configurations have one name: {', '.join(names)}")
    build = Table(FILE, text, table.take("build", dict, {}))
    sources, introduces = build.strings("sources", ()), frozenset(build.strings("introduces", ()))
    if build.take("clang", bool, default=False):
        configurations += [each.clang for each in configurations]
    build.done()
    kunit = debug = coverage = None
    if table.among(["kunit"]):
        kunit = _kunit(Table(FILE, text, table.take("kunit", dict)), known)
    if kunit and table.among(["debug"]):
        words, more = _with_fragment(table, "debug", folder, digest, text)
        debug = _again("debug", "KUnit under the debuggers", words, kunit, more)
        words.done()
    if kunit and table.among(["coverage"]):
        words, more = _with_fragment(table, "coverage", folder, digest, text)
        again = _again("coverage", "KUnit, counted by gcov", words, kunit, more)
        name = words.take("exempt", str)
        content = _read(folder, name)
        digest.update(content.encode())
        coverage = covering.read(words, again, Table.parse(name, content))
    crash = _crash(*_with_fragment(table, "crash", folder, digest, text)) if table.among(["crash"]) else None
    waivers = tuple(map(waiver.read, table.tables("waiver")))
    member = _member(Table(FILE, text, table.take("member", dict))) if table.among(["member"]) else None
    met = table.below("documented")
    documented = documenting.read(met) if met else None
    allowed = tuple(map(allowing.read, table.tables("allowed")))
    table.done()
    return Plan(
        waivers=waivers,
        configurations=tuple(configurations),
        sources=sources,
        introduces=introduces,
        kunit=kunit,
        debug=debug,
        crash=crash,
        digest=digest.hexdigest(),
        member=member,
        coverage=coverage,
        allowed=allowed,
        documented=documented,
    )


def symbols(text: str) -> dict[str, str]:
    """Read Kconfig text (a fragment, a .config): symbol without CONFIG_ to value; `is not set` is `n`."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"CONFIG_(\w+)=(.*)", line.strip()):
            found[match[1]] = match[2]
        elif match := re.fullmatch(r"# CONFIG_(\w+) is not set", line.strip()):
            found[match[1]] = "n"
    return found


def _read(folder: Folder, name: str) -> str:
    try:
        return folder.joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the series' {name}: {error}") from None


def _with_fragment(
    table: Table, key: str, folder: Folder, digest: hashlib._Hash, text: str
) -> tuple[Table, dict[str, str]]:
    """Return the table below a key, and the symbols of its fragment, which counts for the plan's digest."""
    words = Table(FILE, text, table.take(key, dict))
    content = _read(folder, words.take("fragment", str))
    digest.update(content.encode())
    return words, symbols(content)


def _member(table: Table) -> Member:
    member = Member(table.take("struct", str), table.take("name", str))
    if not all(_SYMBOL.match(each) for each in (member.struct, member.name)):
        raise table.error(f"member: {member.struct}.{member.name} is not a name of C", "struct")
    table.done()
    return member


def _configuration(table: Table, start: dict[str, str]) -> Configuration:
    name = table.take("name", str)
    if not re.fullmatch(r"[\w.-]+", name):
        raise table.error(f"configuration {name!r}: only letters, digits, '-', '_' and '.'", "name")
    link = table.take("link", str, Link.NEVER.value)
    if link not in tuple(Link):
        raise table.error(f"configuration {name}: link = {link!r} is not one of {', '.join(Link)}", "link")
    made = Configuration(
        name,
        table.take("title", str),
        table.take("arch", str),
        start | _symbols(table, "set"),
        table.strings("optional", ()),
        table.strings("refuses", ()),
        link=Link(link),
    )
    table.done()
    return made


def _symbols(table: Table, key: str) -> dict[str, str]:
    """Return the Kconfig symbols and values below a key."""
    values: dict[str, Any] = table.take(key, dict, {})
    for symbol, value in values.items():
        if not _SYMBOL.match(symbol) or not isinstance(value, str) or not value or "\n" in value:
            raise table.error(f"{symbol} = {value!r} is not a valid Kconfig line", symbol)
    return values


def _kunit(table: Table, known: Mapping[str, Configuration]) -> KUnit:
    name = table.take("configuration", str)
    if name not in known:
        raise table.error(f"kunit: there is no configuration {name!r}", "configuration")
    kunit = KUnit(
        table.strings("suites"),
        known[name],
        table.strings("kernel_args", ()),
        table.strings("qemu_args", _QEMU_ARGS),
        table.take("seconds", int, _SECONDS),
    )
    table.done()
    return kunit


def _again(name: str, title: str, table: Table, kunit: KUnit, more: Mapping[str, str]) -> KUnit:
    """Return the KUnit run again: its kernel with more in it, and further words on its command line."""
    optional, symbols = table.strings("optional", ()), {**kunit.configuration.symbols, **more}
    return replace(
        kunit,
        configuration=Configuration(name, title, kunit.configuration.arch, symbols, optional=optional),
        kernel_args=(*kunit.kernel_args, *table.strings("kernel_args", ())),
        seconds=table.take("seconds", int, kunit.seconds),
    )


def _crash(table: Table, start: dict[str, str]) -> Crash:
    crash = Crash(
        table.take("arch", str),
        start,
        _symbols(table, "traced"),
        _symbols(table, "debug"),
        table.take("option", str),
        table.take("file", str),
        table.take("parameter", str),
        crashing.read(table),
        table.strings("optional", ()),
    )
    if start.get(crash.option) != "y":
        raise table.error(f"crash: the fragment does not set {crash.option}", "fragment")
    if not re.fullmatch(r"(/[\w.-]+)+", crash.file):
        raise table.error(f"crash: file = {crash.file!r} is not a valid path", "file")
    table.done()
    return crash

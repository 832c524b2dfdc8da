# SPDX-License-Identifier: GPL-2.0-only
"""The plan of a series' proof: `checks.toml` beside its definition.

Which configurations it must build in (R17), which findings are waived and why (B03), which KUnit suites must run (B07)
are facts of the series; the checks that read them know nothing of any one series.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field, structs

from patchset.allowed import Allowed
from patchset.coverage import Coverage, WaivedForm
from patchset.crash import Feature, GuestArch
from patchset.documented import Documented
from patchset.kconfig import Arch, Rest, Symbol, Symbols
from patchset.snapshot import where
from patchset.toml import Table, Toml, Wrong, nearest
from patchset.waiver import Waiver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.snapshot import Folder

FILE = "checks.toml"
_QEMU_ARGS = ("-accel tcg",)
_SECONDS = 300
_NO_PLAN = "[build]\nfind = true\n"
"""What a series without a plan asks for."""

Name = Annotated[
    str, Meta(pattern=r"^[\w.-]+$(?!\n)", title="a name", description="only letters, digits, '-', '_' and '.'")
]
CName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]+$(?!\n)", title="a name of C")]


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


class ConfigurationForm(Table, frozen=True):
    """One kernel configuration that the series must build in.

    Attributes:
        name: how findings call it.
        title: what it is there for.
        arch: kbuild's ARCH.
        start: a file of Kconfig text, which takes the place of [common].
        set: what is asked for beyond that: symbol without CONFIG_ to value, `n` for one that is not set.
        optional: symbols that a base may be unable to express; the line that did not take is then a note.
        refuses: symbols that are asked for and must not take, as what they depend on is off here.
        link: where vmlinux is linked; elsewhere only the touched objects are built.
        rest: what all other symbols are, as kbuild's target of that name makes them: off, where nothing is said.
    """

    name: Name
    title: str
    arch: Arch
    start: str = field(name="fragment", default="")
    set: Symbols = {}
    optional: tuple[Symbol, ...] = ()
    refuses: tuple[Symbol, ...] = ()
    link: Link = Link.NEVER
    rest: Rest = Rest.NONE


class Configuration(ConfigurationForm, frozen=True, kw_only=True):
    """The same, its file read.

    Attributes:
        symbols: all that is asked for, in order; all else is `rest`.
        warnings: kbuild's W=: 1 (R17), or 0 where nobody reads them.
        compiler: what compiles it; host programs are always gcc's.
    """

    symbols: dict[str, str]
    warnings: int = 1
    compiler: Compiler = Compiler.GCC

    @property
    def clang(self) -> Configuration:
        """The same for clang: the touched objects alone, with W=1; what links has been linked by gcc's."""
        name = f"{self.name}-{Compiler.CLANG}"
        return structs.replace(self, name=name, link=Link.NEVER, compiler=Compiler.CLANG)

    @property
    def fragment(self) -> str:
        """The configuration as Kconfig text, which begins with a comment where not all else is off."""
        lines = (
            f"# CONFIG_{symbol} is not set\n" if value == "n" else f"CONFIG_{symbol}={value}\n"
            for symbol, value in self.symbols.items()
        )
        return "".join([f"# all else: {self.rest.value}\n"] * (self.rest is not Rest.NONE) + [*lines])


class KUnitForm(Table, frozen=True):
    """What a KUnit run must show (B07), and how its guest is started.

    Attributes:
        suites: the suites that must all be there.
        configuration: the name of what the guest's kernel is built from.
        kernel_args: words of the guest's command line.
        qemu_args: further arguments of QEMU, a string each.
        seconds: how long the guest may take.
    """

    suites: tuple[str, ...]
    configuration: str
    kernel_args: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = _QEMU_ARGS
    seconds: int = _SECONDS


@dataclass(frozen=True, slots=True)
class KUnit:
    """The same, with the configuration itself."""

    suites: tuple[str, ...]
    configuration: Configuration
    kernel_args: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = _QEMU_ARGS
    seconds: int = _SECONDS


class AgainForm(Table, frozen=True):
    """The KUnit run once more, in another kernel.

    Attributes:
        fragment: a file of Kconfig text: what that kernel has beyond the other.
        optional: symbols that a base may be unable to express.
        kernel_args: further words of the guest's command line.
        seconds: how long the guest may take; 0 for as long as the other.
    """

    fragment: str
    optional: tuple[Symbol, ...] = ()
    kernel_args: tuple[str, ...] = ()
    seconds: int = 0


class CoverageForm(AgainForm, frozen=True, kw_only=True):
    """The KUnit run once more, counted by gcov.

    Attributes:
        exempt: the file of lines that are waived.
        patches: stems of the patches whose added lines are looked at.
        least: how many percent of a patch's lines must run, waived or not.
    """

    exempt: str
    patches: tuple[str, ...]
    least: Annotated[int, Meta(ge=0, le=100)]


class CrashForm(Feature, frozen=True, kw_only=True):
    """What the crash test must know of the series.

    Attributes:
        start: a file of Kconfig text that the guest's kernel is made from.
        arch: kbuild's ARCH.
        option: the symbol that turns the feature on.
        parameter: the word of the capture kernel's command line that says where the key is.
        traced: what the kernel whose dump is read has beyond that: debug information, for drgn.
        debug: what the kernel with all debuggers has beyond that.
        optional: symbols that a base may be unable to express.
    """

    start: str = field(name="fragment")
    arch: GuestArch
    option: Symbol
    parameter: str
    traced: Symbols = {}
    debug: Symbols = {}
    optional: tuple[Symbol, ...] = ()


class Crash(CrashForm, frozen=True, kw_only=True):
    """The same, its file read.

    Attributes:
        symbols: the guest's kernel, symbol without CONFIG_ to value.
    """

    symbols: dict[str, str]

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
        return Configuration(name, title, self.arch.value, optional=self.optional, symbols=symbols, warnings=0)


class Member(Table, frozen=True):
    """A member that the series adds to a structure of the kernel, and that nobody may read as junk (R03).

    Attributes:
        struct: the structure's tag.
        name: the member.
    """

    struct: CName
    name: CName


class BuildForm(Table, frozen=True):
    """What holds for every configuration.

    Attributes:
        sources: further .c files that every configuration compiles where the base has them: users of touched headers.
        introduces: Kconfig symbols that the series adds; before it does, a line that names one need not take.
        clang: true where clang compiles each configuration too.
        find: true where the configurations are found from Kconfig and Makefile, as they are without checks.toml.
    """

    sources: tuple[str, ...] = ()
    introduces: frozenset[Symbol] = frozenset()
    clang: bool = False
    find: bool = False


class PlanForm(Table, frozen=True):
    """What the checks must know of a series: checks.toml.

    Attributes:
        build: what holds for every configuration.
        common: what configurations without a fragment start from: symbol without CONFIG_ to value.
        configurations: what the series must build in.
        kunit: what KUnit must show.
        debug: the same under the kernel's debuggers (R19).
        coverage: what of the series the suites must run.
        crash: what the crash test must know.
        waivers: findings of checkpatch that are accepted.
        member: what the series adds to a structure.
        documented: what users meet of the series.
        allowed: what a kernel may print although it is a complaint (R19).
    """

    build: BuildForm = BuildForm()
    common: Symbols = {}
    configurations: tuple[ConfigurationForm, ...] = field(name="configuration", default=())
    kunit: KUnitForm | None = None
    debug: AgainForm | None = None
    coverage: CoverageForm | None = None
    crash: CrashForm | None = None
    waivers: tuple[Waiver, ...] = field(name="waiver", default=())
    member: Member | None = None
    documented: Documented | None = None
    allowed: tuple[Allowed, ...] = ()

    def __post_init__(self) -> None:
        names = [each.name for each in self.configurations]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise Wrong(f"two configurations are called '{name}'", "configuration", at, "name")
        if self.build.find and names:
            raise Wrong("configurations are found where none is named", "build", "find")
        if self.kunit and (name := self.kunit.configuration) not in names:
            raise Wrong(
                f"there is no configuration '{name}'",
                "kunit",
                "configuration",
                hint=nearest(name, names, "configurations"),
            )
        for key in ("debug", "coverage"):
            if getattr(self, key) and not self.kunit:
                raise Wrong(f"'{key}' runs the suites of [kunit], which is not there", key)


@dataclass(frozen=True, slots=True)
class Plan:
    """The same, its files read; what it says nothing of is empty, or None.

    Attributes:
        digest: SHA-256 of every byte that the plan was read from, in hex.
        find: the configurations are to be found: `checks.kernel.found` does it.
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
    find: bool = False

    @property
    def fullest(self) -> Configuration | None:
        """What compiles most of the series: what KUnit boots, as that has the suites too, else the first one."""
        return self.kunit.configuration if self.kunit else next(iter(self.configurations), None)


def load(folder: Folder) -> Plan:
    """Read the plan of the series that is defined in a folder; where there is none, its configurations are found.

    Raises:
        InputError: a file is missing or says what a plan cannot say; the message names the file and the line.
    """
    toml = Toml.of(folder, FILE) if folder.joinpath(FILE).is_file() else Toml(where(folder, FILE), _NO_PLAN)
    form, digest = toml.read(PlanForm), hashlib.sha256(toml.text.encode())

    def content(name: str, *path: str | int) -> str:
        """Return a file that the plan names, and count it for its digest."""
        told = toml.named(folder, name, *path)
        digest.update(told.encode())
        return told

    def again(name: str, title: str, wanted: AgainForm, kunit: KUnit) -> KUnit:
        """Return the KUnit run again: its kernel with more in it, and further words on its command line."""
        more = kunit.configuration.symbols | symbols(content(wanted.fragment, name, "fragment"))
        return replace(
            kunit,
            configuration=Configuration(name, title, kunit.configuration.arch, optional=wanted.optional, symbols=more),
            kernel_args=(*kunit.kernel_args, *wanted.kernel_args),
            seconds=wanted.seconds or kunit.seconds,
        )

    configurations = []
    for at, one in enumerate(form.configurations):
        start = symbols(content(one.start, "configuration", at, "fragment")) if one.start else form.common
        configurations.append(Configuration(**structs.asdict(one), symbols=start | one.set))
    kunit = debug = coverage = crash = None
    if told := form.kunit:
        booted = next(one for one in configurations if one.name == told.configuration)
        kunit = KUnit(told.suites, booted, told.kernel_args, told.qemu_args, told.seconds)
        debug = again("debug", "KUnit under the debuggers", form.debug, kunit) if form.debug else None
        if counted := form.coverage:
            run = again("coverage", "KUnit, counted by gcov", counted, kunit)
            waived = Toml(where(folder, counted.exempt), content(counted.exempt, "coverage", "exempt")).read(WaivedForm)
            coverage = Coverage(run, counted.patches, counted.least, waived.lines)
    if form.crash:
        crash = Crash(**structs.asdict(form.crash), symbols=symbols(content(form.crash.start, "crash", "fragment")))
        if crash.symbols.get(crash.option) != "y":
            raise toml.error(f"crash: the fragment does not set {crash.option}", "crash", "fragment")
    clang = [one.clang for one in configurations] if form.build.clang else []
    return Plan(
        waivers=form.waivers,
        configurations=(*configurations, *clang),
        sources=form.build.sources,
        introduces=form.build.introduces,
        kunit=kunit,
        debug=debug,
        crash=crash,
        digest=digest.hexdigest(),
        member=form.member,
        coverage=coverage,
        allowed=form.allowed,
        documented=form.documented,
        find=form.build.find,
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

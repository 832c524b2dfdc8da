# SPDX-License-Identifier: GPL-2.0-only
"""The plan of a series' proof: `checks.toml` beside its definition, as frozen dataclasses.

Which configurations it must build in (R17), which findings are waived and why (B03), which KUnit suites must run (B07)
are facts of the series; the checks that read them know nothing of any one series.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

FILE = "checks.toml"
_T = TypeVar("_T")
_SYMBOL = re.compile(r"\A\w+\Z")


class Link(StrEnum):
    """At which patches a configuration links vmlinux; objects alone never show an undefined symbol."""

    NEVER = "never"
    LAST = "last"
    """At the last patch that is not a test patch."""
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A checkpatch finding that is accepted, and why (B03).

    Attributes:
        type: checkpatch's word for it, e.g. LONG_LINE.
        reason: why it is right all the same; never empty.
        patch: the stem of the patch it holds for, or empty for all.
        file: the path it holds for, or empty for all.
        match: a regular expression that the message must contain, or empty.
    """

    type: str
    reason: str
    patch: str = ""
    file: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One kernel configuration that the series must build in.

    Attributes:
        name: how findings call it.
        title: what it is there for.
        arch: kbuild's ARCH.
        symbols: what is asked for: symbol without CONFIG_ to value (`n`: not set), in order.
        exact: True to turn everything else off (allnoconfig), False to leave it at its default.
        optional: symbols that a base may be unable to express; the line that did not take is then a note.
        warnings: kbuild's W=: 0 or 1.
        link: where vmlinux is linked; elsewhere only the touched objects are built.
    """

    name: str
    title: str
    arch: str
    symbols: Mapping[str, str]
    exact: bool = True
    optional: tuple[str, ...] = ()
    warnings: int = 1
    link: Link = Link.NEVER

    @property
    def fragment(self) -> str:
        """The configuration as Kconfig text."""
        return "".join(
            f"# CONFIG_{symbol} is not set\n" if value == "n" else f"CONFIG_{symbol}={value}\n"
            for symbol, value in self.symbols.items()
        )


@dataclass(frozen=True, slots=True)
class KUnit:
    """What the KUnit run must show (B07).

    Attributes:
        suites: the suites that must all be there.
        configuration: the build configuration whose folder and fragment it shares.
        kernel_args: words of the guest's command line.
        qemu_args: further arguments of QEMU, a string each.
        seconds: how long the guest may take.
    """

    suites: tuple[str, ...]
    configuration: str
    kernel_args: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = ("-accel tcg",)
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the checks must know of one series.

    Attributes:
        waivers: in the order of the file.
        configurations: in the order of the file.
        sources: further .c files that every configuration compiles where the base has them: users of touched headers.
        introduces: Kconfig symbols that the series adds; before it does, a line that names one need not take.
        kunit: what KUnit must show, or None for a series without suites.
        digest: SHA-256 of every byte that the plan was read from, in hex.
    """

    waivers: tuple[Waiver, ...]
    configurations: tuple[Configuration, ...]
    sources: tuple[str, ...]
    introduces: frozenset[str]
    kunit: KUnit | None
    digest: str

    def configuration(self, name: str) -> Configuration:
        """Return the configuration of that name; `load` has made sure that the plan's own names exist."""
        return next(each for each in self.configurations if each.name == name)


def load(folder: Traversable) -> Plan:
    """Read the plan of the series that is defined in a folder.

    Raises:
        InputError: a file is missing or says what a plan cannot say; the message names the file and the entry.
    """
    text = _read(folder, FILE)
    digest = hashlib.sha256(text.encode())
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{FILE}: {error}") from None
    common = data.pop("common", {})
    configurations = []
    for table in data.pop("configuration", ()):
        fragment = ""
        if "fragment" in table:
            fragment = _read(folder, table.pop("fragment"))
            digest.update(fragment.encode())
        configurations.append(_configuration(table, common, fragment))
    build = data.pop("build", {})
    kunit = _make(KUnit, data.pop("kunit"), "kunit") if "kunit" in data else None
    waivers = tuple(_waiver(table, number) for number, table in enumerate(data.pop("waiver", ()), 1))
    if data:
        raise InputError(f"{FILE}: unknown table: {', '.join(data)}")
    names = [each.name for each in configurations]
    if len(set(names)) != len(names):
        raise InputError(f"{FILE}: two configurations have one name: {', '.join(sorted(names))}")
    if kunit and kunit.configuration not in names:
        raise InputError(f"{FILE}: kunit: there is no configuration {kunit.configuration!r}")
    return Plan(
        waivers,
        tuple(configurations),
        tuple(build.get("sources", ())),
        frozenset(build.get("introduces", ())),
        kunit,
        digest.hexdigest(),
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


def _read(folder: Traversable, name: str) -> str:
    try:
        return folder.joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the series' {name}: {error}") from None


def _waiver(table: dict[str, Any], number: int) -> Waiver:
    waiver = _make(Waiver, table, f"waiver {number}")
    if not waiver.reason.strip():
        raise InputError(f"{FILE}: waiver {number} ({waiver.type}) has no reason", hint="write down why it is right")
    try:
        re.compile(waiver.match)
    except re.error as error:
        raise InputError(f"{FILE}: waiver {number} ({waiver.type}): {waiver.match!r}: {error}") from None
    return waiver


def _configuration(table: dict[str, Any], common: Mapping[str, str], fragment: str) -> Configuration:
    name = table.get("name", "?")
    wanted = symbols(fragment) if fragment else dict(common)
    wanted |= table.pop("set", {})
    for symbol, value in wanted.items():
        if not _SYMBOL.match(symbol) or not isinstance(value, str) or "\n" in value:
            raise InputError(f"{FILE}: configuration {name}: {symbol} = {value!r} is no Kconfig line")
    if not re.fullmatch(r"[\w.-]+", name):
        raise InputError(f"{FILE}: configuration name {name!r}: only letters, digits, '-', '_' and '.'")
    if "link" in table and table["link"] not in tuple(Link):
        raise InputError(f"{FILE}: configuration {name}: link = {table['link']!r} is none of {', '.join(Link)}")
    table = {**table, "symbols": wanted, "link": Link(table.get("link", Link.NEVER))}
    return _make(Configuration, table, f"configuration {name}")


def _make(kind: type[_T], table: dict[str, Any], where: str) -> _T:
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(table) - known):
        raise InputError(f"{FILE}: {where}: unknown key: {', '.join(unknown)}")
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return kind(**frozen)
    except TypeError as error:
        raise InputError(f"{FILE}: {where}: {error}") from None

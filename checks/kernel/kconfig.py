# SPDX-License-Identifier: GPL-2.0-only
"""Configure a build folder with the kernel's own merge_config.sh, and hold it to what was asked for.

merge_config.sh ends with success when a line did not take (a dependency, a symbol that moved): what was built then is
another configuration than the one that was meant. docs/kernels.md: check that every line took.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.kernel import kbuild
from checks.parsers import compiler
from generator import process
from patchset.errors import InfrastructureError
from patchset.kconfig import Rest
from patchset.plan import symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from patchset.plan import Configuration

SECONDS = 600.0
"""The deadline of one configuration run; a cold one compiles scripts/kconfig/conf first."""
_STAMP = "respin.stamp"
FRAGMENT = "respin.fragment"
_GENERATED = ("include/config/auto.conf", "include/config/auto.conf.cmd", "include/generated/autoconf.h")
"""What make generates from a .config, and would once more where only Kconfig files are newer: seconds, for the same."""
_SYMBOL = re.compile(r"^([-+])\s*(?:menu)?config\s+(\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RefusedSymbol:
    """A line that did not take: the symbol, what was asked for, what came of it (`n`: not set, or unknown)."""

    symbol: str
    wanted: str
    got: str

    def __str__(self) -> str:
        """Name it as a person would: `CONFIG_KEYS=y (got n)`."""
        return f"CONFIG_{self.symbol}={self.wanted} (got {self.got})"


def refused(configuration: Configuration, dotconfig: str) -> tuple[RefusedSymbol, ...]:
    """Return the lines of a configuration that its .config does not have; a symbol that is not there counts as `n`."""
    got = symbols(dotconfig)
    return tuple(
        RefusedSymbol(symbol, wanted, got.get(symbol, "n"))
        for symbol, wanted in configuration.symbols.items()
        if got.get(symbol, "n") != wanted
    )


def introduced(diff: str) -> frozenset[str]:
    """Return the symbols that a diff adds; one that it moves was there before."""
    found = _SYMBOL.findall(diff)
    return frozenset(symbol for sign, symbol in found if sign == "+" and ("-", symbol) not in found)


@dataclass(frozen=True, slots=True)
class Configured:
    """A configured build folder: its .config's text (empty where Kconfig failed), and what Kconfig said."""

    text: str
    diagnostics: tuple[compiler.Diagnostic, ...] = ()

    @property
    def why(self) -> str:
        """The last error that Kconfig gave, with its place; empty where it gave none."""
        errors = [one for one in self.diagnostics if one.kind is compiler.DiagnosticKind.ERROR]
        return f"{errors[-1].file}:{errors[-1].line}: {errors[-1].text}" if errors else ""


def configure(configuration: Configuration, source: Path, build: Path, *, stamp: str, cache: Path) -> Configured:
    """Make the build folder's .config, where it is not the one of this stamp.

    Args:
        configuration: what is asked for.
        source: the kernel tree.
        build: the O= folder.
        stamp: the content of all Kconfig files, as an id: equal stamps, equal .config.
        cache: respin's cache folder.

    Raises:
        InfrastructureError: merge_config.sh failed, and named no Kconfig file as the reason.
    """
    build.mkdir(parents=True, exist_ok=True)
    done, dotconfig, log = build / _STAMP, build / ".config", build / "respin.kconfig.log"
    failed = False
    label = f"{stamp}\n{configuration.fragment}"
    whole = all(file.is_file() for file in (dotconfig, done, log))
    if not (whole and done.read_text(encoding="utf-8") == label):
        done.unlink(missing_ok=True)
        fragment = build / FRAGMENT
        fragment.write_text(configuration.fragment, encoding="utf-8")
        known = _synced(build)
        argv = command(configuration, source, build)
        environment = {**kbuild.environment(cache, source), **_environment(configuration)}
        made = process.run(argv, seconds=SECONDS, cwd=source, env=environment, check=False)
        log.write_bytes(made.stdout + made.stderr)
        failed = made.returncode != 0 or not dotconfig.is_file()
        if not failed:
            if known == _set(_text(dotconfig)):
                for each in _GENERATED:
                    (build / each).touch()
            done.write_text(label, encoding="utf-8")
    said = compiler.parse_kconfig(_text(log), failed=failed, root=str(source))
    if failed and not said:
        raise InfrastructureError(
            f"configuration {configuration.name}: {made.why()}", hint=line(configuration, source, build)
        )
    return Configured("" if failed else _text(dotconfig), said)


def _synced(build: Path) -> dict[str, str] | None:
    """Return the symbols of the .config that make has generated its files from last; None where that is not known."""
    files = [build / each for each in (*_GENERATED, ".config")]
    if not all(file.is_file() for file in files):
        return None
    *made, dotconfig = (file.stat().st_mtime_ns for file in files)
    return _set(_text(build / ".config")) if min(made) >= dotconfig else None


def _set(dotconfig: str) -> dict[str, str]:
    """Return the symbols that are not n: what make generates says nothing of the others."""
    return {symbol: value for symbol, value in symbols(dotconfig).items() if value != "n"}


@contextlib.contextmanager
def lent(build: Path) -> Iterator[None]:
    """Let another program work in a configured folder: made anew where its .config differs then, or an error came."""
    done, dotconfig = build / _STAMP, build / ".config"
    label, before = _text(done) if done.is_file() else "", _text(dotconfig) if dotconfig.is_file() else ""
    done.unlink(missing_ok=True)
    yield
    if label and dotconfig.is_file() and _text(dotconfig) == before:
        done.write_text(label, encoding="utf-8")


def command(configuration: Configuration, source: Path, build: Path) -> list[str]:
    """Return the command that configures; it runs in the source folder.

    All else is off by merge_config.sh (-n: allnoconfig), which knows no allmodconfig: make itself does. By its shell:
    a tree that came through an archive or a mail has lost the scripts' mode.
    """
    if configuration.rest is not Rest.NONE:
        there = [f"O={build}", f"KCONFIG_ALLCONFIG={build / FRAGMENT}"]
        return ["make", "-C", str(source), *there, "--no-print-directory", configuration.rest.value]
    script = str(source / "scripts/kconfig/merge_config.sh")
    return ["sh", script, "-n", "-O", str(build), str(build / FRAGMENT)]


def line(configuration: Configuration, source: Path, build: Path) -> str:
    """Return the same as a line to paste."""
    variables = [f"{name}={value}" for name, value in _environment(configuration).items()]
    return process.command_line(["env", *variables, *command(configuration, source, build)], cwd=source)


def unmet(lines: Iterable[RefusedSymbol], allowed: frozenset[str]) -> tuple[RefusedSymbol, ...]:
    """Leave out the lines of symbols that need not take, because no patch so far adds them."""
    return tuple(each for each in lines if each.symbol not in allowed)


def _environment(configuration: Configuration) -> dict[str, str]:
    # merge_config.sh passes no variables on to make; what Kconfig asks of the compiler it must ask of the right one, by
    # the name that make gives it: else make runs Kconfig once more.
    words = (f"CC={kbuild.compiler(configuration)}", f"HOSTCC={kbuild.host()}", kbuild.cross(configuration))
    flags = " ".join(each.replace(" ", "\\ ") for each in words)
    return {**kbuild.FIXED, "ARCH": configuration.arch, "MAKEFLAGS": flags}


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")

# SPDX-License-Identifier: GPL-2.0-only
"""A build matrix for a series that names none, found from Kconfig and Makefile.

1. allmodconfig of the machine's own architecture, as the tree's own Kconfig makes it with all patches applied: it
   compiles nearly all that an architecture can. Only its .config is made here, which takes seconds.
2. For touched sources that it leaves out, the symbols that the Makefiles on the way up ask for are set, in a few
   configurations one after another; one is kept where it compiles something that none before it does.
3. The same on other architectures, where a compiler for them is installed.
4. Where a patch brings symbols, once more without them: both values must build.
5. For touched headers, and sources that others include, a few of their users, where no touched source is one.

What is left is told with its reason: nobody may take it for built. No process is started here: who asks says what
Kconfig makes of a configuration, and what git finds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import structs

from checks.kernel import arch, asking, objects
from checks.kernel.users import users
from patchset.kconfig import Rest
from patchset.plan import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from checks.kernel.users import Included
    from patchset.kconfig import Arch

TITLE = "found from Kconfig and Makefile"
_CALM: Mapping[str, str] = {"WERROR": "n"}
"""COMPILE_TEST turns it on: a warning that the base has, too, would be an error."""
_FURTHER: tuple[tuple[str, Rest, Mapping[str, str]], ...] = (
    ("asked", Rest.MODULES, {}),
    ("builtin", Rest.ALL, {}),
    ("no-compile-test", Rest.MODULES, {"COMPILE_TEST": "n"}),
)
"""What is tried for sources that allmodconfig leaves out: a name, what all else is, and what is set beside."""


@dataclass(frozen=True, slots=True)
class TreeRequest:
    """What is asked of a tree.

    Attributes:
        read: returns a file's text, empty where it does not exist.
        configure: returns what a configuration becomes: symbol without CONFIG_ to value.
        grep: see `checks.kernel.users.users`.
    """

    read: Callable[[str], str]
    configure: Callable[[Configuration], Mapping[str, str]]
    grep: Callable[[Collection[str], str], Included]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What was found.

    Attributes:
        configurations: those that compile something of what is touched; the first is there in any case.
        users: further sources, of touched files that others include.
        left: why a touched file is compiled by none of them.
    """

    configurations: tuple[Configuration, ...]
    users: tuple[str, ...] = ()
    left: dict[str, str] = field(default_factory=dict)


def search(tree: TreeRequest, touched: Sequence[str], introduces: Collection[str], archs: Sequence[Arch]) -> Matrix:
    """Return a matrix for the files that patches touch.

    Args:
        tree: with all patches applied.
        touched: their paths; what is no source and no header is left alone.
        introduces: symbols that the patches bring.
        archs: for which there is a compiler, the machine's own first.
    """
    sources = [path for path in touched if objects.is_source(path) and tree.read(path) and kernels(path)]
    kept: list[tuple[Configuration, Mapping[str, str]]] = []
    made: set[str] = set()
    for name in archs:
        wanted = [path for path in objects.of_arch(sources, name) if path not in made]
        if not kept or wanted:
            for tried, config in _tries(tree, name, wanted, made, () if kept else introduces):
                fresh = {path for path in wanted if objects.built([path], config, tree.read)} - made
                if fresh or not kept or any(_on(config, one) for one in introduces if not _any_on(kept, one)):
                    kept.append((tried, config))
                    made |= fresh
    goals = [path for path in touched if path.endswith(".h") and tree.read(path) and kernels(path)]
    goals += [path for path in sources if path not in made]
    found = _users(tree, goals, made, kept)
    left = {path: _why(tree, path, kept, archs) for path in goals if path not in found}
    configurations = (*(tried for tried, _ in kept), *_without(tree, kept, introduces))
    return Matrix(configurations, tuple(sorted({user for those in found.values() for user in those} - made)), left)


def kernels(path: str) -> bool:
    """Tell whether a file is the kernel's own: the programs of tools/ and scripts/ have makefiles of their own."""
    return path.partition("/")[0] not in {"tools", "scripts", "samples", "usr", "Documentation", "rust"}


def _tries(
    tree: TreeRequest, name: Arch, wanted: Sequence[str], made: Collection[str], introduces: Collection[str]
) -> Iterator[tuple[Configuration, Mapping[str, str]]]:
    """Yield configurations of an architecture, up to where nothing is left that another one could compile."""
    stem = "" if name == arch.native() else f"{name}-"
    first = configuration(f"{stem}allmodconfig", name, Rest.MODULES, {**_CALM})
    config = tree.configure(first)
    yield first, config
    took: set[str] = set()
    for label, rest, more in _FURTHER:
        asked = [symbol for path in wanted if path not in made for symbol in asking.symbols(path, tree.read)]
        off = [one for one in dict.fromkeys((*asked, *introduces)) if not _on(config, one) and one not in took]
        if not off:
            return
        tried = configuration(f"{stem}{label}", name, rest, {**_CALM, **more, **dict.fromkeys(off, "y")})
        got = tree.configure(tried)
        mine = {symbol: got[symbol] for symbol in off if _on(got, symbol)}
        if mine:
            took |= {one for one in mine if one in introduces}
            yield configuration(f"{stem}{label}", name, rest, {**_CALM, **more, **mine}), got


def configuration(name: str, of: Arch, rest: Rest, set_: Mapping[str, str]) -> Configuration:
    """Return a configuration, none of whose lines has to take: nobody has asked for them."""
    made, title = dict(set_), f"{TITLE}: {rest.value}"
    return Configuration(name, title, of, set=made, optional=tuple(made), rest=rest, symbols=made)


def _without(
    tree: TreeRequest, kept: Sequence[tuple[Configuration, Mapping[str, str]]], introduces: Collection[str]
) -> Iterator[Configuration]:
    """Yield, of each configuration that has symbols which the series brings, one without those that can be off."""
    left = sorted(introduces)
    for of, config in kept:
        on = [symbol for symbol in left if _on(config, symbol)]
        left = [symbol for symbol in left if symbol not in on]
        if on:
            name, title = f"{of.name}-without", f"{TITLE}: without what the series brings"
            tried = configuration(name, of.arch, of.rest, {**of.set, **dict.fromkeys(on, "n")})
            got = tree.configure(tried)
            off = {symbol: "n" for symbol in on if not _on(got, symbol)}
            if off:
                yield structs.replace(configuration(name, of.arch, of.rest, {**of.set, **off}), title=title)


def _users(
    tree: TreeRequest,
    goals: Sequence[str],
    made: Collection[str],
    kept: Sequence[tuple[Configuration, Mapping[str, str]]],
) -> dict[str, tuple[str, ...]]:
    """Return the sources that include a file, by the first configuration that compiles any."""
    found: dict[str, tuple[str, ...]] = {}
    said: dict[tuple[tuple[str, ...], str], Included] = {}

    def grep(wanted: Collection[str], below: str) -> Included:
        key = (tuple(sorted(wanted)), below)
        if key not in said:
            said[key] = tree.grep(wanted, below)
        return said[key]

    for of, config in kept:

        def built(paths: Iterable[str], of: Configuration = of, config: Mapping[str, str] = config) -> tuple[str, ...]:
            return objects.built(objects.of_arch(paths, of.arch), config, tree.read)

        mine = [path for path in goals if path not in found and objects.of_arch([path], of.arch)]
        if mine:
            found |= users(mine, built, tree.read, grep, sorted(made))
    return found


def _why(
    tree: TreeRequest, path: str, kept: Sequence[tuple[Configuration, Mapping[str, str]]], archs: Sequence[Arch]
) -> str:
    """Return why no configuration compiles a file."""
    if not any(objects.of_arch([path], name) for name in archs):
        return arch.missing(path.split("/")[1])
    if not objects.is_source(path):
        return "nothing that includes it is compiled here"
    asked = asking.symbols(path, tree.read)
    off = next((one for one in asked if not _any_on(kept, one)), "")
    return f"CONFIG_{off} cannot be set on {' or '.join(archs)}" if off else "no Makefile that is read names it"


def _any_on(kept: Sequence[tuple[Configuration, Mapping[str, str]]], symbol: str) -> bool:
    return any(_on(config, symbol) for _, config in kept)


def _on(config: Mapping[str, str], symbol: str) -> bool:
    return config.get(symbol, "n") in {"y", "m"}

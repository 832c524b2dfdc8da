# SPDX-License-Identifier: GPL-2.0-only
"""Which symbols the Makefiles ask for before they compile a file: on its own line, and around it, all the way up.

What they ask is read as text, as `checks.kernel.objects` reads it, and more rather than less: a symbol that is asked
for in vain does no harm, as whoever sets it looks at what came of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from checks.kernel.objects import above, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LIST = re.compile(r"^\s*(?P<stem>[\w.-]+?)-(?:y|m|objs|\$\(CONFIG_(?P<symbol>\w+)\))\s*[+:?]?=(?P<value>.*)$")
_IF = re.compile(
    r"^\s*(?:ifdef\s+CONFIG_(?P<defined>\w+)|ifeq\s*\(\s*\$\(CONFIG_(?P<equal>\w+)\)\s*,\s*\"?[ym]\"?\s*\)"
    r"|ifneq\s*\(\s*\$\(CONFIG_(?P<set>\w+)\)\s*,\s*\))"
)
_LISTS = frozenset({"obj", "lib", "core", "libs", "drivers", "net", "extra", "subdir"})


class _Line(NamedTuple):
    """A line that lists objects or folders, and the symbols of it and of what is around it."""

    stem: str
    symbols: tuple[str, ...]
    words: frozenset[str]


def symbols(source: str, read: Callable[[str], str]) -> tuple[str, ...]:
    """Return the symbols that are asked for before a source is compiled, without CONFIG_, those nearest to it first.

    Args:
        source: a .c or .S file.
        read: returns a file's text, empty where it does not exist.
    """
    found: dict[str, None] = {}
    for name, folder in above(source):
        for file in ("Kbuild", "Makefile"):
            found |= dict.fromkeys(_named(name, folder, read(f"{folder}{file}")))
    return tuple(found)


def _named(name: str, folder: str, makefile: str) -> Iterator[str]:
    """Yield the symbols by which a Makefile asks for a name, or for a composite object that it is a part of."""
    lines = [*_lines(makefile)]
    goals, done = {name, f"{folder}{name}"}, set[_Line]()
    while more := [each for each in lines if each not in done and not goals.isdisjoint(each.words)]:
        for each in more:
            yield from each.symbols
            done.add(each)
            if each.stem not in _LISTS:
                goals.update(names_of(each.stem))


def _lines(makefile: str) -> Iterator[_Line]:
    around: list[tuple[str, ...]] = []
    for line in re.sub(r"\\\n", " ", makefile).split("\n"):
        text = line.partition("#")[0]
        if condition := _IF.match(text):
            around.append(tuple(filter(None, condition.groups())))
        elif re.match(r"^\s*if(n?eq|n?def)\b", text):
            around.append(())
        elif re.match(r"^\s*else\b", text) and around:
            around[-1] = ()
        elif re.match(r"^\s*endif\b", text) and around:
            around.pop()
        elif found := _LIST.match(text):
            own = (found["symbol"],) if found["symbol"] else ()
            outer = tuple(symbol for each in around for symbol in each)
            yield _Line(found["stem"], own + outer, frozenset(found["value"].split()))

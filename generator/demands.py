# SPDX-License-Identifier: GPL-2.0-only
"""What a fragment asks of the function and the file that it goes into: variables, names, what comes before or behind.

A lock that ends before the place, or a value that is set behind it, leaves all lines around the place as they were.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from generator.lines import TOKEN, named, number, read
from generator.source import content, members, walk
from generator.spot import AnchorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tree_sitter import Node

    from generator.source import Source
    from generator.spot import Spot

MOST = 3
"""How many lines are kept a side: those next to the place."""
_LOCKS = (
    rb"(?:\w*_)?(?:un)?lock(?:_\w+)?\s*\(|\w*irq_(?:save|restore|disable|enable)\s*\(|\w*preempt_(?:dis|en)able\w*\s*\("
)
_FREES = rb"\w*(?:free|put|release|destroy|unregister)\w*\s*\([^;]*(?<![\w>.])%b(?!\w)"
_SETS = rb"(?<![\w>.])%b\s*(?:[-+|&^*/%%]|<<|>>)?=(?!=)"
_CHECKS = rb"if\s*\([^{]*(?<![\w>.])%b(?!\w)"
_DECLARE = {"identifier", "declaration", "parameter_list", "parameter_declaration", "else_clause", "ERROR"}
_HOLD = ("_statement", "_declarator")
"""The nodes in which a declaration can be, by their type or its end."""
_POINTER = "*"
_FRAGMENT = "add an alternative with a fragment for this base"


class Sides(NamedTuple):
    """Lines of a function that stay on their side of a place.

    Attributes:
        earlier: those before it.
        later: those behind it.
    """

    earlier: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def variables(node: Node) -> dict[str, set[int]]:
    """Return the variables and parameters that a function declares, and how many stars each has."""
    found: dict[str, set[int]] = {}
    todo = [node]
    while todo:
        here = todo.pop()
        if here.type == "identifier" and (stars := _stars(here)) is not None:
            found.setdefault(content(here), set()).add(stars)
        todo += (one for one in here.named_children if one.type in _DECLARE or one.type.endswith(_HOLD))
    return found


def used(node: Node, text: bytes) -> list[str]:
    """Return the variables of a function that a text uses, a pointer with its stars."""
    words = {one.decode("utf-8", "replace") for one in TOKEN.findall(text)}
    known = {name: stars for name, stars in variables(node).items() if name in words}
    return sorted(f"{_POINTER * min(stars)}{name}" if len(stars) == 1 else name for name, stars in known.items())


def names(source: Source) -> set[str]:
    """Return what a file defines: functions, macros, variables, members and enumerators."""
    known = set()
    for symbol in source.symbols():
        if symbol.kind in {"function", "macro", "variable"}:
            known.add(symbol.name)
        elif symbol.kind == "struct":
            known |= {name for name, _ in members(symbol.node)}
    for top in source.root.children:
        if top.type == "enum_specifier":
            known |= {content(one.child_by_field_name("name") or one) for one in walk(top) if one.type == "enumerator"}
    return {one for one in known if named(one.encode())}


def sides(text: bytes, place: Spot, wanted: Iterable[str], changed: Collection[tuple[bytes, ...]]) -> Sides:
    """Return the lines of a function that have to stay on their side of a place.

    Args:
        text: the function.
        place: the place in it.
        wanted: the variables that are used there.
        changed: lines that the patch changes, there or elsewhere.
    """
    lines = read(text)
    counts = Counter(one.tokens for one in lines)
    once = [one for one in lines if counts[one.tokens] == 1 and one.tokens not in changed]
    bare = [re.escape(one.lstrip(_POINTER).encode()) for one in wanted]
    before = _any([_LOCKS, *(form % one for one in bare for form in (_SETS, _CHECKS))])
    behind = _any([_LOCKS, *(form % one for one in bare for form in (_SETS, _FREES))])
    indent = max((one.indent for one in lines if one.end <= place.start), default=0)
    shown = [(one, text[one.start : one.end].strip()) for one in once]
    above = [line for one, line in shown if one.end <= place.start and one.indent <= indent and before.search(line)]
    below = [line for one, line in shown if one.start >= place.end and behind.search(line)]
    return Sides(_written(above[-MOST:]), _written(below[:MOST]))


def _any(patterns: Sequence[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(b"(?:%b)" % one for one in patterns))


def _written(lines: Iterable[bytes]) -> tuple[str, ...]:
    """Return those of some lines that a definition can hold."""
    return tuple(one.decode() for one in lines if one.isascii() and one.decode().isprintable())


def demand_variables(node: Node | None, home: bytes, needs: Sequence[str], called: str) -> None:
    """Refuse a home that lacks a variable which the fragment uses, or has it as another thing.

    Raises:
        AnchorError: it does.
    """
    words = {*TOKEN.findall(home)} if needs else set()
    known = variables(node) if node is not None and needs else {}
    for one in needs:
        name = one.lstrip(_POINTER)
        stars = len(one) - len(name)
        if name.encode() not in words:
            raise AnchorError(f"{called} has no {name}, which the fragment uses", hint=_FRAGMENT)
        if name in known and len(known[name]) == 1 and stars not in known[name]:
            here = f"{_POINTER * min(known[name])}{name}"
            raise AnchorError(f"{called} has {here}, and the fragment uses {one}", hint=_FRAGMENT)


def demand_names(text: bytes, uses: Sequence[str]) -> None:
    """Refuse a file without a name which the fragment uses, and which the file had that the edit was made on.

    Raises:
        AnchorError: it is.
    """
    for one in uses:
        if not re.search(rb"(?<!\w)%b(?!\w)" % re.escape(one.encode()), text):
            raise AnchorError(f"the file has no {one}, which the fragment uses", hint=_FRAGMENT)


def demand_sides(text: bytes, home: Spot, spot: Spot, kept: Sides) -> None:
    """Refuse a place with a line on the other side of it that has to stay where it was.

    Raises:
        AnchorError: there is one.
    """
    if not any(kept):
        return
    lines = read(text, home.start, home.end)
    for wanted, behind in [(one, False) for one in kept.earlier] + [(one, True) for one in kept.later]:
        tokens = tuple(TOKEN.findall(wanted.encode()))
        here = [one for one in lines if one.tokens == tokens]
        if here and all((one.end <= spot.start) if behind else (one.start >= spot.end) for one in here):
            now, was = ("before", "behind") if behind else ("behind", "before")
            where = number(text, here[0].start)
            raise AnchorError(f"`{wanted}` in line {where} is {now} the place, and was {was} it", hint=_FRAGMENT)


def _stars(node: Node) -> int | None:
    """Return how many stars stand before a name where it is declared as a parameter or a variable; else None."""
    stars = 0
    above = node.parent
    while above is not None and above.type in {"pointer_declarator", "array_declarator", "init_declarator"}:
        if above.type == "init_declarator" and above.child_by_field_name("declarator") != node:
            return None
        stars += above.type == "pointer_declarator"
        node, above = above, above.parent
    return stars if above is not None and above.type in {"parameter_declaration", "declaration"} else None

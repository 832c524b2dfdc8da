# SPDX-License-Identifier: GPL-2.0-only
"""What a fragment asks of the function and the file that it goes into: variables, names, what comes before or behind.

A lock that ends before the place, or a value that is set behind it, leaves all lines around the place as they were.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from generator import calls
from generator.held import callers, held
from generator.lines import TOKEN, named, number, read
from generator.scope import needed, outer, visible
from generator.source import content, members, walk
from generator.spot import AnchorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

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
CALLERS = " of every caller"
"""How a lock ends that the callers of a function hold."""
_POINTER = "*"
_MEMBER = {b".", b">"}
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


def used(node: Node, text: bytes, offset: int) -> list[str]:
    """Return the variables of a function that a text uses, as the place sees them: `struct port *p`.

    What the place does not see, as what the text itself declares, is a name with its stars alone.
    """
    words = _words(text)
    known = {name: stars for name, stars in variables(node).items() if name in words}
    seen = visible(node, offset) if known else {}
    found = []
    for name, stars in known.items():
        if name in seen and seen[name][-1].kind:
            found.append(str(seen[name][-1]))
        else:
            found.append(f"{_POINTER * min(stars)}{name}" if len(stars) == 1 else name)
    return sorted(found)


def _words(text: bytes) -> set[str]:
    """Return the words of a text, but for members of something."""
    tokens = [b"", *TOKEN.findall(text)]
    return {one.decode("utf-8", "replace") for before, one in itertools.pairwise(tokens) if before not in _MEMBER}


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
    for one in map(needed, needs):
        if one.name.encode() not in words:
            raise AnchorError(f"{called} has no {one.name}, which the fragment uses", hint=_FRAGMENT)
        stars = known.get(one.name, set())
        if len(stars) == 1 and one.stars not in stars:
            here, wanted = (f"{_POINTER * count}{one.name}" for count in (min(stars), one.stars))
            raise AnchorError(f"{called} has {here}, and the fragment uses {wanted}", hint=_FRAGMENT)


def doubts(source: Source, node: Node, offset: int, needs: Sequence[str], locks: Sequence[str]) -> Iterator[str]:
    """Yield what is otherwise at a place of a function than it was where the edit was made.

    Args:
        source: the file.
        node: the function.
        offset: the place.
        needs: the variables that the fragment uses.
        locks: what was held.
    """
    seen = visible(node, offset) if needs else {}
    for one in map(needed, needs):
        there = seen.get(one.name, [])
        if not there or not one.order:
            continue
        here = there[-1]
        if len(there) > one.order:
            yield f"`{here._replace(order=0)}` hides the {one.name} that the fragment uses"
        elif len(there) < one.order:
            yield f"{one.name} is the one that was hidden"
        elif not one.fits(here):
            yield f"{one.name} is `{here._replace(order=0)}`, and was `{one._replace(order=0)}`"
    own = [one for one in locks if not one.endswith(CALLERS)]
    here_held = held(node, offset)
    yield from (f"{one} is held, and was not" for one in here_held if one not in own)
    yield from (f"{one} is not held, and was" for one in own if one not in here_held)
    every, some = ({f"{one}{CALLERS}" for one in known} for known in callers(source, node))
    yield from (f"{one} is held, and was not" for one in sorted(every.difference(locks)))
    yield from (f"{one} is not held, and was" for one in locks if one.endswith(CALLERS) and one not in some)


def locked(source: Source, node: Node, offset: int) -> list[str]:
    """Return what is held at a place of a function, as an edit's `locks` has it."""
    return [*held(node, offset), *(f"{one}{CALLERS}" for one in sorted(callers(source, node)[0]))]


def demand_names(text: bytes, uses: Sequence[str]) -> None:
    """Refuse a file without a name which the fragment uses, and which the file had that the edit was made on.

    Raises:
        AnchorError: it is.
    """
    for one in uses:
        head = calls.read(one)
        name = head.name if head else needed(one).name
        if not re.search(rb"(?<!\w)%b(?!\w)" % re.escape(name.encode()), text) and not (head and head.called):
            raise AnchorError(f"the file has no {name}, which the fragment uses", hint=_FRAGMENT)


def strange(source: Source, uses: Sequence[str]) -> Iterator[str]:
    """Yield what a fragment calls and a file has with other arguments, or another value, than where it was made."""
    for one in map(needed, (one for one in uses if "(" not in one)):
        there = outer(source, one.name) if one.kind else []
        if there and not any(map(one.fits, there)):
            yield f"{one.name} is `{there[0]}`, and was `{one}`"
    for head in filter(None, map(calls.read, uses)):
        if head.called:
            count, counts = len(head.arguments), calls.counts(source.text, head.name)
            if counts and count not in counts:
                yield f"{head.name}() is called with {min(counts)} arguments, and the fragment has {count}"
            continue
        known = list(calls.heads(source, head.name))
        if known and not any(map(head.fits, known)):
            yield f"`{known[0]}` was `{head}`"


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

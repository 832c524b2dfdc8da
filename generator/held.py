# SPDX-License-Identifier: GPL-2.0-only
"""The locks that are held at a place of a function, as far as the function itself shows, and its callers in the file.

What stands before the place in the blocks that it lies in is read in order. A lock that is taken or dropped in a block
beside them, as before an early return, decides nothing behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.nesting import before, is_open
from generator.source import content, declared_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from generator.source import Source

_CALL = re.compile(r"(?P<not>!\s*)?(?<![\w>.])(?P<name>\w+)\s*\(")
_HOW = re.compile(r"(?:_(?:irqsave|irqrestore|irq|bh|nested|nest_lock|interruptible|killable|timeout|trylock|io))+$")
_LOCK = re.compile(r"(?:.*_)?(?:(?P<drops>un)|try)?lock(?:_.*)?")
_SEMAPHORE = re.compile(r"(?:down|(?P<drops>up))(?P<kind>_read|_write)?(?:" + _HOW.pattern[:-1] + r"|_non_owner)?")
_PAIR = re.compile(
    r"(?P<what>preempt|migrate|local_bh|local_irq|pagefault)_(?:disable|save|(?P<drops>enable|restore))(?:_\w+)?"
)
_NO_LOCK = re.compile(r"lockdep|_init(?:_|$)|(?:^|_)(?:init|is|assert|key|contended|needbreak|ops)(?:_|$)")
_FAILS = re.compile(r"_(?:interruptible|killable|timeout)$")
"""A function that returns 0 where it took the lock; one that tries returns something else."""
_GUARD = re.compile(r"\b(?:guard\s*\(\s*(?P<kind>\w+)\s*\)\s*\(|scoped_guard\s*\(\s*(?P<scoped>\w+)\s*,?)")
_GUARDS = {"mutex": "mutex_lock", "spinlock": "spin_lock", "rcu": "rcu_read_lock", "preempt": "preempt_disable"}
_SPECIAL = {"lock_sock": ("lock_sock", False), "release_sock": ("lock_sock", True)}
_OWN = re.compile(r"\((?:.*(?:->|\.|&))?")
"""How a lock begins that a function has by a name of its own."""
_READS = {"expression_statement", "declaration", "return_statement"}


def held(function: Node, offset: int) -> list[str]:
    """Return what is held at a place of a function, as `mutex_lock(&d->lock)`, in the order in which it is taken."""
    found: dict[str, None] = {}
    here = function.child_by_field_name("body")
    while here is not None:
        inner = None
        for child in here.named_children:
            if child.start_byte >= offset:
                break
            if child.end_byte > offset:
                inner = child
            else:
                _passed(child, found)
        if inner is not None:
            _entered(inner, offset, found)
        here = inner
    return list(found)


def callers(source: Source, function: Node) -> tuple[set[str], set[str]]:
    """Return what all callers of a function of a file hold, and what any of them does; nothing where not all are known.

    They have another name for what they lock, and share the last of it: `mutex_lock(lock)`.
    """
    name = declared_name(function.child_by_field_name("declarator"))
    word = re.compile(rb"(?<![\w.>])%b(?!\w)(\s*\()?" % re.escape(name.encode()))
    if not re.search(rb"\bstatic\b", source.text[source.start(function) : function.end_byte].partition(b"(")[0]):
        return set(), set()
    found: list[set[str]] = []
    for one in source.every("function"):
        if one.node == function or source.shown.find(name.encode(), one.node.start_byte, one.node.end_byte) < 0:
            continue
        for call in word.finditer(source.shown, one.node.start_byte, one.node.end_byte):
            if call[1] is None:
                return set(), set()
            found.append({_OWN.sub("(", lock) for lock in held(one.node, call.start())})
    return (set.intersection(*found), set.union(*found)) if found else (set(), set())


def _passed(node: Node, found: dict[str, None]) -> None:
    """Read what a statement surely does: itself, the condition of an `if`, what a label stands before."""
    while node.type == "labeled_statement" and node.named_children:
        node = node.named_children[-1]
    if node.type == "if_statement":
        condition = node.child_by_field_name("condition")
        if condition is not None:
            _read(content(condition), found, taken=False)
    elif node.type in _READS:
        _read(content(node), found, taken=None)


def _entered(node: Node, offset: int, found: dict[str, None]) -> None:
    """Read how a block begins that a place lies in."""
    macro = before(node) if node.type == "compound_statement" else None
    if macro is not None and is_open(macro):
        _read(content(macro), found, taken=None, scoped=True)
    if node.type == "if_statement":
        condition, inside = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        if condition is not None and inside is not None:
            within = inside.start_byte < offset < inside.end_byte
            _read(content(condition), found, taken=within)


def _read(text: str, found: dict[str, None], *, taken: bool | None, scoped: bool = False) -> None:
    """Read a statement: what it takes is held from there on, and what it drops no more.

    Args:
        text: the statement.
        found: what is held.
        taken: of a condition, whether it is true at the place; None of what is none.
        scoped: True where the place is in the block behind it.
    """
    for guard in _GUARD.finditer(text):
        if (guard["scoped"] is not None) == scoped:
            kind = _HOW.sub("", (guard["scoped"] or guard["kind"]).removeprefix("raw_"))
            found[f"{_GUARDS.get(kind, kind)}({_first(text, guard.end())})"] = None
    for call in _CALL.finditer(text):
        name = call["name"]
        kind, drops = _SPECIAL.get(name) or _kind(name)
        said = f"{kind}({_first(text, call.end())})"
        if drops:
            found.pop(said, None)
        elif kind and (taken is None or taken == ((call["not"] is None) != bool(_FAILS.search(name)))):
            found[said] = None


def _kind(name: str) -> tuple[str, bool]:
    """Return what a function takes or drops, and whether it drops it; an empty name where that is no lock."""
    if pair := _PAIR.fullmatch(name):
        return f"{pair['what']}_disable", pair["drops"] is not None
    if semaphore := _SEMAPHORE.fullmatch(name):
        return f"down{semaphore['kind'] or ''}", semaphore["drops"] is not None
    lock = _LOCK.fullmatch(name)
    if lock is None or _NO_LOCK.search(name):
        return "", False
    bare = _HOW.sub("", re.sub(r"(?:un|try)lock", "lock", name.removeprefix("raw_")))
    return bare, lock["drops"] is not None


def _first(text: str, at: int) -> str:
    """Return the first of some arguments, without spaces."""
    depth, end = 0, at
    while end < len(text) and (depth or text[end] not in ",)"):
        depth += (text[end] in "([{") - (text[end] in ")]}")
        end += 1
    return "".join(text[at:end].split())

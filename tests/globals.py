# SPDX-License-Identifier: GPL-2.0-only
"""Finding what a module remembers after it was imported: caches that no object owns, and any thread may be writing to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHES = {"cache", "lru_cache"}
CONTAINERS = {"dict", "list", "set", "bytearray", "defaultdict", "OrderedDict", "Counter", "deque", "WeakKeyDictionary"}
DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
WRITES = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove"),
    *("setdefault", "update"),
}
READS = {
    *(
        "all",
        "any",
        "dict",
        "enumerate",
        "filter",
        "frozenset",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
    ),
    *("set", "sorted", "sum", "tuple", "zip"),
}
"""What may be given a container: it writes to none."""


def remembered(text: str) -> list[str]:
    """Return what a module remembers: the names of memoised functions, and of containers that its functions write to."""
    module = ast.parse(text)
    found = [node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and _memoised(node)]
    made: set[str] = set()
    for statement in module.body:
        for name, value in _assigned(statement):
            if isinstance(value, ast.Call) and _called(value.func) in CACHES:
                found.append(name)
            elif isinstance(value, DISPLAYS) or (isinstance(value, ast.Call) and _called(value.func) in CONTAINERS):
                made.add(name)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    written = {name for function in functions for node in ast.walk(function) for name in _written(node)}
    return sorted({*found, *(made & written)})


def _memoised(function: ast.FunctionDef) -> bool:
    """Tell whether a function is memoised; what a method remembers hangs on its class, which is global too."""
    return any(_called(one.func if isinstance(one, ast.Call) else one) in CACHES for one in function.decorator_list)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a statement assigns to, each with what it gets."""
    if isinstance(statement, ast.Assign):
        yield from ((one.id, statement.value) for one in statement.targets if isinstance(one, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.value


def _written(node: ast.AST) -> Iterator[str]:
    """Yield the names whose value a node may change: by an item, a method, `global`, or as a function's argument."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            yield name
        case ast.Global(names=names):
            yield from names
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in WRITES:
            yield name
        case ast.Call(func=function) if _called(function) not in READS:
            given = [*node.args, *(one.value for one in node.keywords)]
            yield from (one.id for one in given if isinstance(one, ast.Name))


def _called(function: ast.expr) -> str:
    """Return the last word of what is called."""
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )

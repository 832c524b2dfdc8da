# SPDX-License-Identifier: GPL-2.0-only
"""Finding what a module remembers after it was imported: state that no object owns, and any thread may be writing to.

1. Functions that are memoised.
2. What modules and classes are given when they are made: containers, and objects of classes that change themselves.
3. What functions write to: by an item, a method that changes, an attribute, `global`, or as somebody's argument.
4. A container of 2 that 3 writes to is remembered; so is such an object, whoever writes to it; so is an attribute that
   a function sets of a module, a class, a function or an object that is there once.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.syntax import nodes, tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

CACHES = {"cache", "lru_cache"}
CONTAINERS = {"dict", "list", "set", "bytearray", "defaultdict", "OrderedDict", "Counter", "deque", "WeakKeyDictionary"}
DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
WRITES = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft", "remove"),
    *("setdefault", "update"),
}
READS = {
    *("all", "any", "dict", "enumerate", "filter", "frozenset", "isinstance", "iter", "len", "list", "map", "max", "min"),
    *("set", "sorted", "sum", "tuple", "zip"),
}  # fmt: skip
"""What may be given a container: it writes to none."""
MAKERS = {"__init__", "__post_init__", "__new__"}
"""Methods in which an object is made, and so not changed yet."""
EXCEPT = {
    "generator/process.py": ["interrupts"],  # signals reach a process, and Python's handlers its main thread
    "respin/program.py": ["sys"],  # and so does what no one could raise, unraisablehook
}
"""What a process has once, whoever owns what: for each module what it remembers."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def remembered(text: str, changing: Collection[str] = ()) -> list[str]:
    """Return the names of what a module remembers.

    Args:
        text: the module's.
        changing: names of classes whose objects change, beside those of the module.
    """
    module = tree(text)
    changing = changed_by_themselves([text], changing)
    functions = [node for node in nodes(module) if isinstance(node, ast.FunctionDef)]
    found = {one.name for one in functions if _memoised(one)}
    containers, classes = set(), [node for node in nodes(module) if isinstance(node, ast.ClassDef)]
    for body in (module.body, *(one.body for one in classes)):
        for name, value in _assigned(body):
            made = {_called(one.func) for one in nodes(value) if isinstance(one, ast.Call)}
            if (isinstance(value, ast.Call) and _called(value.func) in CACHES) or made & set(changing):
                found.add(name)
            elif isinstance(value, DISPLAYS) or (isinstance(value, ast.Call) and _called(value.func) in CONTAINERS):
                containers.add((body is module.body, name))
    writing = _Writing({*_once(module)}, {one.name for one in classes})
    for node in module.body:
        writing.look(node, bound=None)
    own = {attribute for one in classes for attribute in _set_on_self(one, MAKERS)}
    found |= {name for top, name in containers if name in (writing.names if top else writing.attributes - own)}
    return sorted(found | writing.kept)


def changed_by_themselves(texts: Collection[str], known: Collection[str] = ()) -> set[str]:
    """Return the names of the classes that write to their own objects once those are made, or inherit from one."""
    trees = [node for text in texts for node in nodes(tree(text)) if isinstance(node, ast.ClassDef)]
    found = {*known}
    while more := {
        one.name
        for one in trees
        if one.name not in found and ({_called(base) for base in one.bases} & found or _changes(one))
    }:
        found |= more
    return found


def _changes(one: ast.ClassDef) -> bool:
    later = {each.name for each in one.body if isinstance(each, ast.FunctionDef)} - MAKERS
    return bool(_set_on_self(one, later)) or any(
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
        for each in one.body
        if isinstance(each, ast.FunctionDef) and each.name in later
        for node in nodes(each)
        for target in _changed(node, arguments=False)
    )


def _set_on_self(one: ast.ClassDef, methods: Collection[str]) -> set[str]:
    """Return the attributes that some methods of a class set of their object."""
    return {
        node.attr
        for each in one.body
        if isinstance(each, ast.FunctionDef) and each.name in methods
        for node in nodes(each)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    }


def _memoised(function: ast.FunctionDef) -> bool:
    """Tell whether a function is memoised; what a method remembers hangs on its class, which is global too."""
    return any(_called(one.func if isinstance(one, ast.Call) else one) in CACHES for one in function.decorator_list)


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that statements assign to, each with what it gets."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            yield from ((one.id, statement.value) for one in statement.targets if isinstance(one, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value


def _once(module: ast.Module) -> Iterator[str]:
    """Yield the names of what is there once: imported, wherever that is, or made at the top of the module."""
    for node in nodes(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((one.asname or one.name).partition(".")[0] for one in node.names)
    yield from (name for name, _ in _assigned(module.body))
    yield from (one.name for one in module.body if isinstance(one, ast.FunctionDef | ast.ClassDef))


@dataclass
class _Writing:
    """What the functions of a module write to.

    Attributes:
        once: names of what is there once.
        classes: names of the module's classes.
        names: of `once`, those that are written to.
        attributes: of an object of a class, or of the class, those that are written to.
        kept: what is there once and has an attribute set or written to; and attributes of a class that are.
    """

    once: set[str]
    classes: set[str]
    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    def look(self, node: ast.AST, bound: set[str] | None) -> None:
        """Look at a node and all below it; `bound` are the names that functions around it have for themselves."""
        if bound is not None:
            self._see(node, bound)
        inner = bound if not isinstance(node, Function) else {*(bound or ()), *_bound(node)}
        for one in ast.iter_child_nodes(node):
            self.look(one, inner)

    def _see(self, node: ast.AST, bound: set[str]) -> None:
        if isinstance(node, ast.Global):
            self.kept.update(node.names)
        for target in _changed(node, arguments=True):
            self._written(target, bound)
        for target, attribute in _attributes(node):
            of_class = isinstance(target, ast.Name) and target.id in self.classes - bound | {"cls"}
            if of_class or (isinstance(target, ast.Call) and _called(target.func) == "type"):
                self.kept.add(attribute)
            elif isinstance(target, ast.Name) and target.id in self.once - bound:
                self.kept.add(target.id)

    def _written(self, target: ast.expr, bound: set[str]) -> None:
        match target:
            case ast.Name(id=name) if name not in bound:
                self.names.add(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in {"self", "cls"} | self.classes:
                self.attributes.add(attribute)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="type")), attr=attribute):
                self.attributes.add(attribute)
            case ast.Attribute(value=ast.Name(id=name)) if name in self.once - bound:
                self.kept.add(name)


def _bound(function: Function) -> Iterator[str]:
    """Yield the names that a function has for itself: what it is given, and what it assigns; not what it imports."""
    given = function.args
    yield from (one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs))
    yield from (one.arg for one in (given.vararg, given.kwarg) if one)
    inner = nodes(function)[1:]
    shared = {name for node in inner if isinstance(node, ast.Global) for name in node.names}
    stored = (node.id for node in inner if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    yield from (name for name in stored if name not in shared)


def _changed(node: ast.AST, *, arguments: bool) -> Iterator[ast.expr]:
    """Yield the expressions whose value a node may change: by an item, a method, or as a function's argument."""
    match node:
        case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
            yield target
        case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in WRITES:
            yield target
        case ast.Call(func=function) if arguments and _called(function) not in READS:
            given = [*node.args, *(one.value for one in node.keywords)]
            yield from (one for one in given if isinstance(one, ast.Name))


def _attributes(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield what has an attribute set or deleted by a node, and which one."""
    match node:
        case ast.Attribute(value=target, attr=attribute, ctx=ast.Store() | ast.Del()):
            yield target, attribute
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, ast.Constant(value=str(attribute)), *_]):
            yield target, attribute
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]):
            yield target, "setattr"


def _called(function: ast.expr) -> str:
    """Return the last word of what is called."""
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )

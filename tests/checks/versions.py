# SPDX-License-Identifier: GPL-2.0-only
"""What code a verdict follows from, as a digest a version: `python -m tests.checks.versions` writes versions.toml.

A verdict is kept under its check's `version`. Whoever changes code that a check stands on has to say whether equal
content may now give another verdict: then the version is raised, else the digest alone is written anew.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from checks import machine
from checks.kernel import clang, observe, spatch
from checks.registry import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("versions.toml")
PACKAGES = ("checks", "generator", "patchset", "respin")
GIVEN = {"mail-lint": "respin.posting.unproven"}
"""What a check is given that it does not import: the verdict follows from the code of that too."""
OUTSIDE = frozenset({
    *(f"checks.{name}" for name in ("contract", "cache", "programs", "runner", "registry", "parallel", "toolchain")),
    *(f"generator.{name}" for name in ("git", "lock", "objects", "process", "store", "temporary", "theirs", "tree")),
    *(f"generator.{name}" for name in ("base", "folder", "links", "plain", "subfolder", "watcher", "whole")),
    *("patchset.errors", "respin.version"),
})  # fmt: skip
"""What carries texts and verdicts and makes none."""


def versions() -> dict[str, tuple[str, int]]:
    """Return, by what is kept, the module that comes to it and its version."""
    facts = {f"fact {one.__name__}": (one.__name__, one.VERSION) for one in (clang, machine, observe, spatch)}
    return {name: (type(check).__module__, check.version) for name, check in CHECKS.items()} | facts


def behind(name: str) -> tuple[str, ...]:
    """Return the modules whose code makes what is kept under a name."""
    module, _ = versions()[name]
    return (module, GIVEN[name]) if name in GIVEN else (module,)


def digest(*modules: str, root: Path = ROOT) -> str:
    """Return the digest of some modules' code and of all that it stands on, without comments and docstrings."""
    known = dict(_closure(modules, root))
    made = hashlib.sha256()
    for name in sorted(known):
        made.update(known[name].encode())
    return made.hexdigest()[:16]


def stated() -> str:
    """Return versions.toml as it has to be."""
    rows = (
        f'"{name}" = {{ version = {number}, code = "{digest(*behind(name))}" }}\n'
        for name, (_, number) in versions().items()
    )
    return (
        "# SPDX-License-Identifier: GPL-2.0-only\n# Made by tests/checks/versions.py, which says what it is for.\n"
        + "".join(rows)
    )


def complaint(name: str, written: Mapping[str, object], number: int, code: str) -> str:
    """Return what is wrong with a row of versions.toml; empty where nothing is."""
    if written == {"version": number, "code": code}:
        return ""
    if written.get("version") == number:
        return (
            f"code that {name} stands on has changed: raise its version, if equal content may now give another verdict"
        )
    return f"the version of {name} is {number}"


def _closure(modules: Iterable[str], root: Path) -> Iterator[tuple[str, str]]:
    todo, seen = [*modules], set(OUTSIDE)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        path = root.joinpath(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not file.is_file():
            continue
        imports, does = _read(file.read_text("utf-8"))
        todo += imports
        yield name, does


@functools.cache
def _read(text: str) -> tuple[tuple[str, ...], str]:
    """Return what a module imports of respin, and what it does; every check stands on much of the same."""
    tree = ast.parse(text)
    return tuple(_imports(tree)), code(text, tree)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports of respin; a name may be a module or something in one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in PACKAGES:
            yield node.module or ""
            yield from (f"{node.module}.{each.name}" for each in node.names)


def code(text: str, tree: ast.Module) -> str:
    """Return the lines of a module that do something: no imports, no comments, no docstrings."""
    idle: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        said = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if said or isinstance(node, ast.Import | ast.ImportFrom):
            idle.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = (line.strip() for number, line in enumerate(text.splitlines(), 1) if number not in idle)
    return "\n".join(line for line in lines if line and not line.startswith("#"))


if __name__ == "__main__":
    FILE.write_text(stated(), "utf-8")

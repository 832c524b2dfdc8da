# SPDX-License-Identifier: GPL-2.0-only
"""What the engine may not say: words of a series in code that is for any, and one series' own facts in the crash test."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from patchset.plan import Crash

FOLDERS = frozenset({"patchset", "generator", "checks", "respin", "templates", "scripts", ".ci"})
FILES = frozenset({"action.yml", "Containerfile", "Makefile", ".pre-commit-hooks.yaml"})
"""Where the engine is, and what makes and starts it."""
FRAGMENTS = "templates/c"
"""Where the texts of the series are, a folder each."""
TEXTS = frozenset({"", ".py", ".toml", ".json", ".sh", ".j2", ".js", ".css", ".txt", ".yml", ".yaml"})
CRASH = ("checks/crash/", "checks/userland/")
"""The crash test of a guest with an encrypted disk: the words of the trade are its own, those of a series are not."""
TOLD = (
    *(f"{each}*.py" for each in CRASH),
    "checks/crash/scenarios/*.py",
    "checks/proofs/crash.py",
    "respin/*/crash.py",
)
"""What runs it and shows it."""
DEFAULT = "patchset/default.toml"
"""The one place that names a series."""
WORDS = re.compile(r"luks|volume.?key|kdump|dm[-_]crypt", re.IGNORECASE)
EXCEPT = {
    ("checks/crash/scenarios/borrowed.py", "none"): "the helper's word for a writer without a keyring",
    ("checks/crash/scenarios/exposure.py", "saved"): "a stage, as reports have it",
    ("checks/crash/scenarios/exposure.py", "loaded"): "a stage, as reports have it",
}
"""Where a word of a series' file is another word, and which."""


def engine(paths: Iterable[str], series: Collection[str]) -> Iterator[str]:
    """Yield the engine's files among some paths; the folders of `series` are the definitions that come with it."""
    for path in paths:
        below = {str(one) for one in PurePosixPath(path).parents}
        ours = path in FILES or (below & FOLDERS and path != DEFAULT)
        if ours and PurePosixPath(path).suffix in TEXTS and not below & {*series, FRAGMENTS}:
            yield path


def words(text: str, names: Iterable[str]) -> list[str]:
    """Return the lines that name a series, or say what one is about."""
    pattern = re.compile("|".join([WORDS.pattern, *map(re.escape, names)]), re.IGNORECASE)
    return [line.strip() for line in text.splitlines() if pattern.search(line)]


def facts(path: str, text: str, crash: Crash) -> list[str]:
    """Return what of a series' `[crash]` stands in a module of the crash test: texts anywhere, numbers and states in code.

    A state is an English word: it counts as a whole string, in quotes in a string, or as what is written to a file.
    """
    key = crash.key
    texts = [crash.file.rpartition("/")[2], crash.parameter, crash.option, crash.helper, crash.message]
    texts += [key.description, key.description.partition(":")[0] + ":"]
    found = [one for one in texts if one.casefold() in text.casefold()]
    found += [key.type] if re.search(rf"\b{re.escape(key.type)}\b", text, re.IGNORECASE) else []
    numbers = {crash.record.magic, *asdict(crash.seconds).values()}
    states = {*asdict(crash.states).values(), crash.forget}
    excepted = {word for place, word in EXCEPT if place == path}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Constant):
            continue
        if type(node.value) is int and node.value in numbers:
            found.append(str(node.value))
        if isinstance(node.value, str):
            said = re.fullmatch(r"(?s)(\w+)|.*'(\w+)'.*|(?:.*\W)?echo (\w+) > ", node.value)
            word = next(filter(None, said.groups()), "") if said else ""
            found += [word] if word in states - excepted else []
    return found

# SPDX-License-Identifier: GPL-2.0-only
"""Run semantic patches in report mode over many versions of files at once, and keep what each said of each version.

A semantic patch reads one file at a time, so what it says follows from the script and from the file. All versions that
it has not seen yet are given to one process; starting it takes longer than a file does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks import cache
from checks.contract import Tool
from checks.parsers import coccinelle as parser
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SPATCH = Tool("spatch", "coccinelle")
VERSION = 1
"""Raised with each change after which the same words may lead to something else: it is part of the key."""
SECONDS = 300.0
"""The deadline of one script; most take three seconds for thirty files."""
FLAGS = ("-D", "report", "--very-quiet", "--no-show-diff")


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file as some commit has it.

    Attributes:
        path: in the tree.
        digest: of its text.
    """

    path: str
    digest: str

    @property
    def name(self) -> str:
        """Where it is put for spatch to read."""
        return f"{self.digest}/{self.path}"


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one script.

    Attributes:
        script: its path in the tree.
        said: of each version, lines and texts.
        broken: why it could not run, or empty.
        argv: the command, without the files.
    """

    script: str
    said: dict[FileVersion, tuple[tuple[int, str], ...]]
    broken: str
    argv: tuple[str, ...]


def store(folder: Path, path: str, text: bytes) -> FileVersion:
    """Put a version of a file where spatch will read it."""
    version = FileVersion(path, hashlib.sha256(text).hexdigest()[:16])
    file = folder / version.name
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    return version


@dataclass(frozen=True, slots=True)
class Scripts:
    """What runs semantic patches.

    Attributes:
        folder: where the versions are.
        source: the tree that the scripts are in.
        tool: what spatch is, in the words of `Programs.versions`.
        kept: respin's cache folder.
    """

    folder: Path
    source: Path
    tool: str
    kept: Path

    def run(self, name: str, versions: Iterable[FileVersion]) -> Ran:
        """Run one script, by its path in the tree, over those of some versions that it has not seen."""
        script = self.source / name
        text = script.read_text("utf-8", "replace")
        argv = ("spatch", *FLAGS, "--cocci-file", str(script), *parser.options(text))
        if wanted := parser.too_old(text, self.tool):
            return Ran(name, {}, f"it requires coccinelle {wanted}", argv)
        key = cache.key("spatch", VERSION, self.tool, text)
        known = _known(cache.read(self.kept, key))
        asked = list(versions)
        if todo := [each for each in asked if each.name not in known]:
            said, broken = _spatch(self.folder, argv, todo)
            if broken:
                return Ran(name, {}, broken, argv)
            known |= said
            cache.write(self.kept, key, known)
        return Ran(name, {each: tuple((line, said) for line, said in known[each.name]) for each in asked}, "", argv)


def _spatch(
    folder: Path, argv: Sequence[str], versions: Sequence[FileVersion]
) -> tuple[dict[str, list[tuple[int, str]]], str]:
    """Return what spatch said of each version, or why it could not."""
    try:
        names = [each.name for each in versions]
        with temporary() as room:  # spatch compiles a script's OCaml there, and leaves it
            done = process.run([*argv, *names], seconds=SECONDS, cwd=folder, check=False, env={"TMPDIR": str(room)})
    except InterruptedRunError:
        raise
    except InfrastructureError as error:
        return {}, error.message
    if done.returncode != 0:
        return {}, done.why()
    said: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for each in parser.parse(done.text):
        said.setdefault(each.file, []).append((each.line, each.text))
    return said, ""


def _known(value: object) -> dict[str, list[tuple[int, str]]]:
    """Return what was kept, as far as it can be read."""
    if not isinstance(value, dict):
        return {}
    try:
        return {str(name): [(int(line), str(text)) for line, text in said] for name, said in value.items()}
    except (TypeError, ValueError):
        return {}

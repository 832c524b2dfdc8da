# SPDX-License-Identifier: GPL-2.0-only
"""What a machine needs to use the rendered kernel: userland/ of a series' templates, written for the ABI in [crash].

userland/KIND/ holds the files for one kind of initramfs, userland/common/ those that all kinds have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from checks.contract import asked_for
from generator.commit import NOBODY
from generator.fragment import Fragments, TemplateCompiler
from patchset.edits import TEMPLATE
from patchset.errors import InputError
from patchset.snapshot import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from patchset.plan import Crash
    from patchset.snapshot import Folder
    from patchset.types import Series

FOLDER = "userland"
COMMON = "common"
EXECUTABLE = 0o755


def kinds(series: Series) -> tuple[str, ...]:
    """Return the kinds of initramfs that a series has files for."""
    folder = series.templates.joinpath(FOLDER)
    return tuple(sorted(each.name for each in folder.iterdir() if each.name != COMMON)) if folder.is_dir() else ()


def rendered(series: Series, kind: str, maintainer: str = NOBODY) -> dict[str, bytes]:
    """Return the files for one kind of initramfs, by path.

    Args:
        series: whose templates.
        kind: of initramfs.
        maintainer: who gives a package of them away: "Name <mail>".

    Raises:
        InputError: the series has none, or a template is none.
    """
    there = kinds(series)
    if kind not in there:
        hint = f"there are: {', '.join(there)}" if there else ""
        raise InputError(f"the series {series.name} has nothing for {kind}", hint=hint)
    variables = {**abi(asked_for(series.plan.crash)), "maintainer": maintainer, "kind": kind}
    fragments = Fragments(series.templates, {}, TemplateCompiler())
    made: dict[str, bytes] = {}
    for folder in (COMMON, kind):
        for path in _below(series.templates, f"{FOLDER}/{folder}"):
            source = text(series.templates, path)
            name = path.removeprefix(f"{FOLDER}/{folder}/").removesuffix(TEMPLATE)
            made[name] = fragments.text(source, path, **variables).encode()
    return made


def executable(content: bytes) -> bool:
    """Tell whether a file is a script."""
    return content.startswith(b"#!")


def name(files: Mapping[str, bytes]) -> str:
    """Return what an administrator calls it: the program that has a unit, whose lines on a console begin with it."""
    return next(path for path in files if f"{path}.service" in files)


def abi(crash: Crash) -> dict[str, object]:
    """Return what the templates are told of the kernel: [crash] of the series, by its own names."""
    return {
        "file": crash.file,
        "parameter": crash.parameter,
        "forget": crash.forget,
        "states": structs.asdict(crash.states),
        "key": structs.asdict(crash.key),
        "record": structs.asdict(crash.record),
        "seconds": structs.asdict(crash.seconds),
    }


def _below(templates: Folder, path: str) -> Iterator[str]:
    folder = templates.joinpath(path)
    for each in folder.iterdir() if folder.is_dir() else ():
        below = f"{path}/{each.name}"
        if each.is_dir():
            yield from _below(templates, below)
        else:
            yield below

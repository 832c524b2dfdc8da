# SPDX-License-Identifier: GPL-2.0-only
"""A copy of the series luks-kdump with a new patch in the middle: its own files, and one word of series.toml."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from patchset.loader import load, read

if TYPE_CHECKING:
    from pathlib import Path

    from patchset.types import Series

STEM, BEFORE = "middle", "protect"
DEFINITION = f"""\
subject = "crash_dump: say what a description is"
marker = "has_middle"

[probe.has_middle]
files = ["kernel/crash_luks_key.c"]
has = 'a description has no newline'

[[edit]]
id = "middle"
files = ["kernel/crash_luks_key.c"]
at = [{{ function = "luks_key_forget", place = "before" }}]
template = "{STEM}/say.c.j2"
"""


def grown(folder: Path) -> Series:
    """Write the copy below a folder, and read it."""
    series = load("luks-kdump")
    definition, templates = folder / "series", folder / "c"
    shutil.copytree(str(series.folder), definition)
    shutil.copytree(str(series.templates), templates)
    (definition / f"{STEM}.toml").write_text(DEFINITION)
    (definition / f"{STEM}.txt").write_text("Nobody knew.\n")
    (templates / STEM).mkdir()
    (templates / STEM / "say.c.j2").write_text("/* Of a key: a description has no newline. */\n\n")
    file = definition / "series.toml"
    text = file.read_text("utf-8")
    if text.count(f'"{BEFORE}"') != 1:
        raise ValueError(f"series.toml does not have {BEFORE} once")
    file.write_text(text.replace(f'"{BEFORE}"', f'"{STEM}", "{BEFORE}"'), "utf-8")
    return read(definition, templates)

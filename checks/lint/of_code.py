# SPDX-License-Identifier: GPL-2.0-only
"""B05 and B06, as far as a diff shows them: new options, new files, and that what users see is documented."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from checks.lint.posting import LineFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checks.lint.posting import Case

_LICENSED = frozenset(["c", "h", "s", "S", "rs", "dts", "dtsi", "dtso", "sh", "pl", "py", "awk", "tc", "yaml", "rst"])
"""Suffixes of files in which checkpatch looks for a license."""
_BUILD = frozenset({"Kconfig", "Makefile"})
_SPDX = "SPDX-License-Identifier:"
_PARAMETER = re.compile(r"\b(?:__setup|__setup_param|early_param|core_param)\(\s*\"([\w.]+)")
_MACRO = re.compile(r"\b([A-Z_]+)\(\s*(\w+)")
_OPEN = re.compile(r"\b[A-Za-z_]+\($")
"""A macro whose first argument stands on the next line."""
_OWNERS = frozenset({"DEVICE", "KERNEL", "BUS", "DRIVER", "CLASS", "BIN"})
"""What sysfs files belong to whose names are a driver's own: DEVICE_ATTR_ADMIN_RW, DEVICE_ULONG_ATTR."""
_STANDARD = frozenset({"SENSOR", "IIO"})
"""Whose names are documented once for all drivers."""
_PROMPT = re.compile(r"(?:bool|tristate|string|hex|int|prompt)\s+[\"']")
_ENTRY = re.compile(r"(?:menu)?config\s+(\w+)$")
_ENTRY_ENDS = re.compile(r"(?:menu|endmenu|choice|endchoice|if|endif|comment|source|mainmenu)\b")
_HELP = frozenset({"help", "---help---"})
_ON = re.compile(r"(?:default|def_bool) y\b(?! if)")


class _Symbol(NamedTuple):
    """A Kconfig entry.

    Attributes:
        name: of the symbol.
        rows: its lines, stripped, up to its help.
        told: True where it has a help, or is one of a choice, which has its own.
    """

    name: str
    rows: list[str]
    told: bool


def options(case: Case) -> Iterator[LineFinding]:
    """B05: a new Kconfig symbol that users see has help, and is off by default."""
    for mail in case.posting.patches:
        files = [one for one in mail.files if one.path.rpartition("/")[2].startswith("Kconfig")]
        moved = {symbol.name for one in files for symbol in _symbols(one.removed)}
        for one in files:
            for symbol in _symbols(one.added):
                if symbol.name in moved or not any(map(_PROMPT.match, symbol.rows)):
                    continue
                if not symbol.told:
                    yield LineFinding(mail, f"{one.path}: {symbol.name} has no help")
                if any(map(_ON.match, symbol.rows)):
                    yield LineFinding(mail, f"{one.path}: {symbol.name} is on by default")


def licensed(case: Case) -> Iterator[LineFinding]:
    """B06: a new file says its license."""
    for mail in case.posting.patches:
        for one in mail.files:
            if one.new and one.added and _is_source(one.path) and not any(_SPDX in row for row in one.added[:3]):
                yield LineFinding(mail, f"{one.path} has no {_SPDX}")


def documented(case: Case) -> Iterator[LineFinding]:
    """B06: a parameter and a sysfs file are documented, in the series."""
    files = [(mail, one) for mail in case.posting.patches for one in mail.files]
    texts = (row for _, one in files if one.path.startswith("Documentation/") for row in one.added)
    told = {word for text in texts for word in _words(text)}
    code = [(mail, one) for mail, one in files if one.path.endswith((".c", ".h"))]
    known = {found for _, one in code for found in _named(one.removed)}  # written otherwise, or moved
    for mail, one in code:
        for what, name in _named(one.added):
            if (what, name) not in known and not told.issuperset(_words(name)):
                yield LineFinding(mail, f"{one.path}: {what} {name} is not documented")


def _named(rows: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield parameters and sysfs files that lines define; what a macro is given has its name elsewhere."""
    macro, opened = False, ""
    for row in rows:
        if row.lstrip().startswith(("/*", "*", "//")):
            continue
        macro |= row.lstrip().startswith("#")
        if not macro and not row.endswith("\\"):
            text = opened + row
            yield from (("the parameter", found[1]) for found in _PARAMETER.finditer(text))
            for found in _MACRO.finditer(text):
                parts = set(found[1].split("_"))
                if "ATTR" in parts and (found[1].startswith("__ATTR") or parts & _OWNERS) and not parts & _STANDARD:
                    yield "the sysfs file", found[2]
        macro = row.endswith("\\")
        last = _OPEN.search(row)
        opened = last[0] if last else ""


def _words(text: str) -> list[str]:
    """Return the words of a text; a parameter may be written with - for _."""
    return re.findall(r"\w+", text.replace("-", "_"))


def _is_source(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _BUILD or name.rpartition(".")[2] in _LICENSED


def _symbols(rows: Sequence[str]) -> list[_Symbol]:
    """Return the Kconfig entries in some lines, as far as these hold them."""
    found: list[_Symbol] = []
    within = choice = False
    for row in rows:
        text = row.strip()
        if start := _ENTRY.match(text):
            found.append(_Symbol(start[1], [], told=choice))
            within = True
        elif _ENTRY_ENDS.match(row):
            choice = row.startswith("choice") or (choice and not row.startswith("endchoice"))
            within = False
        elif within and text in _HELP:
            found[-1] = found[-1]._replace(told=True)
            within = False
        elif within:
            found[-1].rows.append(text)
    return found

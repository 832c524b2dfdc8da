# SPDX-License-Identifier: GPL-2.0-only
"""B05 and B06, as far as a diff shows them: new options, new files, and that what users see is documented."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.mail.posting import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.mail.message import File
    from checks.mail.posting import Case

_LICENSED = frozenset(["c", "h", "s", "S", "rs", "dts", "dtsi", "dtso", "sh", "pl", "py", "awk", "tc", "yaml", "rst"])
"""Suffixes of files in which checkpatch looks for a license."""
_BUILD = frozenset({"Kconfig", "Makefile"})
_SPDX = "SPDX-License-Identifier:"
_PARAMETER = re.compile(r"\b(?:__setup|early_param|core_param)\(\"([\w.]+)")
_MACRO = re.compile(r"\b([A-Z_]+)\(\s*(\w+)")
_OWNERS = frozenset({"DEVICE", "KERNEL", "BUS", "DRIVER", "CLASS"})
"""What sysfs files belong to whose names are a driver's own: DEVICE_ATTR_ADMIN_RW, DEVICE_ULONG_ATTR."""
_STANDARD = frozenset({"SENSOR", "IIO"})
"""Whose names are documented once for all drivers."""
_PROMPT = re.compile(r"(?:bool|tristate|string|hex|int|prompt)\s+[\"']")
_ENTRY_ENDS = re.compile(r"(?:menu|endmenu|choice|endchoice|if|endif|comment|source|mainmenu)\b")


def options(case: Case) -> Iterator[Complaint]:
    """B05: a new Kconfig symbol that users see has help, and is off by default."""
    for mail in case.posting.patches:
        for one in (one for one in mail.files if one.path.rpartition("/")[2].startswith("Kconfig")):
            for symbol, rows in _symbols(one).items():
                texts = [row.strip() for row in rows]
                if not any(_PROMPT.match(text) for text in texts):
                    continue
                if not {"help", "---help---"} & set(texts):
                    yield Complaint(mail, f"{one.path}: {symbol} has no help")
                if any(re.match(r"default y\b(?! if)|def_bool y\b(?! if)", text) for text in texts):
                    yield Complaint(mail, f"{one.path}: {symbol} is on by default")


def licensed(case: Case) -> Iterator[Complaint]:
    """B06: a new file says its license."""
    for mail in case.posting.patches:
        for one in mail.files:
            if one.new and one.added and _is_source(one.path) and not any(_SPDX in row for row in one.added[:3]):
                yield Complaint(mail, f"{one.path} has no {_SPDX}")


def documented(case: Case) -> Iterator[Complaint]:
    """B06: a parameter and a sysfs file are documented, in the series."""
    files = [(mail, one) for mail in case.posting.patches for one in mail.files]
    texts = (row for _, one in files if one.path.startswith("Documentation/") for row in one.added)
    told = {word for text in texts for word in _words(text)}
    for mail, one in files:
        for what, name in _named(one) if one.path.endswith((".c", ".h")) else ():
            if not told.issuperset(_words(name)):
                yield Complaint(mail, f"{one.path}: {what} {name} is not documented")


def _named(file: File) -> Iterator[tuple[str, str]]:
    """Yield parameters and sysfs files that added lines define; what a macro is given has its name elsewhere."""
    macro = False
    for row in file.added:
        macro |= row.lstrip().startswith("#")
        if not macro and not row.endswith("\\"):
            yield from (("the parameter", found[1]) for found in _PARAMETER.finditer(row))
            for found in _MACRO.finditer(row):
                parts = set(found[1].split("_"))
                if "ATTR" in parts and (found[1].startswith("__ATTR") or parts & _OWNERS) and not parts & _STANDARD:
                    yield "the sysfs file", found[2]
        macro = row.endswith("\\")


def _words(text: str) -> list[str]:
    """Return the words of a text; a parameter may be written with - for _."""
    return re.findall(r"\w+", text.replace("-", "_"))


def _is_source(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _BUILD or name.rpartition(".")[2] in _LICENSED


def _symbols(file: File) -> dict[str, list[str]]:
    """Return the added Kconfig entries by symbol, as far as their lines are added too."""
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    for row in file.added:
        if start := re.fullmatch(r"(?:menu)?config\s+(\w+)", row.strip()):
            rows = found.setdefault(start[1], [])
        elif _ENTRY_ENDS.match(row):
            rows = []
        else:
            rows.append(row)
    return found

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

_SOURCE = re.compile(r".*\.(?:c|h|S|rs|dts|dtsi|py|sh)|(?:.*/)?(?:Kconfig|Makefile)")
_SPDX = "SPDX-License-Identifier:"
_PARAMETER = re.compile(r"\b(?:__setup|early_param|core_param)\(\"([\w.]+)")
_ATTRIBUTE = re.compile(
    r"\b(?:DEVICE|KERNEL|BUS|DRIVER|CLASS)_ATTR(?:_R[OW]|_WO)?\(\s*(\w+)|\b__ATTR(?:_R[OW]|_WO)?\(\s*(\w+)"
)


def options(case: Case) -> Iterator[Complaint]:
    """B05: a new Kconfig symbol has help, and is off by default."""
    for mail in case.posting.patches:
        for one in (one for one in mail.files if "Kconfig" in one.path):
            for symbol, rows in _symbols(one).items():
                texts = [row.strip() for row in rows]
                if not {"help", "---help---"} & set(texts):
                    yield Complaint(mail, f"{one.path}: {symbol} has no help")
                if any(re.match(r"default y\b(?! if)|def_bool y\b(?! if)", text) for text in texts):
                    yield Complaint(mail, f"{one.path}: {symbol} is on by default")


def licensed(case: Case) -> Iterator[Complaint]:
    """B06: a new file says its license."""
    for mail in case.posting.patches:
        for one in mail.files:
            if one.new and _SOURCE.fullmatch(one.path) and not any(_SPDX in row for row in one.added[:3]):
                yield Complaint(mail, f"{one.path} has no {_SPDX}")


def documented(case: Case) -> Iterator[Complaint]:
    """B06: a parameter and a sysfs file are documented, in the series."""
    files = [(mail, one) for mail in case.posting.patches for one in mail.files]
    text = "\n".join(row for _, one in files if one.path.startswith("Documentation/") for row in one.added)
    for mail, one in files:
        for row in one.added if one.path.endswith((".c", ".h")) else ():
            for what, pattern in (("the parameter", _PARAMETER), ("the sysfs file", _ATTRIBUTE)):
                for found in pattern.finditer(row):
                    name = next(filter(None, found.groups()))
                    if name not in text:
                        yield Complaint(mail, f"{one.path}: {what} {name} is not documented")


def _symbols(file: File) -> dict[str, list[str]]:
    """Return the added Kconfig entries by symbol, as far as their lines are added too."""
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    for row in file.added:
        if start := re.fullmatch(r"(?:menu)?config (\w+)", row.strip()):
            rows = found.setdefault(start[1], [])
        else:
            rows.append(row)
    return found

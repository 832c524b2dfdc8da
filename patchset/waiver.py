# SPDX-License-Identifier: GPL-2.0-only
"""A finding of checkpatch that is accepted: which, where, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchset.table import Table


@dataclass(frozen=True, slots=True)
class Waiver:
    """A checkpatch finding that is accepted, and why (B03).

    Attributes:
        type: checkpatch's word for it, e.g. LONG_LINE.
        reason: why it is right all the same; never empty.
        patch: the stem of the patch it holds for, or empty for all.
        file: the path it holds for, or empty for all.
        match: a regular expression that the message must contain, or empty.
    """

    type: str
    reason: str
    patch: str = ""
    file: str = ""
    match: str = ""


def read(table: Table) -> Waiver:
    """Read one `[[waiver]]`.

    Raises:
        InputError: it says what a waiver cannot say.
    """
    kind, reason = table.take("type", str), table.take("reason", str, "")
    if not reason.strip():
        raise table.error(f"the waiver of {kind} has no reason", "type", hint="write down why it is right")
    match = table.take("match", str, "")
    try:
        re.compile(match)
    except re.error as error:
        raise table.error(f"{match!r}: {error}", "match") from None
    waiver = Waiver(kind, reason, table.take("patch", str, ""), table.take("file", str, ""), match)
    table.done()
    return waiver

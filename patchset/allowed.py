# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel may print although it is a complaint: which line, in which kernel of which run, and why."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from patchset.toml import Reason, Table

FIRST: Literal["first"] = "first"
CAPTURE: Literal["capture"] = "capture"
"""The kernel that is booted, and the one that starts when it crashes."""


class Allowed(Table, frozen=True):
    """An exception from the deny list, and its place.

    Attributes:
        line: what the complaint's line matches.
        where: the runs in which it holds: names of crash scenarios, ids of checks.
        kernel: the kernel that may print it, `first` or `capture`.
        after: what an earlier line of that kernel matches.
        reason: never empty.
    """

    line: re.Pattern[str]
    where: Annotated[frozenset[str], Meta(min_length=1)]
    kernel: Literal["first", "capture"]
    after: re.Pattern[str]
    reason: Reason

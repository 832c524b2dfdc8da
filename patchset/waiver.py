# SPDX-License-Identifier: GPL-2.0-only
"""A finding of checkpatch that is accepted: which, where, and why."""

from __future__ import annotations

from patchset.toml import Reason, Table, regular


class Waiver(Table, frozen=True):
    """A checkpatch finding that is accepted, and why (B03).

    Attributes:
        type: checkpatch's word for it, e.g. LONG_LINE.
        reason: why it is right all the same; never empty.
        patch: the stem of the patch it holds for, or empty for all.
        file: the path it holds for, or empty for all.
        match: a regular expression that the message must contain, or empty.
    """

    type: str
    reason: Reason
    patch: str = ""
    file: str = ""
    match: str = ""

    def __post_init__(self) -> None:
        regular(self, "match")

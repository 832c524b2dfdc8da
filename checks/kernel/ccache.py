# SPDX-License-Identifier: GPL-2.0-only
"""Whether builds go through ccache: where it is there, and keeps what kbuild compiles."""

from __future__ import annotations

import re

from checks.contract import Tool
from checks.programs import said

CCACHE = Tool("ccache", "ccache")
_VERSION = re.compile(r"ccache version (\d+)\.(\d+)(?:\.(\d+))?\b")
_BROKEN = ((4, 7, 0), (4, 7, 2))
"""The first and the last version that keep nothing which is compiled with -Wp,-MMD and -o, as kbuild does it: ccache's
news of 4.7.3 call it a feature of 4.7 that is taken back."""


def usable() -> bool:
    """Tell whether compilers are to be called through ccache."""
    return CCACHE.find() is not None and not refused()


def refused() -> str:
    """Return why the ccache that is there is not used, or an empty string."""
    path = CCACHE.find()
    found = _VERSION.match(said(path, CCACHE.version)) if path else None
    if found is None:
        return ""
    version = tuple(int(part or 0) for part in found.groups())
    if not _BROKEN[0] <= version <= _BROKEN[1]:
        return ""
    return "not used: 4.7.0 to 4.7.2 keep nothing that is compiled with kbuild's -Wp,-MMD"

# SPDX-License-Identifier: GPL-2.0-only
"""The machine's python3: what it says of its version, and whether it has what the base's spdxcheck.py imports.

One start answers both: a python3 that a version manager stands before takes as long as all else that is asked of tools.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Tool

if TYPE_CHECKING:
    from checks.programs import Programs

MODULES = "ply git"
"""What spdxcheck.py imports."""
_TELL = (
    "import sys; sys.path[:] = filter(None, sys.path); from importlib.util import find_spec; "
    f"print('Python', sys.version.split()[0]); print(*filter(find_spec, {MODULES!r}.split()))"
)
"""With -c Python looks for modules in the current folder first, and a tree that somebody stands in may have a git.py.
Those before 3.11 do not know -P."""
PYTHON3 = Tool("python3", "python3", ("-c", _TELL))


def interpreter(programs: Programs) -> str:
    """Return a python3 that can run spdxcheck.py, or an empty text: checkpatch stays silent then."""
    for each in (shutil.which("python3"), "/usr/bin/python3", sys.executable):
        if each and Path(each).is_file() and programs.text(each, PYTHON3.version).split()[2:] == MODULES.split():
            return each
    return ""

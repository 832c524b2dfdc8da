# SPDX-License-Identifier: GPL-2.0-only
"""What kbuild compiled a file with (`.NAME.o.cmd`), as arguments that clang's parser understands alike.

gcc's flags that change what a program means are kept: where headers are, what is defined, the dialect, which warnings
are errors. Those that change the code that comes out are not.
"""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

_COMMAND = re.compile(r"^(?:saved)?cmd_\S+ := (?P<command>.*)$", re.MULTILINE)
"""`savedcmd_` since 6.3."""
_FILES = re.compile(r"^(?:source|deps)_\S+ := (?P<files>(?:\\\n|[^\n])*)", re.MULTILINE)
_WILDCARD = re.compile(r"\$\(wildcard[^)]*\)")
_PAIRS = frozenset({"-include", "-isystem", "-idirafter", "-iquote", "-I", "-D", "-U"})
_KEPT = re.compile(
    r"-(?:[IDU].|isystem.|std=|nostdinc\b|m(?:32|64)\b|f(?:short-wchar|unsigned-char|signed-char|no-builtin)\b"
    r"|m(?:no-)?(?:sse2?|mmx|avx|80387|red-zone)\b|Werror=[\w-]+$)"
)
_OF_ITS_OWN = re.compile(r"-D_*KBUILD_(?:MODFILE|BASENAME|MODNAME)\b")


def arguments(text: str) -> tuple[str, ...]:
    """Return the arguments that count of a .cmd file's command, without those that name the file; none: no command."""
    found = _COMMAND.search(text)
    if found is None:
        return ()
    try:
        words = iter(shlex.split(found["command"]))
    except ValueError:  # a quote that never ends
        return ()
    kept: list[str] = []
    for word in words:
        if word in _PAIRS:
            kept += [word, next(words, "")]
        elif _KEPT.match(word) and not _OF_ITS_OWN.match(word):
            kept.append(word)
    return tuple(kept)


def files(text: str) -> frozenset[str]:
    """Return the files that a .cmd file's command read, as they stand there; symbols of Kconfig are none."""
    found = (_WILDCARD.sub(" ", each["files"]).replace("\\\n", " ") for each in _FILES.finditer(text))
    return frozenset(name for each in found for name in each.split())


def naming(path: str) -> tuple[str, ...]:
    """Return the definitions that kbuild gives each file of its own."""
    name = re.sub(r"[-,.]", "_", PurePosixPath(path).stem)
    quoted = (f'-DKBUILD_{what}="{name}"' for what in ("MODFILE", "BASENAME", "MODNAME"))
    return (*quoted, f"-D__KBUILD_MODNAME=kmod_{name}")

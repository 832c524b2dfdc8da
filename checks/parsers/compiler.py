# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel build wrote, as diagnostics: gcc, clang, sparse, ld, modpost, objtool, make.

Diagnostics are compared as sets, line numbers left out: a patch above an old warning moves it, and two new ones for two
old ones are two new ones (where counts are compared, a new one hides behind an old one that went).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

_DIAGNOSTIC = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:\d+:)?\s*(?P<kind>fatal error|[Ee]rror|[Ww]arning):\s*(?P<text>.+)$"
)
"""Also gas, which writes them with a capital letter."""
_LINKER = re.compile(
    r"^(?:\S*ld(?:\.\w+)?: )?(?P<where>\S.*?):(?:\(\S+\):)?\s*"
    r"(?P<text>(?:undefined reference to|multiple definition of) .+)$"
)
_MODPOST = re.compile(r"^(?P<kind>ERROR|WARNING): modpost: (?P<text>.+)$")
_OBJTOOL = re.compile(r"^(?P<file>\S+): (?P<kind>warning|error): (?P<text>objtool: .+)$")
_KCONFIG = re.compile(r"^(?P<file>\S*Kconfig[\w.-]*):(?P<line>\d+):\s*(?P<text>\S.*)$")
_UNMET = re.compile(r"^WARNING: (?P<text>unmet direct dependencies detected for \w+)$")
_NO_RULE = re.compile(r"^make(?:\[\d+\])?: \*\*\* (?P<text>No rule to make target .+?)\.?(?:\s+Stop\.)?$")
_NOT_OURS = re.compile(
    r"internal compiler error|Killed signal|No space left on device|cannot allocate memory|out of memory"
    r"|Input/output error|Disk quota exceeded|command not found|: not found$",
    re.IGNORECASE,
)
_UNQUOTE = str.maketrans({"\u2018": "'", "\u2019": "'", "`": "'"})


class DiagnosticKind(StrEnum):
    """How grave a diagnostic is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One complaint of a build.

    Attributes:
        kind: error or warning.
        file: path in the tree, or empty.
        text: the message, without what moves (addresses, offsets).
        line: from 1, or 0 where there is none; not a part of its identity.
    """

    kind: DiagnosticKind
    file: str
    text: str
    line: int = 0

    @property
    def identity(self) -> tuple[DiagnosticKind, str, str]:
        """What is compared: all but the line."""
        return self.kind, self.file, self.text


def parse(text: str, *, root: str = "") -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a build's output, each once, in their order.

    Args:
        text: everything that make and its children wrote.
        root: the source folder; paths below it are made relative to it.
    """
    found: dict[tuple[DiagnosticKind, str, str], Diagnostic] = {}
    for line in text.splitlines():
        if diagnostic := _line(line.rstrip().translate(_UNQUOTE), root):
            found.setdefault(diagnostic.identity, diagnostic)
    return tuple(found.values())


def parse_kconfig(text: str, *, failed: bool, root: str = "") -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a configuration run: B05's unmet dependencies, and what Kconfig could not read.

    Args:
        text: everything that merge_config.sh and its children wrote.
        failed: True where it failed; what names a Kconfig file is an error then, else a warning.
        root: the source folder; paths below it are made relative to it.
    """
    found: dict[tuple[DiagnosticKind, str, str], Diagnostic] = {}
    for line in text.splitlines():
        if match := _UNMET.match(line.strip()):
            diagnostic = Diagnostic(DiagnosticKind.WARNING, "", match["text"])
        elif match := _KCONFIG.match(line.strip()):
            kind = DiagnosticKind.ERROR if failed else DiagnosticKind.WARNING
            diagnostic = Diagnostic(kind, _relative(match["file"], root), match["text"], _number(match["line"]))
        else:
            continue
        found.setdefault(diagnostic.identity, diagnostic)
    return tuple(found.values())


def new(now: tuple[Diagnostic, ...], *before: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the warnings that no earlier build had, and every error (one is one at each patch that has it)."""
    known = {each.identity for diagnostics in before for each in diagnostics}
    return tuple(each for each in now if each.kind is DiagnosticKind.ERROR or each.identity not in known)


def not_ours(text: str) -> str:
    """Return the line that says that the machine broke, not the code (no memory, no space), or an empty text."""
    return next((line.strip() for line in text.splitlines() if _NOT_OURS.search(line)), "")


def _line(line: str, root: str) -> Diagnostic | None:
    if match := _DIAGNOSTIC.match(line):
        kind = DiagnosticKind.WARNING if match["kind"] == "warning" else DiagnosticKind.ERROR
        return Diagnostic(kind, _relative(match["file"], root), match["text"], _number(match["line"]))
    if match := _LINKER.match(line):
        return Diagnostic(
            DiagnosticKind.ERROR, _relative(match["where"].partition(":")[0], root), _still(match["text"])
        )
    if match := _MODPOST.match(line):
        return Diagnostic(DiagnosticKind(match["kind"].lower()), "", f"modpost: {_still(match['text'])}")
    if match := _OBJTOOL.match(line):
        return Diagnostic(DiagnosticKind(match["kind"]), _relative(match["file"], root), _still(match["text"]))
    if match := _NO_RULE.match(line):
        return Diagnostic(DiagnosticKind.ERROR, "", match["text"])
    return None


def _still(text: str) -> str:
    """Leave out what moves with each byte of code: offsets and addresses."""
    return re.sub(r"\+0x[0-9a-f]+|\b0x[0-9a-f]+\b|\(\.[\w.]+\+?\S*\)", "", text)


def _relative(file: str, root: str) -> str:
    if root and file.startswith(f"{root}/"):
        return file[len(root) + 1 :]
    parts = PurePosixPath(file).parts
    if parts[:1] == ("..",):  # ccache makes names relative to the O= folder, which lies beside the source folder
        parts = tuple(part for part in parts if part != "..")
        parts = parts[1:] if root and parts[:1] == (PurePosixPath(root).name,) else parts
        return "/".join(parts)
    return file


def _number(digits: str) -> int:
    return int(digits[:9])

# SPDX-License-Identifier: GPL-2.0-only
"""How a series' mails are judged: `lint.toml` beside its definition; a series without one is judged as any other.

Which maintainers it goes to (profiles), and which lines of the checklist do not hold for it and why (waivers), are
facts of the series; the lines know nothing of any one series.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from patchset.errors import InputError
from patchset.table import Table

if TYPE_CHECKING:
    from patchset.snapshot import Folder

FILE = "lint.toml"
POSTED = frozenset({"T01", "S01"})
"""Lines that no waiver of a definition holds for once its mails exist: both are the poster's to bring."""


class Profile(StrEnum):
    """Whose further rules count; the generic ones always do."""

    TIP = "tip"
    """arch/x86: Documentation/process/maintainer-tip.rst."""
    AKPM = "akpm"
    """kexec, and what a crash leaves."""
    STABLE = "stable"
    """Backports: Documentation/process/stable-kernel-rules.rst."""


@dataclass(frozen=True, slots=True)
class Exempt:
    """A line of the checklist that does not hold, and why.

    Attributes:
        line: its id, e.g. P02.
        reason: why it is right all the same; never empty.
        match: a regular expression that the finding must contain, or empty for all of that line.
    """

    line: str
    reason: str
    match: str = ""


@dataclass(frozen=True, slots=True)
class Lint:
    """How the mails of one series are judged.

    Attributes:
        profiles: whose rules count beside the generic ones.
        generated: True where the cover letter must tell of a program (S12), whether it does or not.
        waivers: in the order of the file.
        digest: SHA-256 of the file, in hex.
    """

    profiles: frozenset[Profile] = frozenset()
    generated: bool = False
    waivers: tuple[Exempt, ...] = ()
    digest: str = ""

    def of_mails(self) -> Lint:
        """Return how mails that exist are judged: what is waived of a rendering need not be right to send."""
        return replace(self, waivers=tuple(one for one in self.waivers if one.line not in POSTED))


def load(folder: Folder) -> Lint:
    """Read how the series that is defined in a folder is judged.

    Raises:
        InputError: the file says what it cannot say; the message names the line.
    """
    file = folder.joinpath(FILE)
    if not file.is_file():
        return Lint()
    try:
        return parse(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the series' {FILE}: {error}") from None


def parse(text: str) -> Lint:
    """Read it from its text.

    Raises:
        InputError: with file, line and key.
    """
    table = Table.parse(FILE, text)
    names = table.strings("profiles", ())
    unknown = sorted(set(names) - set(Profile))
    if unknown:
        raise table.error(f"there is no profile {unknown[0]!r}", "profiles", hint=f"there are: {', '.join(Profile)}")
    generated = table.take("generated", bool, default=False)
    waivers = tuple(_waiver(entry) for entry in table.tables("waiver"))
    table.done()
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Lint(frozenset(Profile(name) for name in names), generated, waivers, digest)


def _waiver(table: Table) -> Exempt:
    line, reason, match = table.take("line", str), table.take("reason", str, ""), table.take("match", str, "")
    if not reason.strip():
        raise table.error(f"the waiver of {line} has no reason", "line", hint="write down why it is right")
    try:
        re.compile(match)
    except re.error as error:
        raise table.error(f"{match!r}: {error}", "match") from None
    table.done()
    return Exempt(line, reason, match)

# SPDX-License-Identifier: GPL-2.0-only
"""How a series' mails are judged: `lint.toml` beside its definition; a series without one is judged as any other.

Which maintainers it goes to (profiles), and which lines of the checklist do not hold for it and why (waivers), are
facts of the series; the lines know nothing of any one series.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import field
from msgspec.structs import replace

from patchset.toml import Reason, Table, Toml, regular

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


class LintWaiver(Table, frozen=True):
    """A line of the checklist that does not hold, and why.

    Attributes:
        line: its id, e.g. P02.
        reason: why it is right all the same; never empty.
        match: a regular expression that the finding must contain, or empty for all of that line.
    """

    line: str
    reason: Reason
    match: str = ""

    def __post_init__(self) -> None:
        regular(self, "match")


class LintForm(Table, frozen=True):
    """How the mails of a series are judged: lint.toml.

    Attributes:
        profiles: whose rules count beside the generic ones.
        generated: true where the cover letter must tell of a program (S12), whether it does or not.
        waivers: lines of the checklist that do not hold, in the order of the file.
    """

    profiles: frozenset[Profile] = frozenset()
    generated: bool = False
    waivers: tuple[LintWaiver, ...] = field(name="waiver", default=())


class Lint(LintForm, frozen=True):
    """How the mails of one series are judged, as its file says.

    Attributes:
        digest: SHA-256 of the file, in hex.
    """

    digest: str = ""

    def of_mails(self) -> Lint:
        """Return how mails that exist are judged: what is waived of a rendering need not be right to send."""
        return replace(self, waivers=tuple(one for one in self.waivers if one.line not in POSTED))


def load(folder: Folder) -> Lint:
    """Read how the series that is defined in a folder is judged.

    Raises:
        InputError: the file says what it cannot say; the message names the line.
    """
    return parse(*Toml.of(folder, FILE)) if folder.joinpath(FILE).is_file() else Lint()


def parse(file: str, source: str) -> Lint:
    """Read it from its text.

    Args:
        file: how errors call it.
        source: what is in it.

    Raises:
        InputError: with file, line and key.
    """
    form = Toml(file, source).read(LintForm)
    return Lint(form.profiles, form.generated, form.waivers, hashlib.sha256(source.encode()).hexdigest())

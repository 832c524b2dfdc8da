# SPDX-License-Identifier: GPL-2.0-only
"""A patch series as it is defined: what a rendering and every check start from."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchset import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.edits import Patch, Present, Probe
    from patchset.history import History
    from patchset.lint import Lint
    from patchset.plan import Plan
    from patchset.rules import Rule
    from patchset.snapshot import Folder

COVER = "cover.txt"
HISTORY = "history.toml"
LETTER = (COVER, HISTORY)
"""What the cover letter is made of: a word changed there changes no patch and no verdict."""


@dataclass(frozen=True)
class Series:
    """A whole patch series, as defined. It was read once; what follows from its files is read when it is asked for.

    Attributes:
        name: how `--series` calls it.
        title: the cover letter's subject.
        patches: in order, those with tests last.
        probes: by name.
        present: features that make the series superfluous.
        folder: the definition's files.
        templates: the folder that template paths are relative to.
    """

    name: str
    title: str
    patches: tuple[Patch, ...]
    probes: Mapping[str, Probe]
    present: tuple[Present, ...]
    folder: Folder
    templates: Folder

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of every byte that a patch or a verdict may follow from, in hex; the letter is none of them."""
        return snapshot.digest((self.folder, self.templates), LETTER)

    @functools.cached_property
    def every_byte(self) -> str:
        """SHA-256 of all its files, the letter among them, in hex."""
        return snapshot.digest((self.folder, self.templates), ())

    @functools.cached_property
    def plan(self) -> Plan:
        """What its checks must know.

        Raises:
            InputError: see `patchset.plan.load` and `patchset.asked.demand`.
        """
        from patchset import asked, plan  # noqa: PLC0415 - rendering waits for none of these

        return asked.demand(plan.load(self.folder), self.folder, [one.name for one in self.patches])

    @functools.cached_property
    def lint(self) -> Lint:
        """How its mails are judged.

        Raises:
            InputError: see `patchset.lint.load`.
        """
        from patchset import lint  # noqa: PLC0415

        return lint.load(self.folder)

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        """What it keeps; nothing where it says nothing of rules.

        Raises:
            InputError: see `patchset.rules.load`.
        """
        from patchset import rules  # noqa: PLC0415

        return rules.load(self) if self.has(rules.FILE) else ()

    @functools.cached_property
    def history(self) -> History:
        """Its versions.

        Raises:
            InputError: see `patchset.history.load`.
        """
        from patchset import history  # noqa: PLC0415

        return history.load(self)

    def asks(self, what: str) -> bool:
        """Tell whether it has a table of its plan, `[kunit]`, or a file, with which a series asks for a check.

        Raises:
            InputError: see `plan`.
        """
        from patchset import asked  # noqa: PLC0415

        return what in asked.tables(self.plan) if what.startswith("[") else self.has(what)

    def has(self, name: str) -> bool:
        """Tell whether the definition has a file."""
        return self.folder.joinpath(name).is_file()

    def chosen(self, *, with_tests: bool) -> tuple[Patch, ...]:
        """Return the patches to render, with or without the test patches."""
        return tuple(patch for patch in self.patches if with_tests or not patch.tests)

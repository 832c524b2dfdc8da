# SPDX-License-Identifier: GPL-2.0-only
"""All checks, in the order in which they are shown; the heavy ones run in this order too.

What is told soon and worth most comes first: does it work at all, then in every configuration, then under every eye.

A check's module is imported when somebody asks for the check: a run that boots no guest need not wait for what boots
one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from checks.contract import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = {
    "checkpatch": ("checkpatch", "Checkpatch", ""),
    "mail-lint": ("mail_lint", "MailLint", "history.toml"),
    "kernel-doc": ("kerneldoc", "KernelDoc", ""),
    "kbuf-init": ("kbuf", "KbufInit", "[member]"),
    "documented": ("documented", "DocumentedCheck", "[documented]"),
    "semantic": ("semantic", "Semantic", "[[configuration]]"),
    "kunit": ("kunit", "KUnitRun", "[kunit]"),
    "crash": ("crash", "CrashTest", "[crash]"),
    "build": ("build", "Build", "[[configuration]]"),
    "coverage": ("coverage", "CoverageCheck", "[coverage]"),
    "debug-config": ("debug", "DebugConfig", "[debug]"),
    "sparse": ("sparse", "Sparse", "[[configuration]]"),
    "coccinelle": ("coccinelle", "Coccinelle", ""),
}
"""For each id the module below checks.proofs, the class in it, and what its `asked_by` says."""


class Registry(Mapping[str, Check]):
    """Checks by their ids."""

    def __getitem__(self, name: str) -> Check:
        """Return a check, which is made anew: it has no state.

        Raises:
            KeyError: there is none of that name.
        """
        module, kind, _ = _PLACES[name]
        check: Check = getattr(importlib.import_module(f"checks.proofs.{module}"), kind)()
        return check

    def asked_by(self, name: str) -> str:
        """Return a check's `asked_by`, without a look at the check.

        Raises:
            KeyError: there is none of that name.
        """
        return _PLACES[name][2]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a check of some name."""
        return name in _PLACES

    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return iter(_PLACES)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(_PLACES)


CHECKS = Registry()

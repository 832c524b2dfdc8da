# SPDX-License-Identifier: GPL-2.0-only
"""All checks, in the order in which they are shown; the heavy ones run in this order too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.build import Build
from checks.checkpatch import Checkpatch
from checks.coccinelle import Coccinelle
from checks.coverage import CoverageCheck
from checks.crash.check import CrashTest
from checks.debug import DebugConfig
from checks.documented import DocumentedCheck
from checks.kbuf import KbufInit
from checks.kerneldoc import KernelDoc
from checks.kunit import KUnitRun
from checks.mail_lint import MailLint
from checks.semantic import Semantic
from checks.sparse import Sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.types import Check

_ALL: tuple[Check, ...] = (
    Checkpatch(),
    MailLint(),
    KernelDoc(),
    KbufInit(),
    DocumentedCheck(),
    Semantic(),
    Build(),
    Sparse(),
    Coccinelle(),
    KUnitRun(),
    CoverageCheck(),
    DebugConfig(),
    CrashTest(),
)
CHECKS: Mapping[str, Check] = {check.id: check for check in _ALL}

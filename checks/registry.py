# SPDX-License-Identifier: GPL-2.0-only
"""All checks, in the order in which they are shown; the heavy ones run in this order too.

What is told soon and worth most comes first: does it work at all, then in every configuration, then under every eye.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.proofs.build import Build
from checks.proofs.checkpatch import Checkpatch
from checks.proofs.coccinelle import Coccinelle
from checks.proofs.coverage import CoverageCheck
from checks.proofs.crash import CrashTest
from checks.proofs.debug import DebugConfig
from checks.proofs.documented import DocumentedCheck
from checks.proofs.kbuf import KbufInit
from checks.proofs.kerneldoc import KernelDoc
from checks.proofs.kunit import KUnitRun
from checks.proofs.mail_lint import MailLint
from checks.proofs.semantic import Semantic
from checks.proofs.sparse import Sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.contract import Check

_ALL: tuple[Check, ...] = (
    Checkpatch(),
    MailLint(),
    KernelDoc(),
    KbufInit(),
    DocumentedCheck(),
    Semantic(),
    KUnitRun(),
    CrashTest(),
    Build(),
    CoverageCheck(),
    DebugConfig(),
    Sparse(),
    Coccinelle(),
)
CHECKS: Mapping[str, Check] = {check.id: check for check in _ALL}

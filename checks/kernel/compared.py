# SPDX-License-Identifier: GPL-2.0-only
"""What a tool of the kernel says at one commit, compared as a set with the base and with the patch before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity, Status
from checks.parsers.compiler import DiagnosticKind
from patchset.counted import counted

if TYPE_CHECKING:
    from checks.parsers.compiler import Diagnostic

RULE = "B04"
_SEVERITY = {DiagnosticKind.ERROR: Severity.ERROR, DiagnosticKind.WARNING: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool says at one commit.

    Attributes:
        diagnostics: its complaints.
        extent: how much it read, for a person.
        files: the sources that it read, where somebody asks for them.
        broken: why it proves nothing, or empty.
        reproduce: a line to paste.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    extent: str = ""
    broken: str = ""
    reproduce: str = ""
    files: tuple[str, ...] = ()


def judge(base: ToolOutput, before: ToolOutput, now: ToolOutput) -> tuple[Status, str, tuple[Finding, ...]]:
    """Return the verdict on one patch: what it brings that neither the base nor the patch before it had.

    Line numbers are left out: a patch above an old complaint moves it.
    """
    for what, said in (("the base: ", base), ("the patch before: ", before), ("", now)):
        if said.broken:
            return Status.ERROR, f"{what}{said.broken}", ()
    known = {each.identity for said in (base, before) for each in said.diagnostics}
    fresh = [each for each in now.diagnostics if each.identity not in known]
    findings = tuple(Finding(_SEVERITY[each.kind], each.text, each.file, each.line, RULE) for each in fresh)
    if findings:
        return Status.FAIL, f"{counted(len(findings), 'new complaint')} ({now.extent})", findings
    return Status.PASS, f"no new complaint ({now.extent})", ()

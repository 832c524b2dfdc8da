# SPDX-License-Identifier: GPL-2.0-only
"""Findings about mails as a check's results: one for the series and its cover letter, one for each patch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from checks.contract import LETTER, Result, Scope, Status
from checks.lint import CHECK
from checks.lint.judge import bad
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.lint.judge import Verdict
    from checks.lint.posting import Posting


def results(posting: Posting, verdicts: Sequence[Verdict], seconds: float, reproduce: str = "") -> tuple[Result, ...]:
    """Sort findings by what they are about.

    Args:
        posting: what was judged.
        verdicts: of `judge`.
        seconds: what all of it took; each result has its share.
        reproduce: a command line to paste; empty where the runner makes it.
    """
    patches = posting.patches
    whole = [one for one in verdicts if one.mail is None or one.mail is posting.cover]
    share = seconds / (len(patches) + 1)
    blank = Result(CHECK, Scope.SERIES, Status.PASS, "", share, reproduce=reproduce)
    made = [_filled(blank, _marked(whole), f"{counted(len(posting.mails), 'mail')} judged")]
    blank = replace(blank, scope=Scope.PATCH)
    for number, patch in enumerate(patches, 1):
        own = [one for one in verdicts if one.mail is patch]
        made.append(_filled(replace(blank, patch=number), own, "1 mail judged"))
    return tuple(made)


def _marked(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Say of a finding that it is about the cover letter."""
    return [
        one._replace(finding=replace(one.finding, message=LETTER + one.finding.message)) if one.mail else one
        for one in verdicts
    ]


def _filled(blank: Result, verdicts: Sequence[Verdict], what: str) -> Result:
    """Fill in what was found."""
    count, findings = bad(verdicts), tuple(one.finding for one in verdicts)
    if count:
        return replace(blank, status=Status.FAIL, summary=f"{counted(count, 'finding')}, {what}", findings=findings)
    waived = sum(bool(one.waived) for one in findings)
    text = what + (f", {counted(waived, 'finding')} waived" if waived else "")
    return replace(blank, summary=text, findings=findings, reproduce="")

# SPDX-License-Identifier: GPL-2.0-only
"""What a posting owes to the version before: S07, S09, T08."""

from __future__ import annotations

import pytest

from checks.lint.judge import judge, needs
from checks.lint.posting import Case
from patchset.lint import Lint
from tests.checks.lint.made import GOOD, read

RESEND = tuple(text.replace("[PATCH v2", "[RESEND PATCH v2") for text in GOOD)
CASES = {
    "a RESEND of the same": ("S07", RESEND, []),
    "a RESEND of something else": ("S07", tuple(one.replace("+void widget", "+int widget") for one in RESEND), ["RESEND, and the patches are not those of the version before: start a new version"]),
    "no RESEND": ("S07", tuple(one.replace("+void widget", "+int widget") for one in GOOD), []),
    "the same change-id": ("S09", GOOD, []),
    "another change-id": ("S09", tuple(one.replace("0123456789ab\n--", "0123456789ac\n--") for one in GOOD), ["the change-id is 20261116-widgets-0123456789ac, and was 20261116-widgets-0123456789ab"]),
    "a review of the same": ("T08", GOOD, []),
    "a review that outlived": ("T08", tuple(one.replace("+void widget", "+int widget") for one in GOOD), ["the patch changed since Reviewed-by Eve: is it still true?"]),
    "a review that is new": ("T08", tuple(one.replace("+void widget", "+int widget").replace("Reviewed-by: Eve", "Reviewed-by: Kay") for one in GOOD), []),
}  # fmt: skip


@pytest.mark.parametrize("how", CASES)
def test_beside_the_version_before(how: str) -> None:
    line, mails, said = CASES[how]
    posting, before = read(*mails), read(*GOOD)
    case = Case(posting, previous=before, has=needs(posting, None, before, posted=True))
    assert [one.finding.message for one in judge(case, Lint(), [line]) if one.finding.rule == line] == said

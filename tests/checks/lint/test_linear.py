# SPDX-License-Identifier: GPL-2.0-only
"""Time grows with a mail, and no faster: whatever short piece it repeats, four times as many take four times as long."""

from __future__ import annotations

import time

import pytest

from checks.lint.judge import judge, needs
from checks.lint.lines import IDS
from checks.lint.posting import Case
from patchset.lint import Lint, Profile
from tests.checks.lint.made import BODY, GOOD, read

ALL = Lint(frozenset(Profile), generated=True)
PIECES = (
    "a_", "a.", "-and-a", "[[a]", '"', "\n", "\n-", "-\n", "\n \n", 'commit 0123456789ab ("', "commit 0123456\n",
    "\nFrom a Mon Sep 17 00:00:00 2001\n", "\nprerequisite-message-id: @@@@ a", "\nSigned-off-by: a, ",
)  # fmt: skip
FEW, TIMES = 500, 4
QUICK_SECONDS = 0.05
"""What takes less may be anything."""


def seconds(text: str, mail: int) -> float:
    """Return the processor time of judging a posting that holds a text."""
    head = "Widgets lie" if mail == 0 else BODY
    assert head in GOOD[mail]
    mails = tuple(one.replace(head, f"{text}\n{head}") if place == mail else one for place, one in enumerate(GOOD))
    started = time.process_time()
    posting = read(*mails)
    judge(Case(posting, has=needs(posting, None, None, posted=True)), ALL, IDS)
    return time.process_time() - started


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear_in_what_a_mail_repeats(piece: str) -> None:
    for mail in (0, 1):
        many = seconds(piece * FEW * TIMES, mail)
        few = min(seconds(piece * FEW, mail) for _ in range(2)) if many >= QUICK_SECONDS else 0.0
        assert many < few * TIMES * 2 + QUICK_SECONDS, f"{few:.3f} s, and of {TIMES} times as much {many:.3f} s"

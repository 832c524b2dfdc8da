# SPDX-License-Identifier: GPL-2.0-only
"""The check `mail-lint` judges the mails that it is given, and none where nobody makes any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.contract import Status
from checks.proofs.mail_lint import MailLint
from checks.runner import run_checks
from patchset.errors import InputError
from patchset.types import COVER, HISTORY
from tests import fake
from tests.checks import made

if TYPE_CHECKING:
    from pathlib import Path

    from checks.contract import Context


def posted(folder: Path) -> Context:
    for name in (HISTORY, COVER):
        (folder / name).write_bytes((fake.FAKESERIES / name).read_bytes())
    return made.context(folder, made.commit(1))


def test_where_nobody_makes_the_mails_nothing_is_proven(tmp_path: Path) -> None:
    (result,) = run_checks(posted(tmp_path), [MailLint()])
    assert (result.status, result.summary) == (Status.ERROR, "no mails are made of this series here")


def test_what_holds_no_patch_is_not_judged(tmp_path: Path) -> None:
    context = replace(posted(tmp_path), mails=lambda: b"From: a@example.org\nSubject: dinner\n\nAt eight?\n")
    with pytest.raises(InputError, match="what respin mail would write holds no patch"):
        MailLint().run(context)

# SPDX-License-Identifier: GPL-2.0-only
"""The checklist for mails, on those that `respin mail` would write of the series."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from checks.contract import Result, Scope, Tool, Weight
from checks.lint import CHECK, source
from checks.lint.facts import Facts
from checks.lint.judge import judge, needs
from checks.lint.lines import IDS
from checks.lint.posting import Case, Need
from checks.lint.repository import Repository
from checks.lint.results import results
from patchset import history
from patchset.types import COVER, HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context
    from generator.commit import Commit


class MailLint:
    """The check; see the module."""

    id: str = CHECK
    title: str = "the mails are right by every line of the checklist that a program can judge"
    scope: Scope = Scope.SERIES
    tools: Sequence[Tool] = (Tool("git", "git"), Tool("perl", "perl"))
    rules: Sequence[str] = IDS
    asked_by: str = HISTORY
    weight: Weight = Weight.LIGHT
    usual: float = 30.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base, the posted commits (their author too), the letter, the history, and how the mails are judged."""
        series = context.subject.series
        texts = (history.text(series, name) for name in (HISTORY, COVER))
        commits = (one.sha for one in _posted(context))
        return (context.subject.base, *commits, *texts, series.lint.digest, series.digest)

    def run(self, context: Context) -> Sequence[Result]:
        """Make the mails, without a word on tests, and judge them."""
        subject, started = context.subject, time.monotonic()
        commits = _posted(context)
        context.progress(self.id, "making the mails")
        posting = source.posting(context.mails(), "what respin mail would write")
        facts, rules = (
            Facts(Repository(subject.repository, subject.repository), subject.base),
            subject.series.lint,
        )
        context.progress(self.id, "judging the mails")
        case = Case(
            posting,
            rules.generated,
            facts,
            trees=[one.tree for one in commits],
            asked=facts.asked(posting.patches, context.jobs),
            has=needs(posting, facts, None, posted=True) | {Need.ASKED},
        )
        verdicts = judge(case, rules, IDS)
        return results(posting, verdicts, time.monotonic() - started)


def _posted(context: Context) -> list[Commit]:
    return [one for one in context.subject.commits if not one.tests]

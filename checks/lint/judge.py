# SPDX-License-Identifier: GPL-2.0-only
"""Judge a posting by the checklist: findings with their line's id, waived ones as notes with the reason."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from checks.contract import Finding, Severity
from checks.lint.facts import patatt
from checks.lint.lines import LINES, ChecklistLine
from checks.lint.posting import Need

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from checks.lint.facts import Facts
    from checks.lint.message import Mail
    from checks.lint.posting import Case, LineFinding, Posting
    from patchset.lint import Lint, LintWaiver


class Verdict(NamedTuple):
    """One finding and the mail that it is about, None where it is about the whole series."""

    mail: Mail | None
    finding: Finding


def needs(posting: Posting, facts: Facts | None, previous: Posting | None, *, posted: bool) -> frozenset[Need]:
    """Return what there is to judge by.

    Args:
        posting: the mails.
        facts: of the base's repository.
        previous: the version before.
        posted: False for mails that were made of commits just now, and have no letter and no recipients yet.
    """
    mails = posting.mails
    signed = any(mail.get("x-developer-signature") for mail in mails)
    addressed, identified = any(mail.addressed for mail in mails), any(mail.ids("message-id") for mail in mails)
    # git format-patch writes the author into From; git send-email, or --from, writes the sender, and names the author
    # in the body.
    sender = (addressed and identified) or any(mail.named for mail in mails)
    known = {
        Need.SERIES: posting.whole,
        Need.LETTER: not posting.headless,
        Need.POSTED: posted,
        Need.BASE: facts is not None,
        Need.HISTORY: facts is not None and (facts.history or facts.shallow),
        Need.PREVIOUS: previous is not None,
        Need.PATATT: signed and patatt() is not None,
        Need.ADDRESSED: posted and addressed,
        Need.IDENTIFIED: posted and identified,
        Need.SENDER: not posted or sender,
    }
    return frozenset(need for need, there in known.items() if there)


def judge(case: Case, lint: Lint, chosen: Collection[str]) -> list[Verdict]:
    """Judge a posting.

    Args:
        case: the mails, and what is known of them.
        lint: profiles and waivers.
        chosen: ids of the lines to judge by.

    Returns:
        Findings, those of the whole series first; last, as a note, which lines could not be judged and why.
    """
    used: set[LintWaiver] = set()
    verdicts: list[Verdict] = []
    unjudged: dict[Need, list[ChecklistLine]] = {}
    judged: set[str] = set()
    for line in _asked(lint):
        if line.id not in chosen:
            continue
        if lacking := [need for need in line.needs if need not in case.has]:
            unjudged.setdefault(lacking[0], []).append(line)
            continue
        judged.add(line.id)
        found = [Verdict(one.mail, _finding(line, one, case)) for one in line.judge(case)]
        verdicts += [_waived(one, lint.waivers, used) for one in found]
    order = {id(mail): place for place, mail in enumerate(case.posting.mails, 1)}
    verdicts.sort(key=lambda one: order[id(one.mail)] if one.mail else 0)
    for need, lines in sorted(unjudged.items()):
        verdicts.append(note(f"not judged without {need}: {', '.join(sorted({_part(one, judged) for one in lines}))}"))
    left = (one for one in lint.waivers if one not in used and one.line in chosen)
    return verdicts + [note(f"the waiver of {one.line} matched nothing ({one.reason})", one.line) for one in left]


def extent(case: Case, lint: Lint, chosen: Collection[str]) -> tuple[int, int]:
    """Return how many lines of the checklist are judged, in part at least, and how many the profiles ask for."""
    judged = {line.id for line in _asked(lint) if line.id in chosen and not set(line.needs) - case.has}
    return len(judged), len({line.id for line in _asked(lint)})


def _part(line: ChecklistLine, judged: Collection[str]) -> str:
    """Name what is not judged: of a line that is judged in part, which part it is."""
    return f"{line.id} ({line.title})" if line.id in judged else line.id


def _asked(lint: Lint) -> Iterator[ChecklistLine]:
    """Yield the lines that are asked for whatever the profile, or by one of some profiles."""
    return (line for line in LINES if not line.profile or line.profile in lint.profiles)


def bad(verdicts: Iterable[Verdict]) -> int:
    """Count what is not a note."""
    return sum(one.finding.severity is not Severity.NOTE for one in verdicts)


def _finding(line: ChecklistLine, complaint: LineFinding, case: Case) -> Finding:
    """Say where: of the whole series, at the start of its first mail."""
    mail = complaint.mail or case.posting.first
    place = 0 if not mail.file else mail.line if complaint.row is None else mail.place(complaint.row)
    severity = Severity.NOTE if complaint.note else line.severity
    return Finding(severity, complaint.text, mail.file, place, line.id)


def _waived(verdict: Verdict, waivers: Iterable[LintWaiver], used: set[LintWaiver]) -> Verdict:
    finding = verdict.finding
    for waiver in waivers:
        if waiver.line == finding.rule and re.search(waiver.match, finding.message):
            used.add(waiver)
            text = f"waived ({waiver.reason}): {finding.message}"
            note = replace(finding, severity=Severity.NOTE, message=text, waived=waiver.reason)
            return Verdict(verdict.mail, note)
    return verdict


def note(text: str, rule: str = "") -> Verdict:
    """Return what is told of the whole, and is nobody's fault."""
    return Verdict(None, Finding(Severity.NOTE, text, rule=rule))

# SPDX-License-Identifier: GPL-2.0-only
"""The checklist: every line of it that a program can judge from mails, its severity, profile and source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks.contract import Severity
from checks.lint import of_code, of_mail, of_series, of_text, of_trailers
from checks.lint.posting import Case, LineFinding, Need
from patchset.lint import Profile

Judge = Callable[[Case], Iterator[LineFinding]]
E, W, INFO = Severity.ERROR, Severity.WARNING, Severity.NOTE
SP, TIP, ND, ST, GC, SC = (
    "submitting-patches", "maintainer-tip", "maintainer-netdev", "stable-kernel-rules", "generated-content",
    "submit-checklist",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One line of the checklist, or one part of it.

    Attributes:
        id: stable; parts of one line share it.
        severity: of what it finds.
        title: what it asks for.
        source: the page of Documentation/process it comes from, or the program that wants it.
        judge: finds what is wrong.
        needs: what it cannot be judged without, beside the mails.
        profile: whose rule it is; None where it is everybody's.
    """

    id: str
    severity: Severity
    title: str
    source: str
    judge: Judge
    needs: tuple[Need, ...] = ()
    profile: Profile | None = None


LINES: tuple[ChecklistLine, ...] = (
    ChecklistLine(
        "S01",
        E,
        "base-commit is there, a full hash",
        SP,
        of_series.base_commit,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine(
        "S01",
        E,
        "a tag or a remote branch has base-commit",
        SP,
        of_series.base_is_public,
        (Need.SERIES, Need.POSTED, Need.LETTER, Need.BASE),
    ),
    ChecklistLine(
        "S02", E, "applies in order, zero fuzz, to the rendered tree", SP, of_series.applies, (Need.SERIES, Need.BASE)
    ),
    ChecklistLine(
        "S03", E, "n/m contiguous, padded alike, one version, one prefix", SP, of_series.numbered, (Need.SERIES,)
    ),
    ChecklistLine(
        "S04",
        W,
        "a cover letter above two patches",
        ND,
        of_series.introduced,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine("S04", W, "at most 15 patches", ND, of_series.sized, (Need.SERIES, Need.POSTED)),
    ChecklistLine(
        "S05",
        W,
        "from v2: what changed, with links to earlier postings",
        SP,
        of_series.changed,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine(
        "S06",
        W,
        "from v2: a new thread; patches answer their cover",
        SP,
        of_series.threaded_anew,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine("S07", W, "RESEND only with unchanged patches", SP, of_series.resent, (Need.SERIES, Need.PREVIOUS)),
    ChecklistLine("S08", W, "range-diff in the cover, no interdiff", "Patchwork", of_series.compared, (Need.POSTED,)),
    ChecklistLine(
        "S09",
        INFO,
        "change-id and readable prerequisites",
        "b4",
        of_series.change_id,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine(
        "S09", INFO, "change-id stable over versions", "b4", of_series.change_id_is_stable, (Need.PREVIOUS, Need.LETTER)
    ),
    ChecklistLine("S10", E, "no place holder", "b4", of_series.finished),
    ChecklistLine(
        "S12",
        E,
        "generated text: tool, version, input, patches, tests",
        GC,
        of_series.provenance,
        (Need.SERIES, Need.POSTED, Need.LETTER),
    ),
    ChecklistLine("P01", W, "`subsystem: Summary`, 75 characters, unique, no file name", SP, of_text.subject),
    ChecklistLine("P02", W, "a capital letter behind the prefix", TIP, of_text.capital, (), Profile.TIP),
    ChecklistLine("P02", W, "a prefix that git log knows", TIP, of_text.known_prefix, (Need.HISTORY,), Profile.TIP),
    ChecklistLine("P03", W, "imperative, impersonal", SP, of_text.imperative),
    ChecklistLine("P04", E, "a body above ---", SP, of_text.body),
    ChecklistLine("P05", W, "wrapped at 75", SP, of_text.wrapped),
    ChecklistLine("P06", W, "functions written name()", TIP, of_text.functions, (), Profile.TIP),
    ChecklistLine("P06", W, "functions that exist", TIP, of_text.functions_exist, (Need.BASE,), Profile.TIP),
    ChecklistLine("P07", W, 'a commit by 12 digits and ("its subject")', SP, of_text.commits),
    ChecklistLine("P07", W, "a commit that exists, and its subject", SP, of_text.commits_exist, (Need.HISTORY,)),
    ChecklistLine("P08", W, "backtraces trimmed", SP, of_text.traces),
    ChecklistLine("T01", E, "the author signed off", SP, of_trailers.signed),
    ChecklistLine("T01", E, "last, the sender signed off", SP, of_trailers.signed_last, (Need.SENDER,)),
    ChecklistLine("T02", E, "Co-developed-by, then that person's sign-off", SP, of_trailers.together),
    ChecklistLine("T03", E, "Fixes: one line, 12 digits, subject, no blank lines", SP, of_trailers.fixes),
    ChecklistLine("T03", E, "Fixes: an ancestor, its subject", SP, of_trailers.fixes_exist, (Need.HISTORY,)),
    ChecklistLine("T04", W, "Reported-by, then Closes or Link", SP, of_trailers.reported),
    ChecklistLine("T05", W, "the order of tags", TIP, of_trailers.ordered, (), Profile.TIP),
    ChecklistLine("T06", W, "no combined tags, no Gerrit Change-Id", TIP, of_trailers.combined),
    ChecklistLine("T08", W, "no review that outlived a change", SP, of_trailers.outlived, (Need.PREVIOUS,)),
    ChecklistLine(
        "T09", E, "no sign-off by a program; Assisted-by in its form", "coding-assistants", of_trailers.programs
    ),
    ChecklistLine("T11", E, "the upstream commit of a backport", ST, of_trailers.backport, (), Profile.STABLE),
    ChecklistLine("M01", E, "text/plain, 7bit or 8bit, one mail for git", "email-clients", of_mail.packed),
    ChecklistLine("M01", E, "a diff that git reads, all of it", "email-clients", of_mail.whole),
    ChecklistLine("M01", INFO, "no line of a message begins with From", "b4", of_mail.quoted_by_mailboxes),
    ChecklistLine("M02", E, "no in-body From where the sender is the author", SP, of_mail.named),
    ChecklistLine("M02", E, "one sender, whoever the authors are", SP, of_mail.one_sender, (Need.SENDER,)),
    ChecklistLine(
        "M03", W, "To and Cc as get_maintainer.pl says", SP, of_mail.recipients, (Need.ADDRESSED, Need.BASE, Need.ASKED)
    ),
    ChecklistLine("M04", W, "a list gets it", SP, of_mail.lists, (Need.ADDRESSED,)),
    ChecklistLine("M04", W, "linux-api gets an ABI", SP, of_mail.api_list, (Need.ADDRESSED,)),
    ChecklistLine("M04", W, "x86 gets arch/x86", TIP, of_mail.tip_list, (Need.ADDRESSED,), Profile.TIP),
    ChecklistLine(
        "M04", W, "kexec and linux-kernel get crash dumps", SP, of_mail.akpm_lists, (Need.ADDRESSED,), Profile.AKPM
    ),
    ChecklistLine("M05", INFO, "patatt's signature verifies", "patatt", of_mail.attested, (Need.PATATT,)),
    ChecklistLine("M06", E, "Message-IDs unique, with References", SP, of_mail.identified, (Need.IDENTIFIED,)),
    ChecklistLine("M06", E, "what is answered is there", SP, of_mail.threaded, (Need.IDENTIFIED, Need.LETTER)),
    ChecklistLine("M07", E, "no control and no bidi-override characters", SP, of_mail.harmless),
    ChecklistLine("B05", W, "a new Kconfig symbol: help, off by default", SC, of_code.options),
    ChecklistLine("B06", W, "a new file has SPDX", SC, of_code.licensed),
    ChecklistLine("B06", W, "parameters and sysfs files are documented", SC, of_code.documented, (Need.SERIES,)),
)
IDS: tuple[str, ...] = tuple(dict.fromkeys(line.id for line in LINES))

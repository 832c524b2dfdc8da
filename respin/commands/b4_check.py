# SPDX-License-Identifier: GPL-2.0-only
"""`respin b4-check`: what b4 calls for each patch of `b4 prep --check`, and with --json for a series in `b4 review`.

b4 gives one mail on standard input and runs this in the repository's top folder. For a patch, a line on standard output
is a warning, one with `ERROR:` in it a failure, and every line on standard error a failure too; silence and exit code 0
are success. For a series it reads a list of results in JSON (b4's run_local_check() and _run_external_cmd()).
So whatever happens is told on standard output.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checks.contract import Severity
from checks.lint import CHECK, message, source
from checks.lint.facts import find
from checks.lint.judge import judge, needs
from checks.lint.lines import IDS
from checks.lint.posting import Case, Need, Posting, gather
from checks.lint.repository import found
from generator.theirs import above, git, line
from patchset.counted import counted
from patchset.errors import RespinError, SignalledError
from respin.judged import judged_by, judged_options
from respin.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Finding
    from checks.lint.repository import Repository
    from patchset.lint import Lint

TRACKING = "B4_TRACKING_FILE"
"""The variable in which b4 review says where it keeps what it knows of a series."""
_WORDS = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING"}
_STATUS = {Severity.ERROR: "fail", Severity.WARNING: "warn"}


class Silent(click.Command):
    """A command that says on standard output even that it was called wrongly."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """Read the arguments."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            click.echo(f"ERROR: {printable(error.format_message())}")
            raise click.exceptions.Exit(error.exit_code) from None


@click.command("b4-check", cls=Silent)
@click.option("--json", "as_json", is_flag=True, help="For b4.review-series-check-cmd: results of a series.")
@judged_options
def command(*, as_json: bool, profiles: tuple[str, ...], series_name: str | None) -> int:
    """Judge the mail on standard input by the checklist, as b4 wants it. `respin b4-setup` lets b4 call this."""
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            lint = judged_by(profiles, series_name)
            found = _judged(lint, whole=as_json)
            code = 0
        except (RespinError, SignalledError, KeyboardInterrupt) as error:
            found, code = [(Severity.ERROR, f"respin: {error or 'interrupted'}")], getattr(error, "exit_code", 130)
        except Exception as error:  # noqa: BLE001 - b4 is to hear of a defect too, and nobody reads standard error
            found, code = [(Severity.ERROR, f"respin: a defect: {type(error).__name__}: {error}")], 3
        _tell(found, as_json=as_json)
    return code


def _judged(lint: Lint, *, whole: bool) -> list[tuple[Severity, str]]:
    """Judge what is on standard input, or the series that it stands for where b4 knows that."""
    given = source.thread(source.read([source.STDIN]))[-1]
    with contextlib.ExitStack() as stack:
        here = above(Path())
        used = stack.enter_context(found(here)) if here else None
        return _found(lint, given, used, whole=whole)


def _found(lint: Lint, given: Posting, used: Repository | None, *, whole: bool) -> list[tuple[Severity, str]]:
    known = _series(given) if whole else None
    posting = known or given
    commit = line(used.names, "rev-parse", "--verify", "--quiet", "HEAD") if used else ""
    facts = find(used, commit) if used else None
    has = needs(posting, facts, None, posted=whole) - ({Need.SERIES} if whole else {Need.SERIES, Need.SENDER})
    if known:
        has |= {Need.SERIES}
    verdicts = judge(Case(posting, facts=facts, has=has - {Need.BASE} if whole else has), lint, _lines(whole=whole))
    return [(one.finding.severity, _text(one.finding)) for one in verdicts if one.finding.severity in _WORDS]


def _lines(*, whole: bool) -> Sequence[str]:
    """Return the lines to judge by; the patch of `b4 prep` is committed already, so that it need not apply."""
    return IDS if whole else [one for one in IDS if one != "S02"]


def _series(first: Posting) -> Posting | None:
    """Return the whole posting that a mail belongs to, from the thread that b4 review keeps in the repository."""
    try:
        tracking = json.loads(Path(os.environ[TRACKING]).read_bytes())
        blob = str(tracking["series"]["thread-blob"])
    except (KeyError, OSError, ValueError, TypeError, RecursionError):
        return None
    thread = git(Path(), "cat-file", "blob", blob, check=False)
    return gather(one for one in message.read(thread.stdout) if one.subject.called == first.first.subject.called)


def _text(finding: Finding) -> str:
    return f"{finding.rule}: {finding.message}"


def _tell(found: Sequence[tuple[Severity, str]], *, as_json: bool) -> None:
    """Write the findings in b4's way; the word that it takes for a failure stands in no other place."""
    rows = [f"{_WORDS[severity]}: {printable(text).replace('ERROR:', 'ERROR')}" for severity, text in found]
    rows = [" ".join(row.split()) for row in rows]
    if not as_json:
        sys.stdout.write("".join(f"{row}\n" for row in rows))
        return
    worst = next((severity for severity in _WORDS if severity in {one for one, _ in found}), None)
    entry = {
        "tool": f"respin-{CHECK}",
        "status": _STATUS[worst] if worst else "pass",
        "summary": counted(len(found), "finding") if found else "nothing to complain about",
        "url": "",
        "details": "\n".join(rows),
    }
    sys.stdout.write(json.dumps([entry]) + "\n")

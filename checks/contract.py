# SPDX-License-Identifier: GPL-2.0-only
"""The contract between checks, their runner and the reports."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from checks.programs import Programs
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generator.commit import Commit
    from patchset.types import Series

T = TypeVar("T")


class Scope(StrEnum):
    """What one result of a check speaks of."""

    SERIES = "series"
    PATCH = "patch"
    TREE = "tree"
    RUNTIME = "runtime"


class Status(StrEnum):
    """How a check ended; `WORST_FIRST` orders them."""

    FAIL = "FAIL"
    """The series is bad."""
    ERROR = "ERROR"
    """The check itself broke."""
    MISS = "MISS"
    """The check's environment broke: a lost guest, a plan that was not reached."""
    PASS = "PASS"  # noqa: S105 - a status, no password
    SKIP = "SKIP"
    """It did not run: a tool is missing, the gate failed, --fail-fast ended the run; the summary says what."""


WORST_FIRST = (Status.FAIL, Status.ERROR, Status.MISS, Status.PASS, Status.SKIP)


class Severity(StrEnum):
    """How grave one finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Weight(StrEnum):
    """What a check takes, and so when it runs."""

    LIGHT = "light"
    """Seconds: beside the others."""
    GATE = "gate"
    """Seconds, and the heavy ones wait for it: where it fails they are not run."""
    HEAVY = "heavy"
    """Minutes, with all the cores: such checks run one after another."""


LETTER = "cover letter: "
"""What a finding about it begins with, where mails are judged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        severity: an error makes the result FAIL, a warning too unless it was waived; a note never does.
        message: for a person, one line.
        file: path in the tree, or empty.
        line: from 1, or 0 where there is none.
        rule: where the rule comes from: R07, B03, a checkpatch type; or empty.
        waived: the reason why it does not count, or empty.
    """

    severity: Severity
    message: str
    file: str = ""
    line: int = 0
    rule: str = ""
    waived: str = ""


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Result:
    """What one check says of the series, or of one patch of it.

    Attributes:
        check: the check's id.
        scope: what it speaks of.
        status: how it ended.
        summary: one line.
        seconds: wall time; what it took originally where the result came from the cache.
        patch: the patch's number, or 0 where it speaks of the whole.
        findings: all of them, in a stable order.
        reproduce: a command line to paste; never empty where the status is FAIL, ERROR or MISS.
        again: the words of respin that say it again, where `check --only ID` does not: the runner makes the line.
        cached: True where an earlier run with the same content made it.
        data: what was measured, as plain JSON values; what is in it the check's page in docs/ tells. Mostly empty.
        date: when it came to be, UTC, in ISO 8601; of a cached one, when the earlier run made it.
    """

    check: str
    scope: Scope
    status: Status
    summary: str
    seconds: float = 0.0
    patch: int = 0
    findings: tuple[Finding, ...] = ()
    reproduce: str = ""
    again: tuple[str, ...] = ()
    cached: bool = False
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    date: str = field(default_factory=_now, compare=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: a rendered series on a base.

    Attributes:
        spec: the base as the user named it.
        name: a short name that suits a file name, e.g. debian-6.1.192-2.
        version: the kernel's version from its Makefile, e.g. 6.1.192.
        repository: a git directory (bare or not) that holds the whole base and the commits.
        base: the base commit's full id.
        base_tree: its tree's id.
        series: the definition.
        commits: in order.
    """

    spec: str
    name: str
    version: str
    repository: Path
    base: str
    base_tree: str
    series: Series
    commits: tuple[Commit, ...]


class Progress(Protocol):
    """Takes short lines that say what is being waited for; the terminal shows the latest of each source."""

    def __call__(self, source: str, text: str) -> None:
        """Show that `source` (a check's id) is now at `text`; an empty text: it has ended."""


def silent(source: str, text: str) -> None:
    """Show nothing: the progress of a run that nobody watches."""
    del source, text


def untold(result: Result) -> None:
    """Tell nobody of a result that is known before its check has ended."""
    del result


def not_made() -> bytes:
    """Stand in for the mails where nobody makes any: a check that asks for them cannot do its work."""
    raise InfrastructureError("no mails are made of this series here")


class Verdicts(Protocol):
    """What other machines came to, by a check's key."""

    def results(self, key: str, check: str) -> Sequence[Result]:
        """Return a check's results, marked as cached; none where there are none to believe."""

    def keep(self, key: str, made: Sequence[Result]) -> None:
        """Keep a check's results, where every one of them is certain."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may use.

    Attributes:
        subject: what is checked.
        cache: respin's cache folder; a check makes subfolders of its own there.
        jobs: how many processes may run at once.
        progress: where to say what is being waited for.
        options: of the call, that a line to reproduce repeats: which series, whose.
        found: where a check that takes long tells a result as soon as it knows it; it returns the same one at its end.
        mails: makes the mbox that would be posted, without a word on tests.
        programs: what is known of those that the run uses.
        shared: the verdicts of other machines; None for nobody's.
    """

    subject: Subject
    cache: Path
    jobs: int
    progress: Progress = field(default=silent)
    options: tuple[str, ...] = ()
    found: Callable[[Result], None] = field(default=untold)
    mails: Callable[[], bytes] = field(default=not_made)
    programs: Programs = field(default_factory=Programs)
    shared: Verdicts | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that a check needs, a header of a library, or a library of Python's.

    Attributes:
        name: the program, as found in PATH; a header's name; the library, as PyPI calls it.
        package: Debian's package that brings it; empty for a library of Python's.
        version: arguments that make it print its version; empty where it has none.
        file: where the header is; empty for all else.
        extra: respin's own extra that brings the library, as in `pip install 'respin[crash]'`; empty for all else.
    """

    name: str
    package: str
    version: tuple[str, ...] = ("--version",)
    file: str = ""
    extra: str = ""

    def find(self) -> str | None:
        """Return where it is, or None where it is missing; of a library of Python's, the list of its files' hashes."""
        if self.extra:
            from importlib import metadata  # noqa: PLC0415 - slow to import, and few tools are libraries of Python's

            with suppress(metadata.PackageNotFoundError):
                found = metadata.distribution(self.name)
                record = (str(each.locate()) for each in found.files or () if each.name == "RECORD")
                return next(record, str(found.locate_file("")))
            return None
        if self.file:
            return self.file if Path(self.file).is_file() else None
        return shutil.which(self.name)


def asked_for(value: T | None) -> T:
    """Return what a series says for a check, of which the runner has made sure that it asks for it.

    Raises:
        LookupError: it does not.
    """
    if value is None:
        raise LookupError("the series does not ask for this check")
    return value


class Check(Protocol):
    """One proof.

    Attributes:
        id: how `--only` and `--skip` call it.
        title: what it proves, one line.
        scope: what its results speak of.
        tools: what it needs; where one is missing the runner makes it SKIP.
        rules: where it comes from: checklist lines (B01) and rules (R17).
        asked_by: the table of `checks.toml`, or the file of the definition, with which a series asks for it, as
            `[kunit]`; empty where it is for every series.
        weight: what it takes, by which the runner tells what runs beside it and what waits for it.
        usual: how long it takes on two cores where nothing was built before, in seconds: until it has run once.
        version: raised with each change of its code, or of what it stands on, after which equal content may give
            another verdict. Verdicts are kept under it.
    """

    id: str
    title: str
    scope: Scope
    tools: Sequence[Tool]
    rules: Sequence[str]
    asked_by: str
    weight: Weight
    usual: float
    version: int

    def content(self, context: Context) -> Sequence[str]:
        """Return what its results depend on beyond its tools and the series' plan: ids of trees, of commits.

        Equal content, equal results: the runner answers from the cache.
        """

    def run(self, context: Context) -> Sequence[Result]:
        """Prove it, or say what is wrong; at least one result, else the runner calls it ERROR."""

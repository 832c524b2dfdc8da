# SPDX-License-Identifier: GPL-2.0-only
"""The one JSON object that every report is made from, and its schema (docs/reports.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from respin.report.made import RunEntry

STATUSES = ["FAIL", "ERROR", "MISS", "PASS", "SKIP"]
"""How a result may have ended, the worst first; see `checks.contract.Status`."""


class OriginEntry(TypedDict):
    """A place in the repository that the definition, or the mailbox, lies in."""

    file: str
    line: int


class FindingEntry(TypedDict):
    """One finding; `file` and `rule` are empty and `line` is 0 where there is none.

    `waived` is the reason where it does not count, and `origin` what has to be changed, where that is known.
    """

    severity: str
    message: str
    file: str
    line: int
    rule: str
    waived: NotRequired[str]
    origin: NotRequired[OriginEntry]


class ResultEntry(TypedDict):
    """What one check says; `patch` is 0 where it speaks of the whole series, and `data` is there where it measured."""

    check: str
    scope: str
    patch: int
    status: str
    summary: str
    date: str
    seconds: float
    cached: bool
    findings: list[FindingEntry]
    reproduce: str
    data: NotRequired[dict[str, Any]]


class BaseEntry(TypedDict):
    """The base that was rendered on."""

    spec: str
    name: str
    version: str
    commit: str
    tree: str


class PatchEntry(TypedDict):
    """One rendered patch; `diff` is what git shows of it, and `message` the whole of its commit's."""

    number: int
    name: str
    subject: str
    commit: str
    tests: bool
    diff: str
    message: NotRequired[str]


class RuleEntry(TypedDict):
    """One rule of the series: see `patchset.rules.Rule`."""

    id: str
    title: str
    patches: list[int]
    tests: list[str]
    checks: list[str]


class SeriesEntry(TypedDict):
    """The series, as it was rendered."""

    name: str
    title: str
    digest: str
    patches: list[PatchEntry]
    rules: list[RuleEntry]


class LineEntry(TypedDict):
    """A line of the checklist: what it asks for, and who wants it."""

    id: str
    title: str
    source: str


class CheckEntry(TypedDict):
    """A check, as it describes itself; `rules` is where it comes from.

    `lines` is there where it judges by the checklist: those of its lines that findings name.
    """

    id: str
    title: str
    rules: list[str]
    lines: NotRequired[list[LineEntry]]


class ExtentEntry(TypedDict):
    """How many of the lines of a checklist, or of the scenarios of a test, were chosen."""

    what: str
    ran: int
    of: int


class ChangeEntry(TypedDict):
    """A status that is another one than it was; `about` is a patch's name, or `series`."""

    check: str
    about: str
    was: str
    now: str


class SinceEntry(TypedDict):
    """What changed since the checks of a run ran last on the same base.

    `date` is when that was, `seconds` is what they took, and `took` what they do now; `new` and `gone` are findings
    that count, and notes are not.
    """

    date: str
    new: list[FindingEntry]
    gone: list[FindingEntry]
    changed: list[ChangeEntry]
    seconds: float
    took: float


class Report(TypedDict):
    """A whole run; `status` is the worst of its results, and `checks` are those that could have run.

    `extent` is there where a part of what one check knows was chosen, and `options` are words of the call that a line
    to reproduce repeats. `since` is there where a check of the run had run on this base before, and `run` where respin
    made the report since it tells that.
    """

    tool: str
    version: str
    base: BaseEntry
    series: SeriesEntry
    status: str
    checks: list[CheckEntry]
    results: list[ResultEntry]
    extent: NotRequired[ExtentEntry]
    options: NotRequired[list[str]]
    since: NotRequired[SinceEntry]
    run: NotRequired[RunEntry]


def _object(*, optional: Sequence[str] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_MOST = (1 << 31) - 1
"""No number is larger: who reads a report may count with 32 bits."""
_COUNT = {"type": "integer", "minimum": 0, "maximum": _MOST}
_FLAG = {"type": "boolean"}
_ID = {"type": "string", "pattern": "^[0-9a-f]{40,64}$"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": _MOST}
_DATE = {"type": "string", "format": "date-time", "pattern": r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z$"}

_FINDINGS = {
    "type": "array",
    "items": _object(
        optional=("waived", "origin"),
        severity={"enum": ["error", "warning", "note"]},
        message=_TEXT,
        file=_TEXT,
        line=_COUNT,
        rule=_TEXT,
        waived=_TEXT,
        origin=_object(file=_TEXT, line=_NUMBER),
    ),
}
_SECONDS = {"type": "number", "minimum": 0, "maximum": _MOST}
_STATUS = {"enum": STATUSES}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "respin's report",
    **_object(
        optional=("extent", "options", "since", "run"),
        tool={"const": "respin"},
        version=_TEXT,
        base=_object(spec=_TEXT, name=_TEXT, version=_TEXT, commit=_ID, tree=_ID),
        series=_object(
            name=_TEXT,
            title=_TEXT,
            digest=_ID,
            patches={
                "type": "array",
                "items": _object(
                    optional=("message",),
                    number=_NUMBER,
                    name=_TEXT,
                    subject=_TEXT,
                    commit=_ID,
                    tests=_FLAG,
                    diff=_TEXT,
                    message=_TEXT,
                ),
            },
            rules={
                "type": "array",
                "items": _object(
                    id=_TEXT, title=_TEXT, patches={"type": "array", "items": _NUMBER}, tests=_TEXTS, checks=_TEXTS
                ),
            },
        ),
        status=_STATUS,
        checks={
            "type": "array",
            "items": _object(
                optional=("lines",),
                id=_TEXT,
                title=_TEXT,
                rules=_TEXTS,
                lines={"type": "array", "items": _object(id=_TEXT, title=_TEXT, source=_TEXT)},
            ),
        },
        extent=_object(what=_TEXT, ran=_COUNT, of=_COUNT),
        options=_TEXTS,
        since=_object(
            date=_DATE,
            new=_FINDINGS,
            gone=_FINDINGS,
            changed={"type": "array", "items": _object(check=_TEXT, about=_TEXT, was=_STATUS, now=_STATUS)},
            seconds=_SECONDS,
            took=_SECONDS,
        ),
        run=_object(
            commands=_TEXTS,
            seconds=_SECONDS,
            tools={"type": "array", "items": _object(name=_TEXT, version=_TEXT)},
        ),
        results={
            "type": "array",
            "items": _object(
                optional=("data",),
                check=_TEXT,
                scope={"enum": ["series", "patch", "tree", "runtime"]},
                patch=_COUNT,
                status=_STATUS,
                summary=_TEXT,
                date=_DATE,
                seconds=_SECONDS,
                cached=_FLAG,
                findings=_FINDINGS,
                reproduce=_TEXT,
                data={"type": "object"},
            ),
        },
    ),
}
"""The report's JSON schema, draft 2020-12."""

# SPDX-License-Identifier: GPL-2.0-only
"""The JSON object of many runs, and its schema (docs/matrix.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from respin.report.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from respin.report.model import Report

VERSION = 1
"""Of the object: raised where who reads it has to read it in another way."""
RENDER, JOB = "render", "job"
"""What stands in the place of a check: whether the series applies, and what became of a job that has no report."""
MOST = 2000
"""Characters of a summary that are kept: of a thousand jobs a page is made."""


class MatrixBase(TypedDict):
    """A base; all but `spec` is empty where the job came to no report."""

    spec: str
    name: str
    version: str
    tree: str


class Cell(TypedDict):
    """What a check says of a patch, `patch` being 0 and `about` `series` where it speaks of the whole.

    `summary` and `reproduce` are empty where it passed; `findings` is how many count.
    """

    check: str
    patch: int
    about: str
    status: str
    summary: str
    findings: int
    reproduce: str


class JobEntry(TypedDict):
    """One series on one base.

    `digest` is a hash of what was judged and what was said: equal digests, equal verdicts. `worker` is the machine,
    `tries` how often the job was begun, `cached` says that every result was known before, and `warnings` are lines
    about what went wrong and changed nothing, as a store that could not be reached.
    """

    base: MatrixBase
    series: str
    status: str
    cells: list[Cell]
    digest: str
    worker: str
    tries: int
    seconds: float
    cached: bool
    warnings: list[str]


class MatrixReport(TypedDict):
    """All jobs of a call, in the order of its words: series by series, base by base."""

    tool: str
    kind: str
    schema: int
    version: str
    status: str
    seconds: float
    jobs: list[JobEntry]


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of some statuses; SKIP where there is none."""
    return min(statuses, key=STATUSES.index, default="SKIP")


def matrix(jobs: list[JobEntry], version: str, seconds: float) -> MatrixReport:
    """Make the object of some jobs."""
    return MatrixReport(
        tool="respin",
        kind="matrix",
        schema=VERSION,
        version=version,
        status=worst(one["status"] for one in jobs),
        seconds=round(seconds, 3),
        jobs=jobs,
    )


def cells(report: Report) -> list[Cell]:
    """Return what a report says, in cells; that there is one says that the series applies."""
    names = {patch["number"]: patch["name"] for patch in report["series"]["patches"]}
    made = [Cell(check=RENDER, patch=0, about="series", status="PASS", summary="", findings=0, reproduce="")]
    for one in report["results"]:
        good = one["status"] == "PASS"
        made.append(
            Cell(
                check=one["check"],
                patch=one["patch"],
                about=names.get(one["patch"], "series"),
                status=one["status"],
                summary="" if good else one["summary"][:MOST],
                findings=sum(finding["severity"] != "note" for finding in one["findings"]),
                reproduce="" if good else one["reproduce"],
            )
        )
    return made


def alone(check: str, status: str, summary: str, reproduce: str = "") -> list[Cell]:
    """Return the one cell of a job that came to no report."""
    text = summary[:MOST]
    return [
        Cell(check=check, patch=0, about="series", status=status, summary=text, findings=0, reproduce=reproduce),
    ]


_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SECONDS = {"type": "number", "minimum": 0}
_STATUS = {"enum": STATUSES}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "respin's matrix",
    **_object(
        tool={"const": "respin"},
        kind={"const": "matrix"},
        schema={"const": VERSION},
        version=_TEXT,
        status=_STATUS,
        seconds=_SECONDS,
        jobs={
            "type": "array",
            "items": _object(
                base=_object(spec=_TEXT, name=_TEXT, version=_TEXT, tree=_TEXT),
                series=_TEXT,
                status=_STATUS,
                cells={
                    "type": "array",
                    "items": _object(
                        check=_TEXT,
                        patch=_COUNT,
                        about=_TEXT,
                        status=_STATUS,
                        summary=_TEXT,
                        findings=_COUNT,
                        reproduce=_TEXT,
                    ),
                },
                digest={"type": "string", "pattern": "^([0-9a-f]{64})?$"},
                worker=_TEXT,
                tries=_COUNT,
                seconds=_SECONDS,
                cached={"type": "boolean"},
                warnings={"type": "array", "items": _TEXT},
            ),
        },
    ),
}
"""The object's JSON schema, draft 2020-12."""

# SPDX-License-Identifier: GPL-2.0-only
"""The report as JUnit XML, for GitLab, Jenkins and whatever else reads it; names stay the same from run to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from respin.report.extent import part
from respin.report.text import about, printable, told

if TYPE_CHECKING:
    from pathlib import Path

    from respin.report.model import Report, ResultEntry

_KINDS = {"FAIL": Failure, "ERROR": Error, "MISS": Error, "SKIP": Skipped}


def write(report: Report, file: Path) -> None:
    """Write a report; a suite is a check, a case is a patch of it or `series`.

    Raises:
        OSError: the file cannot be written.
    """
    made(report).write(str(file), pretty=True)


def made(report: Report) -> JUnitXml:
    """Return the document, which is valid by the schema of Jenkins' xUnit plugin, junit-10.xsd."""
    only = f", {told}" if (told := part(report)) else ""
    document = JUnitXml(printable(f"{report['series']['name']} on {report['base']['name']}{only}"))
    suites = []
    for check in dict.fromkeys(result["check"] for result in report["results"]):
        suite = TestSuite(printable(check))
        suite.add_testcases([_case(report, result) for result in report["results"] if result["check"] == check])
        document.append(suite)  # type: ignore[no-untyped-call]
        suites.append(suite)
    # not update_statistics(): it counts what was skipped too, and the schema knows no such attribute of the whole
    document.tests = sum(suite.tests for suite in suites)
    document.failures = sum(suite.failures for suite in suites)
    document.errors = sum(suite.errors for suite in suites)
    document.time = round(sum(suite.time for suite in suites), 3)
    return document


def _case(report: Report, result: ResultEntry) -> TestCase:
    classname = printable(f"respin.{report['series']['name']}.{result['check']}")
    made = TestCase(printable(about(report, result)), classname=classname, time=round(result["seconds"], 3))
    if result["status"] in _KINDS:
        outcome = _KINDS[result["status"]](message=printable(result["summary"]), type_=result["status"])
        outcome.text = "\n".join([*map(told, result["findings"]), printable(result["reproduce"])])
        made.result = [outcome]
    else:
        made.system_out = "\n".join([printable(result["summary"]), *map(told, result["findings"])])
    return made

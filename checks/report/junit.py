# SPDX-License-Identifier: GPL-2.0-only
"""The report as JUnit XML, for GitLab, Jenkins and whatever else reads it; names stay the same from run to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from checks.report.text import about, printable, told

if TYPE_CHECKING:
    from pathlib import Path

    from checks.report.model import Report, ResultEntry

_KINDS = {"FAIL": Failure, "ERROR": Error, "MISS": Error, "SKIP": Skipped}


def write(report: Report, file: Path) -> None:
    """Write a report; a suite is a check, a case is a patch of it or `series`.

    Raises:
        OSError: the file cannot be written.
    """
    document = JUnitXml(f"{report['series']['name']} on {report['base']['name']}")
    for check in dict.fromkeys(result["check"] for result in report["results"]):
        suite = TestSuite(check)
        for result in report["results"]:
            if result["check"] == check:
                suite.add_testcase(_case(report, result))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    document.write(str(file), pretty=True)


def _case(report: Report, result: ResultEntry) -> TestCase:
    classname = f"respin.{report['series']['name']}.{result['check']}"
    made = TestCase(about(report, result), classname=classname, time=result["seconds"])
    if result["status"] in _KINDS:
        outcome = _KINDS[result["status"]](message=printable(result["summary"]), type_=result["status"])
        outcome.text = "\n".join([*map(told, result["findings"]), printable(result["reproduce"])])
        made.result = [outcome]
    else:
        made.system_out = "\n".join([printable(result["summary"]), *map(told, result["findings"])])
    return made

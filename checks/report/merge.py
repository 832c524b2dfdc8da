# SPDX-License-Identifier: GPL-2.0-only
"""Several reports of one series on one base as one: what several jobs checked in parts is judged as a whole."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from checks.report.model import STATUSES, Report
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def merge(reports: Sequence[Report]) -> Report:
    """Return the report of all of them; of a check that several speak of, the newest results count.

    Args:
        reports: at least one.

    Raises:
        InputError: they speak of different bases, or of different states of the series.
    """
    first = reports[0]
    for each in reports[1:]:
        for what, key in (("base", "tree"), ("series", "digest")):
            if each[what][key] != first[what][key]:  # type: ignore[literal-required]
                raise InputError(f"the reports do not belong together: they speak of different states of the {what}")
    newest = max(reports, key=_date)
    checks = {check["id"]: check for each in reports for check in each["checks"]}
    found = {one["check"] for each in reports for one in each["results"]}
    latest = {name: max(reports, key=functools.partial(_date, check=name)) for name in found}
    order = [*checks, *sorted(found - checks.keys())]
    results = [one for name in order if name in latest for one in latest[name]["results"] if one["check"] == name]
    status = min((one["status"] for one in results), key=STATUSES.index, default="SKIP")
    return Report(**{**newest, "status": status, "checks": list(checks.values()), "results": results})


def _date(report: Report, check: str | None = None) -> str:
    return max((one["date"] for one in report["results"] if check in {None, one["check"]}), default="")

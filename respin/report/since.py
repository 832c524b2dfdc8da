# SPDX-License-Identifier: GPL-2.0-only
"""What changed since the checks of a run ran last on the same base: findings that are new or gone, verdicts, times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchset.counted import counted
from respin.report import shape
from respin.report.model import ChangeEntry, SinceEntry
from respin.report.text import about, line, spent, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from respin.report.model import FindingEntry, Report, ResultEntry

_VERDICTS = ("PASS", "FAIL")
_MOST = 20
"""How many new and gone findings are told, each."""
_Key = tuple[str, str]
"""A check, and the patch's name: a patch's number may have changed."""


def since(before: Sequence[Report], now: Report) -> SinceEntry | None:
    """Return what changed, or None where no check of this run has run before.

    A finding is the same one wherever its line is now: a patch above it moves it. Only what came to a verdict both
    times is compared, and of the crash test only runs of the same scenarios.

    Args:
        before: what each check said last, in any order.
        now: this run.
    """
    old = {key: one for each in before for key, one in _results(each)}
    new = dict(_results(now))
    same = [key for key, one in new.items() if key in old and _scenarios(one) == _scenarios(old[key])]
    if not same:
        return None
    return SinceEntry(
        date=max(old[key]["date"] for key in same),
        new=[one for key in same for one in _without(_counting(new[key]), _counting(old[key]))],
        gone=[one for key in same for one in _without(_counting(old[key]), _counting(new[key]))],
        changed=[
            ChangeEntry(check=check, about=patch, was=old[check, patch]["status"], now=new[check, patch]["status"])
            for check, patch in same
            if old[check, patch]["status"] != new[check, patch]["status"]
        ],
        seconds=round(sum(old[key]["seconds"] for key in same), 3),
        took=round(sum(new[key]["seconds"] for key in same), 3),
    )


def lines(report: Report) -> Iterator[str]:
    """Yield what a person is told of it; nothing where no check has run before."""
    if (entry := report.get("since")) is None:
        return
    found = (("new", entry["new"]), ("gone", entry["gone"]))
    words = [counted(len(some), f"{what} finding") for what, some in found if some]
    if not (words or entry["changed"]):
        yield f"since {entry['date']}: no finding is new or gone"
        return
    took = f"{spent(entry['took'])}, it was {spent(entry['seconds'])}"
    yield f"since {entry['date']}: {' and '.join(words) or 'no other findings'}; {took}"
    for one in entry["changed"]:
        yield f"  {line(one['check'])}, {line(one['about'])}: {one['now']}, it was {one['was']}"
    for sign, (_, some) in zip("+-", found, strict=True):
        yield from (f"  {sign} {line(told(one))}" for one in some[:_MOST])
        if len(some) > _MOST:
            yield f"  {sign} and {len(some) - _MOST} more"


def _results(report: Report) -> Iterable[tuple[_Key, ResultEntry]]:
    return (((one["check"], about(report, one)), one) for one in report["results"] if one["status"] in _VERDICTS)


def _scenarios(result: ResultEntry) -> list[str]:
    """Return the names of the scenarios that a result is about."""
    return [one["name"] for one in shape.rows(result.get("data", {}), "scenarios", name=str)]


def _counting(result: ResultEntry) -> list[FindingEntry]:
    return [one for one in result["findings"] if one["severity"] != "note"]


def _without(some: Sequence[FindingEntry], others: Sequence[FindingEntry]) -> list[FindingEntry]:
    """Return those findings that are not among others; each of the others stands for one."""
    left = [_same(one) for one in others]
    found = []
    for one in some:
        if _same(one) in left:
            left.remove(_same(one))
        else:
            found.append(one)
    return found


def _same(finding: FindingEntry) -> tuple[str, str, str, str]:
    return finding["severity"], finding["message"], finding["file"], finding["rule"]

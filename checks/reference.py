# SPDX-License-Identifier: GPL-2.0-only
"""What each check means, as a page of docs/, made from what the checks say of themselves: `make docs` writes it."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from checks.contract import Scope
from checks.registry import CHECKS
from checks.toolchain import brought_by
from patchset import default
from patchset.loader import load
from patchset.plan import FILE as PLAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.contract import Check

_HEAD = """\
# What each check means

`make docs` makes this page from the checks themselves; `respin doctor` shows which of their tools are here.

A result is **PASS**, **FAIL** (the series is bad), **ERROR** (the check broke), **MISS** (its environment broke: a lost
guest) or **SKIP** (a tool is missing, the gate failed, or the base lacks what it needs). An error or a warning makes a
result FAIL; a note never does. A check that the series does not ask for is not run, and not shown.
[checks.md](checks.md) tells how to add a check, [reports.md](reports.md) who reads results.
"""
_SCOPES = {
    Scope.PATCH: "each patch",
    Scope.SERIES: "the whole series",
    Scope.TREE: "the tree with the whole series",
    Scope.RUNTIME: "the series, in a running kernel",
}


def page(checks: Mapping[str, Check] = CHECKS, series: str = "") -> str:
    """Return the page, in Markdown.

    Args:
        checks: by id.
        series: whose rules are named; where it is empty, the one that is meant where nobody names one.
    """
    titles = {rule.id: rule.title for rule in load(series or default.name()).rules}
    return "\n".join([_HEAD, *(_section(check, titles) for check in checks.values())])


def _section(check: Check, titles: Mapping[str, str]) -> str:
    packages = sorted({tool.package for tool in check.tools if tool.package})
    extras = {tool.extra for tool in check.tools if tool.extra}
    libraries = ", ".join(sorted(tool.name for tool in check.tools if tool.extra))
    told = inspect.getdoc(sys.modules[type(check).__module__]) or ""
    facts = [
        f"- speaks of: {_SCOPES[check.scope]}",
        *([f"- asked for by: `{check.asked_by}`{_where(check.asked_by)}"] if check.asked_by else []),
        f"- Debian's packages that it needs: {', '.join(packages) or 'none'}",
        *([f"- Python's libraries that it needs: {libraries}; `{brought_by((), extras)}`"] if extras else []),
        f"- comes from: {', '.join(check.rules) or 'no rule'}",
        *(f"  - {rule}: {titles[rule]}" for rule in check.rules if rule in titles),
        f"- alone: `respin check BASE --only {check.id}`",
    ]
    return "\n".join([f"## {check.id}", "", f"**Passes where** {check.title}.", "", told, "", *facts, ""])


def _where(asked_by: str) -> str:
    return f" of the series' `{PLAN}`" if asked_by.startswith("[") else " of the series"


if __name__ == "__main__":
    sys.stdout.write(page())

# SPDX-License-Identifier: GPL-2.0-only
"""What kunit.py and the guest wrote, as facts.

The verdict on each case is kunit.py's (its JSON). The console adds what that leaves out: the plans, and the lines of a
case that failed. checks/vm/complaints.py reads what the kernel itself complains of there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*\w+\])?\s?")
"""What printk puts before a line: level, time, caller."""
_PLAN = re.compile(r"^(?P<indent>\s*)1\.\.(?P<count>\d+)\s*$")
_RESULT = re.compile(r"^(?P<indent>\s*)(?P<not>not )?ok \d+ -?\s*(?P<name>[^#]+?)\s*(?:#.*)?$")
_SUBTEST = re.compile(r"^\s*# Subtest: (?P<name>\S.*?)\s*$")


@dataclass(frozen=True, slots=True)
class KunitCase:
    """One test case: `suite.name` and kunit.py's word for how it ended (PASS, FAIL, SKIP, ERROR)."""

    suite: str
    name: str
    status: str

    def __str__(self) -> str:
        """The way --filter_glob names it."""
        return f"{self.suite}.{self.name}"


@dataclass(frozen=True, slots=True)
class Console:
    """What the guest printed.

    Attributes:
        planned: how many suites it announced; 0 where it announced none.
        reached: how many suites' results it printed.
        logs: what it printed between the case before and the result of a failed one, by case name.
        tail: its last lines.
        plans: how many cases each suite announced.
        suite: the one that began and has no result; empty where there is none.
        case: the last one of that suite that has a result; empty where none has.
    """

    planned: int
    reached: int
    logs: dict[str, tuple[str, ...]]
    tail: tuple[str, ...]
    plans: dict[str, int] = field(default_factory=dict)
    suite: str = ""
    case: str = ""


_TAIL = 5
_LOG = 12


def cases(text: str) -> tuple[KunitCase, ...]:
    """Return the cases of kunit.py's JSON, in their order; none where it is no such JSON."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(_cases(data, "", 0))


def _cases(group: Any, suite: str, depth: int) -> list[KunitCase]:  # noqa: ANN401 - JSON of another program
    if not isinstance(group, dict) or depth > 8:  # noqa: PLR2004 - KTAP nests three deep
        return []
    found = [
        KunitCase(suite, str(each.get("name", "")), str(each.get("status", "")))
        for each in _list(group.get("test_cases"))
        if isinstance(each, dict)
    ]
    for each in _list(group.get("sub_groups")):
        if isinstance(each, dict):
            name = str(each.get("name", ""))
            found += _cases(each, f"{suite}.{name}" if suite else name, depth + 1)
    return found


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON of another program
    return value if isinstance(value, list) else []


def console(text: str) -> Console:
    """Read a guest's console."""
    lines = [STAMP.sub("", line.rstrip()) for line in text.replace("\r", "\n").split("\n")]
    lines = [line for line in lines if line]
    planned = reached = 0
    top: int | None = None
    logs: dict[str, tuple[str, ...]] = {}
    since: list[str] = []
    plans: dict[str, int] = {}
    suite = case = ""
    for line in lines:
        if match := _PLAN.match(line):
            if top is None:
                top, planned = len(match["indent"]), int(match["count"][:9])
            elif suite:
                plans.setdefault(suite, int(match["count"][:9]))
            since = []
        elif match := _RESULT.match(line):
            if top is not None and len(match["indent"]) == top:
                reached += 1
                suite = case = ""
            else:
                case = match["name"] if suite else ""
                if match["not"]:
                    logs[match["name"]] = tuple(each.strip() for each in since[-_LOG:])
            since = []
        elif not suite and (match := _SUBTEST.match(line)):
            suite, since = match["name"], []
        else:
            since.append(line)
    return Console(planned, reached, logs, tuple(lines[-_TAIL:]), plans, suite, case)
